"""One request on its way through the router (HAProxy's stream): where it stands, which server it
has or waits for, and, where it got none, why."""

from __future__ import annotations

from enum import Enum


class Stage(Enum):
    """Where a request stands, and so what is to be done with it."""

    CONNECT = "connect"
    """Connect to `server` now, then report `connected` or `failed`."""
    QUEUED = "queued"
    """Waits for a slot, until `due` at the latest."""
    PAUSED = "paused"
    """A connection was refused; the next attempt is at `due`."""
    SERVED = "served"
    """Connected: the server is at work, until `finished`."""
    REFUSED = "refused"
    """The client gets 503, for the reason in `refusal`."""
    CLOSED = "closed"
    """Over."""


class Refusal(Enum):
    """Why a client gets 503."""

    NO_SERVER = "no server is up with a weight above 0"
    QUEUE_FULL = "the server's queue is full"
    QUEUE_TIMEOUT = "no connection became free in time"
    CONNECT_FAILED = "the connection to the server failed"


class Stream:
    """A request. Read it; only the backend that gave it out changes it."""

    __slots__ = (
        "assigned",
        "client",
        "direct",
        "due",
        "failures",
        "holds",
        "moves",
        "queued_at",
        "refusal",
        "server",
        "stage",
    )

    def __init__(self, client: str | None) -> None:
        self.client = client
        self.stage = Stage.CONNECT
        self.server: int | None = None
        """The server's index; None while it waits for any, and without one."""
        self.due: float | None = None
        """When the wait in the queue or the pause before the next attempt ends."""
        self.refusal: Refusal | None = None
        self.direct = False
        """Whether the cookie chose the server: then the answer sets none."""
        self.failures = 0
        """Failed attempts that were, or are, to be followed by another."""
        self.moves = 0
        """How often it was taken from a server to be balanced anew (redispatch)."""
        self.assigned = False
        """Whether `server` is where it goes; otherwise it is a server to avoid."""
        self.holds = False
        """Whether it occupies one of the server's slots."""
        self.queued_at = 0
        """Milliseconds, as HAProxy orders its queues."""

    def __repr__(self) -> str:
        where = "-" if self.server is None else self.server
        return f"<Stream {self.stage.value} server={where} failures={self.failures}>"
