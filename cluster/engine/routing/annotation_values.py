"""The names of the annotations that the router's template knows, and which of their values it takes
(openshift/router: haproxy-config.template, template_helper.go)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_PREFIX: Final = "haproxy.router.openshift.io/"
TIMEOUT_TUNNEL: Final = _PREFIX + "timeout-tunnel"
RATE_LIMIT: Final = _PREFIX + "rate-limit-connections"
CONCURRENT_TCP: Final = RATE_LIMIT + ".concurrent-tcp"
RATE_TCP: Final = RATE_LIMIT + ".rate-tcp"
RATE_HTTP: Final = RATE_LIMIT + ".rate-http"
HSTS: Final = _PREFIX + "hsts_header"
REWRITE_TARGET: Final = _PREFIX + "rewrite-target"
POD_CONNECTIONS: Final = _PREFIX + "pod-concurrent-connections"
ADJUST_CASE: Final = _PREFIX + "h1-adjust-case"
CHECK_INTERVAL: Final = "router.openshift.io/haproxy.health.check.interval"
CHECK_INTERVAL_SETTING: Final = "ROUTER_BACKEND_CHECK_INTERVAL"
CASE_ADJUSTMENTS_SETTING: Final = "ROUTER_H1_CASE_ADJUST"
DEFAULT_CHECK_INTERVAL: Final = "5000ms"

_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
_TOKEN: Final = r"(?:includeSubDomains|preload)"
_BLANK: Final = r"[\t\n\f\r ]*"
_HSTS: Final = re.compile(
    rf'(?:{_TOKEN}{_BLANK};{_BLANK})*max-age{_BLANK}={_BLANK}(?:[0-9]+|"[0-9]+")'
    rf"(?:{_BLANK};{_BLANK}{_TOKEN})*",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number as Go's Atoi takes it: the text goes into the configuration."""

    text: str
    value: int


def read_whole(text: str | None) -> Whole | None:
    """The number, None for what Go's Atoi does not take: blanks, fractions, more than 64 bits."""
    if not text or not _INTEGER.fullmatch(text):
        return None
    value = int(text)
    return Whole(text, value) if -(2**63) <= value < 2**63 else None


def is_hsts(value: str) -> bool:
    """Whether the router sends this text as `Strict-Transport-Security`."""
    return _HSTS.fullmatch(value) is not None
