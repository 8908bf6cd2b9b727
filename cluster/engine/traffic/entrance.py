"""What the router's front door makes of a visit before any pod is chosen: which routes it comes to, by
the maps that real requests go by too (openshift/router: haproxy-config.template frontends, maps)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cluster.engine.routing.matching import HTTPS, Decision, Outcome, RoutingTable
from cluster.objects.meta import Key
from cluster.objects.route import Route, admitted

OK: Final = 200
REDIRECT: Final = 302
SERVER_ERROR: Final = 500
UNAVAILABLE: Final = 503
CLOSED: Final = 0
"""Stands for a connection that is closed without an answer (passthrough without a server)."""

STATUSES: Final = (
    *(OK, REDIRECT, SERVER_ERROR, UNAVAILABLE, CLOSED),
    *(101, 204, 304, 400, 403, 404, 405, 408, 413, 501, 502, 504),
)
"""What is counted: first what simulated visitors can get, then what only real requests get."""

REDIRECTED: Final = "HTTP is redirected to HTTPS."


def counted_status(status: int) -> int:
    """The status by which an answer is counted: itself, or the plainest one of its class."""
    if status in STATUSES:
        return status
    return {2: OK, 3: REDIRECT, 4: 400}.get(status // 100, SERVER_ERROR)


@dataclass(frozen=True, slots=True)
class Entrance:
    """How visits of one kind come in.

    `redirected`: each is first answered with 302 and comes again over HTTPS. `status` is the answer
    given without asking a pod, None when a pod is asked; `cause` says why.
    """

    redirected: bool = False
    status: int | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """A route that visits come to, and how they come in there."""

    route: Key
    entrance: Entrance


def stops(table: RoutingTable, route: Route, host: str, scheme: str, path: str) -> tuple[Stop, ...]:
    """The routes at which visits to a route's host are counted, in the order in which they come there.

    Mostly that is one. A redirect by one route may lead to another; visits that nobody serves stay
    with the route that they were meant for.
    """
    url = path or "/"
    decision = table.decide(scheme, host, url, sni=host)
    if decision.outcome is Outcome.SERVED:
        return (Stop(_key(decision), Entrance()),)
    if decision.outcome is Outcome.DEFAULT:
        cause = refusal(route) or table.why(scheme, host, url)
        return (Stop(route.metadata.key, Entrance(status=decision.status, cause=cause)),)
    door = _key(decision)
    second = table.decide(HTTPS, host, url, sni=host)
    if second.outcome is not Outcome.SERVED:
        cause = f"{REDIRECTED} {table.why(HTTPS, host, url)}".rstrip()
        return (Stop(door, Entrance(True, second.status, cause)),)
    if _key(second) == door:
        return (Stop(door, Entrance(redirected=True, cause=REDIRECTED)),)
    answered = Entrance(status=REDIRECT, cause=REDIRECTED)
    return Stop(door, answered), Stop(_key(second), Entrance())


def refusal(route: Route) -> str:
    """Why the router does not serve the route at all, as a sentence; "" where it does."""
    condition = admitted(route)
    if condition is None:
        return "The router has not admitted the route yet."
    if condition.status != "True":
        return f"The router refuses the route: {condition.reason}."
    return ""


def _key(decision: Decision) -> Key:
    return Key(*decision.route.split(":", 1))
