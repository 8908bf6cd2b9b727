"""A request of a trial on its way, the applications that answer, and the router's timeouts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol

OK: Final = 200
SERVER_ERROR: Final = 500


class Application(Protocol):
    """How the application behind a server answers: mean seconds, share of answers that are 500."""

    @property
    def latency(self) -> float: ...

    @property
    def error_rate(self) -> float: ...

    @property
    def listens(self) -> bool: ...

    @property
    def reachable(self) -> bool: ...

    @property
    def version(self) -> str: ...

    @property
    def color(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Timeouts:
    """The router's own timeouts in seconds, and `server` as the configuration says it."""

    connect: float = 5.0
    server: float = 30.0
    server_text: str = "30s"


@dataclass(slots=True, eq=False)
class Visit:
    """A request that is open. `notes` is what happened to it before its last choice."""

    number: int
    client: str
    began: float
    cookie: str
    notes: list[str]
    why: str = ""
    waits_since: float | None = None
    refused: dict[int, int] = field(default_factory=dict)
    unanswered: dict[int, int] = field(default_factory=dict)
    is_connecting: bool = False
    """Whether its packets are lost: it waits for the connection until the timeout."""
    status: int | None = OK
    chosen: tuple[int, int] | None = None
    """The server of the last choice, and how often the request had been moved by then."""
