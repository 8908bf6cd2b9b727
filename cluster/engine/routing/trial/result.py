"""What a trial shows: who answered each request and why, and how often each server answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cluster.engine.routing.backends import Backend, BackendServer


@dataclass(frozen=True, slots=True)
class TrialAnswer:
    """The answer to one request. `status` None: the connection was closed without an answer.

    `began` and `seconds` are on the trial's own clock, which starts at 0 with the first request.
    """

    number: int
    client: str
    status: int | None
    began: float
    seconds: float
    why: str
    server: BackendServer | None = None
    cookie: str = ""
    """The Cookie header that was sent."""
    set_cookie: str = ""
    """The value of the answer's Set-Cookie header."""
    location: str = ""
    """Where a redirect leads."""


@dataclass(frozen=True, slots=True)
class ServerShare:
    """How many requests a server answered, and the share of them that the algorithm gives it.

    `expected` is a fraction of the requests without a cookie, None where load decides. `version` and
    `colour` are those of the application.
    """

    server: BackendServer
    answers: int
    expected: float | None
    version: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True)
class TrialResult:
    """The outcome of a trial. `route` is `<namespace>:<name>` of the route that the maps lead to.

    `backend` is that route's, None where nobody serves the request or it belongs to somebody else.
    """

    host: str
    answers: tuple[TrialAnswer, ...]
    shares: tuple[ServerShare, ...] = ()
    backend: Backend | None = None
    route: str = ""
    notes: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """How long it all took, on the trial's clock."""
        return max((each.began + each.seconds for each in self.answers), default=0.0)

    @property
    def statuses(self) -> Mapping[int | None, int]:
        """Answers by status, the most frequent first."""
        counts: dict[int | None, int] = {}
        for each in self.answers:
            counts[each.status] = counts.get(each.status, 0) + 1
        return dict(sorted(counts.items(), key=lambda item: -item[1]))
