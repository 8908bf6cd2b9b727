"""How the annotations `shiftlab/calls` and `shiftlab/calls-per-second` are read, and what breaks them."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Mapping

from cluster.objects.calls import (
    CALLS,
    CALLS_PER_SECOND,
    DEFAULT_PORTS,
    DEFAULT_RATE,
    HIGHEST_RATE,
    HTTP,
    HTTPS,
    LOWEST_RATE,
    MOST_TARGETS,
    TCP,
    CallTarget,
)
from cluster.objects.fields import FieldError, invalid, too_many
from cluster.objects.validation.names import dns1123_subdomain

_SEPARATORS = re.compile(r"[\s,]+")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_FORMS = "http://host[:port][/path], https://host[:port][/path], tcp://host:port or host:port"


def call_targets(text: str) -> tuple[CallTarget, ...]:
    """The targets of the annotation, each once, in order. Raises ValueError that says what is wrong."""
    return tuple(dict.fromkeys(map(_target, _words(text))))


def calls_per_second(text: str) -> float:
    """The rate of the annotation; the usual one for "". Raises ValueError that says what is wrong."""
    if not text.strip():
        return DEFAULT_RATE
    try:
        rate = float(text)
    except ValueError:
        raise ValueError("must be a number") from None
    if not (math.isfinite(rate) and LOWEST_RATE <= rate <= HIGHEST_RATE):
        raise ValueError(f"must be between {LOWEST_RATE:g} and {HIGHEST_RATE:g}")
    return rate


def calls_errors(
    annotations: Mapping[str, str], path: str = "metadata.annotations"
) -> list[FieldError]:
    """What is wrong with the two annotations of a workload."""
    errors: list[FieldError] = []
    words = _words(annotations.get(CALLS, ""))
    where = f"{path}[{CALLS}]"
    if len(words) > MOST_TARGETS:
        errors.append(too_many(where, len(words), MOST_TARGETS))
    for word in words[:MOST_TARGETS]:
        try:
            _target(word)
        except ValueError as error:
            errors.append(invalid(where, word, str(error)))
    rate = annotations.get(CALLS_PER_SECOND, "")
    try:
        calls_per_second(rate)
    except ValueError as error:
        errors.append(invalid(f"{path}[{CALLS_PER_SECOND}]", rate, str(error)))
    return errors


def _words(text: str) -> list[str]:
    return [word for word in _SEPARATORS.split(text) if word]


def _target(word: str) -> CallTarget:
    matched = _SCHEME.fullmatch(word)
    scheme, rest = (matched[1].lower(), matched[2]) if matched else (TCP, word)
    if scheme not in (HTTP, HTTPS, TCP):
        raise ValueError(f"the scheme must be http, https or tcp, as in {_FORMS}")
    place, slash, path = rest.partition("/")
    if slash and scheme == TCP:
        raise ValueError("a TCP connection has no path: write tcp://host:port or host:port")
    host, colon, port = place.partition(":")
    return CallTarget(
        scheme,
        _host(host),
        _port(port) if colon or scheme == TCP else DEFAULT_PORTS[scheme],
        f"/{path}" if scheme != TCP else "",
    )


def _host(text: str) -> str:
    host = text.lower()
    if not host:
        raise ValueError(f"the host is missing: write {_FORMS}")
    if re.fullmatch(r"[0-9.]+", host):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise ValueError(f"the host is not a legal IPv4 address: {text}") from None
    broken = dns1123_subdomain(host.removesuffix("."))
    if broken:
        raise ValueError(f"the host must be a DNS name or an IPv4 address: {broken[0]}")
    return host


def _port(text: str) -> int:
    if not text:
        raise ValueError(f"the port is missing: write {_FORMS}")
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 65535):
        raise ValueError("the port must be between 1 and 65535, inclusive")
    return int(text)
