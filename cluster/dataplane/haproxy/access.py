"""The access log of a router that is HAProxy: its own lines as entries, each with its route, the pod that
answered, and in words why none did."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Final

from cluster.dataplane.haproxy.log_lines import NO_SERVER, LogLine, read_line
from cluster.dataplane.haproxy.statistics import CLOSED, PASSED, PROXIES
from cluster.dataplane.router.access_log import Access, AccessLog

_REDIRECTED: Final = "LR"
_CAUSES: Final = {
    "C": "the client went away",
    "cR": "the request did not arrive in time",
    "cD": "the client took too long",
    "LR": "redirected to HTTPS",
    "PR": "HAProxy refuses the request",
    "PH": "the pod's answer is broken",
    "sQ": "the pods are busy",
    "SQ": "the pods are busy",
    "sC": "the connection to the pod took too long",
    "SC": "the connection to the pod failed",
    "sH": "the pod did not answer in time",
    "SH": "the pod closed the connection before its answer",
    "sD": "the pod stopped answering",
    "SD": "the pod's answer was cut off",
    "R": "HAProxy has run out of resources",
    "I": "HAProxy has failed",
    "D": "the pod has gone down",
    "K": "the connection was ended",
}
"""What the two letters of the termination state mean, or the first of them (HAProxy: Logging, 8.5)."""
_UNREACHED: Final = "no pod is ready, or none answers HAProxy's health checks"
_CLOSED_OUT: Final = "the client is not on the route's allow list, or has reached a rate limit"

FindRoute = Callable[[str, str], str]
"""Host and target of a plain HTTP request to the route that takes it, "" for none."""


class HaproxyLog:
    """What HAProxy logs, turned into entries. `hosts` are those of the routes, by name of the route."""

    def __init__(self, find_route: FindRoute, count: Callable[[Access, LogLine], None]) -> None:
        self.entries = AccessLog()
        self.unread = 0
        """Datagrams that say nothing of a request: overlong, garbage, or other news of HAProxy's."""
        self.hosts: dict[str, str] = {}
        self._find_route = find_route
        self._count = count

    def take(self, datagrams: Iterable[bytes]) -> None:
        """Read what has come."""
        now = time.time()
        for datagram in datagrams:
            line = read_line(datagram)
            if line is None:
                self.unread += 1
            elif not line.server.startswith("fe_"):  # on its way to where its TLS ends
                entry = self._entry(line, now)
                self.entries.write(entry)
                self._count(entry, line)

    def _entry(self, line: LogLine, now: float) -> Access:
        kind, _, route = line.backend.partition(":")
        if kind not in PROXIES:
            route = ""
        if line.flags.startswith(_REDIRECTED) and not route:
            route = self._find_route(line.host, line.target)  # decided before any backend
        answered = line.is_answered
        pod, service = _pod(line.server) if answered else ("", "")
        status = line.status
        if not line.is_http:
            status = PASSED if answered else CLOSED
        return Access(
            number=self.entries.written + 1,
            at=now - line.seconds,
            client=line.client,
            frontend=line.frontend,
            backend=line.backend,
            route=route,
            server=line.server if line.server != NO_SERVER else "",
            pod=pod,
            service=service,
            method=line.method,
            host=line.host if line.is_http else self.hosts.get(route, ""),
            target=line.target,
            status=status,
            bytes_sent=line.bytes_sent,
            seconds=line.seconds,
            cause=_cause(line),
            times=line.times,
            flags=line.flags,
            text=line.text,
        )


def _pod(server: str) -> tuple[str, str]:
    """Pod and service of a server: `pod:<pod>:<service>:<port>:<address>`, `ept:<service>:…`."""
    kind, *names = server.split(":")
    if kind == "pod" and len(names) > 1:
        return names[0], names[1]
    return "", names[0] if names else ""


def _cause(line: LogLine) -> str:
    """Why it did not end as it should, "" where it did."""
    ended = line.flags[:2]
    if ended == "--":
        return ""
    if line.server == NO_SERVER and ended == "SC":
        return _UNREACHED
    if ended == "PR" and not line.status:
        return _CLOSED_OUT
    return _CAUSES.get(ended) or _CAUSES.get(ended[0].upper(), "it ended early")
