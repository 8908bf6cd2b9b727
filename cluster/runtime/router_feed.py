"""What the router's sockets tell the console: the access log, and the certificates of its authorities.

The data plane stands above the runtime, so it brings its feed along when it announces itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class AccessEntry(Protocol):
    """One request that came in through the router's sockets.

    `at` is in seconds since 1970 by the wall's clock, `seconds` until the last byte; `cause` says why
    the router itself answered, "" where a pod did. A `status` of 0 is a closed connection.
    """

    @property
    def number(self) -> int:
        """The place in the log, from 1."""
        ...

    @property
    def at(self) -> float:
        """When it ended."""
        ...

    @property
    def client(self) -> str:
        """Who asked."""
        ...

    @property
    def frontend(self) -> str:
        """Where it came in."""
        ...

    @property
    def pod(self) -> str:
        """Who answered, "" if it was the router."""
        ...

    @property
    def service(self) -> str:
        """The pod's service in the route."""
        ...

    @property
    def method(self) -> str:
        """`GET` …"""
        ...

    @property
    def host(self) -> str:
        """The Host header."""
        ...

    @property
    def target(self) -> str:
        """Path and query."""
        ...

    @property
    def status(self) -> int:
        """The answer's status."""
        ...

    @property
    def bytes_sent(self) -> int:
        """The answer's size."""
        ...

    @property
    def seconds(self) -> float:
        """How long it took."""
        ...

    @property
    def cause(self) -> str:
        """Why the router answered itself."""
        ...

    @property
    def times(self) -> str:
        """HAProxy's TR/Tw/Tc/Tr/Ta in milliseconds (Tw/Tc/Tt where it passes TLS through), or ""."""
        ...

    @property
    def flags(self) -> str:
        """HAProxy's termination state, such as `SC--`, or ""."""
        ...

    @property
    def line(self) -> str:
        """The entry as HAProxy logs it."""
        ...


class RouterFeed(Protocol):
    """What a running router can be asked, from any thread."""

    def access_entries(self, route: str, since: int = 0) -> Sequence[AccessEntry]:
        """Entries with a number above `since` of one route (`<namespace>:<name>`), oldest first."""
        ...

    def authority_certificates(self) -> Mapping[str, str]:
        """File names and PEM texts of the authorities that browsers may be told to trust."""
        ...
