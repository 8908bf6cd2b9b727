"""What the router's front door makes of a visit before any pod is chosen: admission, scheme against
termination and insecure policy, path (openshift/router: haproxy-config.template frontends, maps)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cluster.engine.routing.maps import map_route
from cluster.engine.routing.matching import Outcome, RoutingTable
from cluster.engine.routing.route_status import is_admitted
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


def entrance(route: Route, scheme: str, path: str) -> Entrance:
    """How a visit by this scheme and path comes in at a route."""
    condition = admitted(route)
    if condition is None:
        return _unavailable("The router has not admitted the route yet.")
    if condition.status != "True":
        return _unavailable(f"The router refuses the route: {condition.reason}.")
    host = next((each.host for each in route.status.ingress if is_admitted(each)), route.spec.host)
    table, url = RoutingTable([map_route(route, host)]), path or "/"
    decision = table.decide(scheme, host, url, sni=host)
    if decision.outcome is Outcome.REDIRECTED:
        # The redirect map looks at the path, so what it sends on finds the route again.
        return Entrance(redirected=True, cause="HTTP is redirected to HTTPS.")
    if decision.outcome is Outcome.DEFAULT:
        return _unavailable(table.why(scheme, host, url))
    return Entrance()


def _unavailable(cause: str) -> Entrance:
    return Entrance(status=UNAVAILABLE, cause=cause)
