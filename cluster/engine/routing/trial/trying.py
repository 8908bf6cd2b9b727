"""A trial from the front door on: the maps decide once for all its requests, since all have the same
host and path; what they lead to answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cluster.engine.routing.backends import Backend, BackendServer, build_backend
from cluster.engine.routing.balancers import SourceBase, make_balancer
from cluster.engine.routing.durations import read_duration
from cluster.engine.routing.haproxy_config import RouteObjects
from cluster.engine.routing.host_tables import near
from cluster.engine.routing.matching import (
    HTTPS,
    NOT_FOUND,
    Decision,
    Outcome,
    RoutingTable,
    served_routes,
)
from cluster.engine.routing.router_settings import RouterSettings
from cluster.engine.routing.trial.request import Trial
from cluster.engine.routing.trial.result import ServerShare, TrialAnswer, TrialResult
from cluster.engine.routing.trial.run import TrialRun
from cluster.engine.routing.trial.visit import Application, Timeouts
from cluster.objects.host_assignment import effective_host
from cluster.objects.route import Route, admitted

Applications = Callable[[str, Sequence[BackendServer]], Sequence[Application]]
"""The applications behind servers of a namespace."""
TO_HTTPS: Final = "302 to https"


@dataclass(frozen=True, slots=True)
class _Way:
    """Where the front door sends the trial's requests; `redirect` comes before, if it is followed."""

    decision: Decision
    redirect: Decision | None = None
    why: str = ""


def try_route(
    objects: RouteObjects,
    route: Route,
    trial: Trial,
    *,
    settings: RouterSettings,
    applications: Applications,
    may_see: Callable[[str], bool],
    seed: int = 0,
) -> TrialResult:
    """Send a trial's requests to a route's host.

    `may_see` says whether the user may know the routes of a namespace; `seed` decides which answers of
    failing applications fail.
    """
    host = effective_host(route, settings.hosts)
    way = _way(_table(objects, host, settings), trial, host)
    notes = _admission_notes(route)
    if way.decision.outcome is not Outcome.SERVED:
        answers = _answered_at_the_door(trial, way)
        return TrialResult(host, answers, route=way.decision.route, notes=notes)
    namespace, _, name = way.decision.route.partition(":")
    own = (namespace, name) == route.metadata.key
    served = route if own else objects.get(Route, namespace, name)
    if served is None or not (own or may_see(namespace)):
        text = "A route of another project serves this host and path: it would get these requests."
        return TrialResult(host, (), notes=(*notes, text))
    if not own:
        text = (
            f"Route {name} of project {namespace} serves this host and path: it got the requests."
        )
        notes = (*notes, text)
    backend = build_backend(objects, served, settings.env)
    found = applications(namespace, backend.servers)
    run = TrialRun(
        trial,
        backend,
        found,
        timeouts=_timeouts(settings),
        rng=np.random.default_rng(seed),
        prefix=TO_HTTPS if way.redirect else "",
    )
    answers = run.answers()
    shares = _shares(backend, found, trial, answers)
    return TrialResult(host, answers, shares, backend, way.decision.route, notes)


def _table(objects: RouteObjects, host: str, settings: RouterSettings) -> RoutingTable:
    """The maps, as far as they can have a line for the host."""
    lines = near(served_routes(objects.list(Route), settings.name), host)
    return RoutingTable(lines, custom_404=settings.custom_404)


def _way(table: RoutingTable, trial: Trial, host: str) -> _Way:
    first = table.decide(trial.scheme, host, trial.path, sni=host)
    if first.outcome is Outcome.REDIRECTED and trial.follow_redirects:
        second = table.decide(HTTPS, host, trial.path, sni=host)
        return _Way(second, first, table.why(HTTPS, host, trial.path))
    return _Way(first, None, table.why(trial.scheme, host, trial.path))


def _admission_notes(route: Route) -> tuple[str, ...]:
    condition = admitted(route)
    if condition is None:
        return ("The router has not admitted this route yet.",)
    if condition.status != "True":
        return (f"The router refuses this route: {condition.reason}.",)
    return ()


def _answered_at_the_door(trial: Trial, way: _Way) -> tuple[TrialAnswer, ...]:
    decision = way.decision
    if decision.outcome is Outcome.REDIRECTED:
        why = f"redirect {decision.status} (Redirect)"
    else:
        page = "the operator's page" if decision.status == NOT_FOUND else "no route is found"
        why = f"{decision.status}: {way.why or page}"
    if way.redirect:
        why = f"{TO_HTTPS}; {why}"
    return tuple(
        TrialAnswer(
            number=number + 1,
            client=trial.clients[number % len(trial.clients)],
            status=decision.status,
            began=0.0,
            seconds=0.0,
            why=why,
            cookie=trial.cookie,
            location=decision.location,
        )
        for number in range(trial.requests)
    )


def _timeouts(settings: RouterSettings) -> Timeouts:
    connect, server = (
        read_duration(settings.timeouts[each]) or None for each in ("connect", "server")
    )
    assert connect is not None and server is not None
    return Timeouts(connect.seconds, server.seconds, server.text)


# --- shares ------------------------------------------------------------------------------------------


def _shares(
    backend: Backend,
    applications: Sequence[Application],
    trial: Trial,
    answers: Sequence[TrialAnswer],
) -> tuple[ServerShare, ...]:
    counts = {server.name: 0 for server in backend.servers}
    for each in answers:
        if each.server is not None:
            counts[each.server.name] += 1
    expected = _expected(backend, applications, trial)
    return tuple(
        ServerShare(
            server=server,
            answers=counts[server.name],
            expected=None if expected is None else expected[place],
            version=applications[place].version,
            colour=applications[place].color,
        )
        for place, server in enumerate(backend.servers)
    )


def _expected(
    backend: Backend, applications: Sequence[Application], trial: Trial
) -> list[float] | None:
    """The algorithm's law for requests without a cookie; None for leastconn, where load decides.

    Servers that nothing listens on are left out where health checks take them out.
    """
    if backend.algorithm == "leastconn":
        return None
    weights = [server.weight for server in backend.servers]
    balancer = make_balancer(
        backend.algorithm,
        weights,
        hash_type=backend.choice.hash_type,
        rng=np.random.default_rng(0),
    )
    if backend.checks_health:
        for place, application in enumerate(applications):
            if not (application.listens and application.reachable):
                balancer.set_usable(place, False)
    if not isinstance(balancer, SourceBase):
        return [float(each) for each in balancer.expected_shares()]
    sent = [trial.clients[number % len(trial.clients)] for number in range(trial.requests)]
    return [float(each) / trial.requests for each in balancer.counts(trial.requests, sent)]
