"""HAProxy's times as the router reads them from annotations and settings (openshift/router:
`util/haproxytime`, `clipHAProxyTimeoutValue`): `30s`, `500ms`, a bare number of milliseconds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MAX_TIMEOUT: Final = "2147483647ms"
"""The longest time that HAProxy takes, about 24.8 days."""
_MAX_NANOSECONDS: Final = 2147483647 * 10**6
_MAX_INT64: Final = 2**63 - 1
_UNITS: Final[Mapping[str, int]] = {
    "us": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
    "d": 86400 * 10**9,
}
_TIME: Final = re.compile(r"([1-9][0-9]*)(us|ms|s|m|h|d)?")


class DurationSyntaxError(ValueError):
    """The text is no time at all; the router ignores it."""


class DurationOverflowError(ValueError):
    """The time is longer than 2^63 - 1 nanoseconds; the router takes HAProxy's maximum."""


def parse_duration(text: str) -> int:
    """The time in nanoseconds; without a unit it is in milliseconds.

    Raises DurationSyntaxError, or DurationOverflowError where it does not fit into 64 bits.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        raise DurationSyntaxError(f'"{text}" is not a time such as 30s or 500ms')
    value, unit = int(match[1]), _UNITS[match[2] or "ms"]
    if value > _MAX_INT64 // unit:
        raise DurationOverflowError(f'"{text}" is too long')
    return value * unit


def clip(text: str) -> str:
    """The time as the router writes it into the configuration, "" where it ignores the text."""
    try:
        nanoseconds = parse_duration(text)
    except DurationSyntaxError:
        return ""
    except DurationOverflowError:
        return MAX_TIMEOUT
    return text if nanoseconds <= _MAX_NANOSECONDS else MAX_TIMEOUT


@dataclass(frozen=True, slots=True)
class Duration:
    """A time of HAProxy's configuration: the text of the directive, and how long it is."""

    text: str
    seconds: float


def read_duration(*candidates: str | None) -> Duration | None:
    """The first candidate that is a time, clipped; None where there is none (`firstMatch`)."""
    for each in candidates:
        clipped = clip(each) if each else ""
        if clipped:
            return Duration(clipped, parse_duration(clipped) / 10**9)
    return None
