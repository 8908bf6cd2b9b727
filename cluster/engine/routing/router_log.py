"""What the router logs and where to: nowhere unless ROUTER_SYSLOG_ADDRESS says so, as `spec.logging.access`
of the IngressController does (openshift/router: haproxy-config.template)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

ADDRESS: Final = "ROUTER_SYSLOG_ADDRESS"
LENGTH: Final = "ROUTER_LOG_MAX_LENGTH"
FACILITY: Final = "ROUTER_LOG_FACILITY"
LEVEL: Final = "ROUTER_LOG_LEVEL"
FORMAT: Final = "ROUTER_SYSLOG_FORMAT"
REQUEST_HEADERS: Final = "ROUTER_CAPTURE_HTTP_REQUEST_HEADERS"
RESPONSE_HEADERS: Final = "ROUTER_CAPTURE_HTTP_RESPONSE_HEADERS"

_CAPTURED: Final = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([1-9][0-9]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterLog:
    """One syslog address. `length` is in bytes a line; a `format` of "" is `option httplog`.

    The headers are those that frontends for HTTP put into the log, with the bytes that are kept.
    """

    address: str
    length: int = 1024
    facility: str = "local1"
    level: str = "warning"
    """What is less grave is left out; requests are logged at `info`."""
    format: str = ""
    request_headers: tuple[tuple[str, int], ...] = ()
    response_headers: tuple[tuple[str, int], ...] = ()

    def global_lines(self) -> Iterator[str]:
        """Its part of the `global` section."""
        where = f"{self.address} len {self.length} {self.facility} {self.level}"
        yield f"  log {where}"
        yield "  log-send-hostname"

    def default_lines(self) -> Iterator[str]:
        """Its part of the `defaults` section."""
        yield f"  log-format {self.format}" if self.format else "  option httplog"
        yield "  log global"

    def capture_lines(self) -> Iterator[str]:
        """Its part of a frontend for HTTP."""
        for side, headers in (
            ("request", self.request_headers),
            ("response", self.response_headers),
        ):
            for name, length in headers:
                yield f"  capture {side} header {name} len {length}"


def read_log(env: Mapping[str, str]) -> RouterLog | None:
    """The log of a router with this environment, None where it keeps none."""
    address = env.get(ADDRESS, "")
    if not address:
        return None
    length = env.get(LENGTH, "")
    return RouterLog(
        address=address,
        length=int(length) if re.fullmatch("[1-9][0-9]*", length) else 1024,
        facility=env.get(FACILITY) or "local1",
        level=env.get(LEVEL) or "warning",
        format=env.get(FORMAT, ""),
        request_headers=_headers(env.get(REQUEST_HEADERS, "")),
        response_headers=_headers(env.get(RESPONSE_HEADERS, "")),
    )


def _headers(text: str) -> tuple[tuple[str, int], ...]:
    """`Host:253,Referer:80`; what reads otherwise is left out."""
    found = (_CAPTURED.fullmatch(each.strip()) for each in text.split(","))
    return tuple((match[1], int(match[2])) for match in found if match is not None)
