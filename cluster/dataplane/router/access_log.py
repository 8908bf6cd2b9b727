"""The router's access log: the last requests, as records and as HAProxy's lines, and what they came to
for the charts."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

KEPT: Final = 2_000

CLOSED: Final = 0
"""Status of a connection that was closed without an answer."""


class Access(NamedTuple):
    """One request, or one connection that the router does not look into.

    `at` is in seconds since 1970, `seconds` until the last byte; `cause` says why the router itself
    answered, "" where a pod did. The real HAProxy says more: `times` in milliseconds (TR/Tw/Tc/Tr/Ta,
    or Tw/Tc/Tt of a connection), its termination `flags` such as `SC--`, and the whole line as `text`.
    """

    number: int
    at: float
    client: str
    frontend: str
    backend: str
    route: str
    server: str
    pod: str
    service: str
    method: str
    host: str
    target: str
    status: int
    bytes_sent: int
    seconds: float
    cause: str = ""
    times: str = ""
    flags: str = ""
    text: str = ""

    @property
    def line(self) -> str:
        """One line like HAProxy's `option httplog`, or HAProxy's own."""
        if self.text:
            return self.text
        server = self.server or "<NOSRV>"
        request = f"{self.method} {self.host}{self.target}" if self.method else self.host
        return (
            f"{self.client} {self.frontend} {self.backend}/{server} {self.seconds * 1000:.0f}"
            f' {self.status} {self.bytes_sent} {{{self.cause}}} "{request}"'
        )


class AccessLog:
    """The last requests, oldest first; any thread may read."""

    def __init__(self, kept: int = KEPT) -> None:
        self._entries: deque[Access] = deque(maxlen=kept)
        self._listeners: list[Callable[[Access], None]] = []
        self.written = 0
        """How many there have been."""

    def write(self, entry: Access) -> None:
        """Add one."""
        self.written = entry.number
        self._entries.append(entry)
        for listener in self._listeners:
            listener(entry)

    def on_entry(self, listener: Callable[[Access], None]) -> None:
        """Call on the router's loop with each entry. Must be quick."""
        self._listeners.append(listener)

    def entries(self, route: str = "", since: int = 0) -> list[Access]:
        """Entries with a number above `since`, of one route (`<namespace>:<name>`) or of all."""
        return [
            entry
            for entry in tuple(self._entries)
            if entry.number > since and (not route or entry.route == route)
        ]
