"""What the router's front door makes of a visit before any pod is chosen: admission, scheme against
termination and insecure policy, path (openshift/router: haproxy-config.template frontends, maps)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cluster.engine.routing.backends import termination_of
from cluster.objects.route import PASSTHROUGH, Route, admitted

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
    termination = termination_of(route)
    # Passthrough hides the path from the router; over HTTP the redirect map still looks at it.
    sealed = termination == PASSTHROUGH and scheme == "https"
    if not sealed and not path_matches(route.spec.path, path):
        return _unavailable(f"The path {path} is not under the route's path {route.spec.path}.")
    if scheme == "https":
        if not termination:
            return _unavailable("The route is not secured: it has no TLS block.")
        return Entrance()
    if not termination:
        return Entrance()
    return _insecure(route)


def _insecure(route: Route) -> Entrance:
    policy = route.spec.tls.insecure_edge_termination_policy if route.spec.tls else ""
    if policy == "Redirect":
        return Entrance(redirected=True, cause="HTTP is redirected to HTTPS.")
    if policy == "Allow":
        return Entrance()
    return _unavailable("The route serves HTTPS only: its insecure policy is None.")


def _unavailable(cause: str) -> Entrance:
    return Entrance(status=UNAVAILABLE, cause=cause)


def path_matches(route_path: str, path: str) -> bool:
    """Whether the router's map sends a path to a route (openshift/router: `GenerateRouteRegexp`).

    `/sub` takes `/sub` and all below it, `/sub/` only what is below it; no path or `/` takes all.
    """
    wanted, asked = route_path, path.partition("?")[0]
    if not wanted.strip("/"):
        return True
    if wanted.endswith("/"):
        return asked.startswith(wanted)
    return asked == wanted or asked.startswith(f"{wanted}/")
