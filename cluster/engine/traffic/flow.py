"""The traffic of one route: its groups of visitors, the backend that they meet, and their counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from cluster.engine.rng import RandomStream
from cluster.engine.routing.backends import Objects, build_backend
from cluster.engine.traffic.applications import Answering, answering
from cluster.engine.traffic.directions import Arrival
from cluster.engine.traffic.dispatcher import Dispatcher
from cluster.engine.traffic.entrance import (
    CLOSED,
    OK,
    REDIRECT,
    SERVER_ERROR,
    STATUSES,
    UNAVAILABLE,
    Entrance,
    counted_status,
)
from cluster.engine.traffic.measurements import Floats, Layout, Recorder
from cluster.engine.traffic.population import Population
from cluster.engine.traffic.snapshot import Facts, RouteTraffic, snapshot
from cluster.objects.route import PASSTHROUGH, Route

_COLUMN = {status: place for place, status in enumerate(STATUSES)}
REMEMBERED = 600.0
"""Cluster seconds for which a route that nobody visits shows the real requests that it had."""


class RouteFlow:
    """Visits of one route. `advance` decides what has come in; `configure` takes over changes.

    A changed backend is a reload of HAProxy: it starts its sequence afresh, clients keep cookies.
    """

    def __init__(self, route: Route, rng: RandomStream, now: float) -> None:
        self.key = route.metadata.key
        self.services: frozenset[str] = frozenset()
        self._started_at = now
        self._last = now
        # One generator for choices and one for failing answers, so that neither disturbs the other.
        self._rng = np.random.default_rng(rng.child("choices").bits64())
        self._failures = np.random.default_rng(rng.child("failures").bits64())
        self._groups: dict[str, Population] = {}
        self._entrances: dict[str, Entrance] = {}
        self._answers: tuple[Answering, ...] = ()
        self._error_rates: Floats | None = None
        self._dispatcher: Dispatcher | None = None
        self._no_server = UNAVAILABLE
        self._rate = 0.0
        self._recorder = Recorder()
        self._facts: Facts | None = None
        self._real_until = 0.0

    @property
    def has_visitors(self) -> bool:
        """Whether somebody visits, simulated."""
        return bool(self._groups)

    def is_visited(self, now: float) -> bool:
        """Whether somebody visits, or real requests have come in lately: time is to be followed."""
        return bool(self._groups) or self.is_remembered(now)

    def is_remembered(self, now: float) -> bool:
        """Whether real requests have come in lately."""
        return now < self._real_until

    # --- configuration ---------------------------------------------------------------------------

    def configure(
        self,
        objects: Objects,
        route: Route,
        arrivals: Mapping[str, Arrival],
        env: Mapping[str, str],
        now: float,
    ) -> None:
        """Take over the route, its endpoints and the visitors that come to it as they are now."""
        self.advance(now)
        groups_changed = self._take_groups(arrivals, now)
        old = self._dispatcher
        backend = build_backend(objects, route, env)
        answers = answering(objects, route.metadata.namespace, backend.servers)
        reloaded = (
            old is None
            or old.backend.configuration != backend.configuration
            or not _same_programs(answers, self._answers)
        )
        reached = not reloaded and answers != self._answers
        if reloaded:
            dispatcher = Dispatcher(backend, answers, self._rng)
            if old is not None:
                dispatcher.inherit(old)
            self._dispatcher = dispatcher
        elif reached and old is not None:
            old.reach(answers)
        self.services = frozenset(share.name for share in backend.services)
        self._answers = answers
        rates = np.array([each.error_rate for each in answers])
        self._error_rates = rates if rates.any() else None
        self._no_server = CLOSED if backend.termination == PASSTHROUGH else UNAVAILABLE
        if reloaded or reached or groups_changed:
            self._begin_layout(now, reloaded=reloaded)
        self._facts = Facts(
            route=self.key,
            started_at=self._started_at,
            backend=backend,
            rates={name: each.spec.requests_per_second for name, each in self._groups.items()},
            causes={name: each.cause for name, each in self._entrances.items()},
        )

    def _take_groups(self, arrivals: Mapping[str, Arrival], now: float) -> bool:
        """The visiting groups by name; whether their names, what they send or how they come in has
        changed."""
        wanted = {
            name: arrivals[name]
            for name in sorted(arrivals)
            if not arrivals[name].visitors.spec.stopped
        }
        before = {name: (each.spec, self._entrances[name]) for name, each in self._groups.items()}
        groups: dict[str, Population] = {}
        for name, arrival in wanted.items():
            spec, group = arrival.visitors.spec, self._groups.get(name)
            if group is None:
                group = Population(name, spec, now)
            elif group.spec != spec:
                group.change(spec, now)
            groups[name] = group
        if self._dispatcher is not None:
            for name in before.keys() - groups.keys():
                self._dispatcher.forget(name)
        self._groups = groups
        self._entrances = {name: arrival.entrance for name, arrival in wanted.items()}
        self._rate = sum(each.spec.requests_per_second for each in self._served_groups())
        after = {name: (each.spec, self._entrances[name]) for name, each in groups.items()}
        return before != after

    def _served_groups(self) -> list[Population]:
        """The groups that pods are asked for."""
        return [each for name, each in self._groups.items() if self._entrances[name].status is None]

    def _begin_layout(self, now: float, *, reloaded: bool) -> None:
        dispatcher = self._dispatcher
        assert dispatcher is not None
        servers = dispatcher.backend.servers
        layout = Layout(
            pods=tuple(server.label for server in servers),
            services=tuple(server.service for server in servers),
            latencies=tuple(each.latency for each in self._answers),
            groups=tuple(self._groups),
            started_at=now,
        )
        expected = dispatcher.expected(self._served_groups())
        self._recorder.begin(layout, now, reloaded=reloaded, expected=expected)

    # --- time --------------------------------------------------------------------------------------

    def advance(self, now: float) -> None:
        """Decide the requests that have come in since the last time."""
        begin, self._last = self._last, now
        for place, (name, group) in enumerate(self._groups.items()):
            n = group.arrivals(now)
            if n:
                self._serve(place, group, self._entrances[name], n, begin, now)

    def sample(self, now: float, followed: int) -> None:
        """The end of a tick: decide what has come in, and write down the counts.

        `followed` is how many requests may be followed one by one.
        """
        assert self._dispatcher is not None
        self._dispatcher.followed = followed
        self.advance(now)
        self._recorder.sample(now)

    def count(self, server: str, status: int, n: int, now: float) -> None:
        """Real requests that a server has answered, or the router itself (server "")."""
        assert self._dispatcher is not None
        self._real_until = now + REMEMBERED
        row, servers = self._recorder.row, self._dispatcher.backend.servers
        for index, each in enumerate(servers):
            if each.name == server:
                row[index] += n
                break
        row[len(servers) + _COLUMN[counted_status(status)]] += n

    def _serve(
        self, place: int, group: Population, way: Entrance, n: int, begin: float, end: float
    ) -> None:
        dispatcher = self._dispatcher
        assert dispatcher is not None
        row = self._recorder.row
        servers = len(dispatcher.backend.servers)
        statuses = row[servers : servers + len(STATUSES)]
        row[servers + len(STATUSES) + place] += n
        if way.redirected:
            statuses[_COLUMN[REDIRECT]] += n
        if way.status is not None:
            statuses[_COLUMN[way.status]] += n
            return
        counts = dispatcher.serve(group, n, begin, end, self._rate)
        row[:servers] += counts
        served = int(np.add.reduce(counts))
        failed = 0
        if self._error_rates is not None:
            failed = int(self._failures.binomial(counts, self._error_rates).sum())
            statuses[_COLUMN[SERVER_ERROR]] += failed
        statuses[_COLUMN[OK]] += served - failed
        if served != n:
            statuses[_COLUMN[self._no_server]] += n - served

    def snapshot(self) -> RouteTraffic | None:
        """The traffic up to the last sample; may be called from any thread."""
        facts, view = self._facts, self._recorder.view
        return snapshot(facts, view) if facts is not None and view is not None else None


def _same_programs(one: tuple[Answering, ...], other: tuple[Answering, ...]) -> bool:
    """Whether the same runs behind the servers, reached or not: a lost machine is no reload."""
    return len(one) == len(other) and all(
        replace(first, reachable=second.reachable) == second
        for first, second in zip(one, other, strict=True)
    )
