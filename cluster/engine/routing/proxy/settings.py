"""The lines of one HAProxy backend: `balance`, `option redispatch`, `timeout …` and the `server`
lines with their words, checked as HAProxy checks its configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cluster.engine.routing.proxy.persistence import CookieLine
from cluster.engine.routing.weights import MAX_WEIGHT

DEFAULT_RETRIES: Final = 3
LAST_RETRY: Final = -1
"""`option redispatch` without a number: only the last retry may go to another server."""


def _require(legal: bool, field: str, value: object, rule: str) -> None:
    if not legal:
        raise ValueError(f"{field}: Invalid value: {value!r}: {rule}")


@dataclass(frozen=True, slots=True)
class CheckLine:
    """The words `check inter … fall … rise …` of a server line; times in seconds."""

    inter: float = 2.0
    fall: int = 3
    rise: int = 2
    fastinter: float | None = None
    downinter: float | None = None

    def __post_init__(self) -> None:
        for field, time in (
            ("inter", self.inter),
            ("fastinter", self.fastinter),
            ("downinter", self.downinter),
        ):
            _require(time is None or time > 0, field, time, "must be greater than 0 s")
        for field, count in (("fall", self.fall), ("rise", self.rise)):
            _require(count >= 1, field, count, "must be at least 1")


@dataclass(frozen=True, slots=True)
class ServerLine:
    """A `server` line. `maxconn` and `maxqueue` 0: no limit; `slowstart` in seconds, 0: none.

    `id` None: the server's place in the list, counted from 1.
    """

    name: str
    weight: int = 1
    id: int | None = None
    backup: bool = False
    maxconn: int = 0
    minconn: int = 0
    maxqueue: int = 0
    cookie: str | None = None
    slowstart: int = 0
    check: CheckLine | None = None

    def __post_init__(self) -> None:
        rule = "must be an integer from 0 to 256"
        _require(0 <= self.weight <= MAX_WEIGHT, "weight", self.weight, rule)
        for field in ("maxconn", "minconn", "maxqueue", "slowstart"):
            value = getattr(self, field)
            _require(value >= 0, field, value, "must be a non-negative integer")

    @property
    def most(self) -> int:
        """The highest limit of connections, 0 when there is none: `minconn` alone is a limit."""
        return max(self.maxconn, self.minconn)

    @property
    def least(self) -> int:
        """The limit while the backend is idle: `minconn`, else the highest one."""
        return self.minconn or self.maxconn


@dataclass(frozen=True, slots=True)
class BackendLines:
    """A backend's section; times in seconds.

    `redispatch` is the argument of `option redispatch`: 0 without the option, N: every Nth retry
    may go to another server, -N: counted from the last. `fullconn` 0: servers with `minconn` have
    their whole `maxconn` at once. `queue_timeout` None: the same as `connect_timeout`.
    """

    servers: tuple[ServerLine, ...]
    balance: str = "roundrobin"
    hash_type: str | None = None
    cookie: CookieLine | None = None
    redispatch: int = 0
    retries: int = DEFAULT_RETRIES
    allbackups: bool = False
    fullconn: int = 0
    connect_timeout: float = 5.0
    queue_timeout: float | None = None

    def __post_init__(self) -> None:
        for field in ("retries", "fullconn"):
            value = getattr(self, field)
            _require(value >= 0, field, value, "must be a non-negative integer")
        for field in ("connect_timeout", "queue_timeout"):
            value = getattr(self, field)
            _require(value is None or value > 0, field, value, "must be greater than 0 s")

    @property
    def longest_wait(self) -> float:
        """How long a request may wait in a queue (haproxy: `timeout queue`)."""
        return self.connect_timeout if self.queue_timeout is None else self.queue_timeout
