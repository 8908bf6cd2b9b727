"""The controller of simulated visitors: it follows time while somebody visits, and gives every
request to the pod that the router would have chosen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from cluster.engine.cluster import Cluster
from cluster.engine.nodes.reach import reach
from cluster.engine.routing.router_object import ROUTER
from cluster.engine.routing.router_settings import router_settings
from cluster.engine.traffic.directions import Directions, Visit
from cluster.engine.traffic.dispatcher import followed_by_each
from cluster.engine.traffic.flow import RouteFlow
from cluster.engine.traffic.snapshot import RouteTraffic, Series
from cluster.engine.watch import Change
from cluster.objects.endpoints import Endpoints
from cluster.objects.ingresscontroller import IngressController
from cluster.objects.meta import Key
from cluster.objects.node import Node
from cluster.objects.route import Route
from cluster.objects.service import Service
from cluster.objects.visitors import Visitors

DEFAULT_QUANTUM: Final = 0.25
"""Cluster seconds from tick to tick at the clock's normal speed: four samples a second."""
TICK: Final = Key("", "tick")
"""The key of the timer; routes have a namespace, so none is called that."""

SETTINGS: Final = Key("", "settings")
"""The key of the router's settings, likewise."""


class RealRequests(NamedTuple):
    """Requests through a router's sockets: `server` is the server line that answered, "" for none."""

    route: Key
    server: str
    status: int
    requests: int


class TrafficController:
    """Keeps a flow for every route that has visitors or real requests. Else nothing happens."""

    name = "traffic"
    watches: tuple[type, ...] = (Visitors, Route, Endpoints, Service, IngressController, Node)

    def __init__(self, quantum: float = DEFAULT_QUANTUM) -> None:
        self._quantum = quantum
        self._flows: dict[Key, RouteFlow] = {}
        self._by_service: dict[Key, set[Key]] = {}
        self._next_tick: float | None = None
        self._cluster: Cluster | None = None
        self._directions: Directions | None = None

    # --- reading, from any thread ------------------------------------------------------------------

    def snapshot(self, key: Key) -> RouteTraffic | None:
        """The traffic of a route; None for one that has no visitors, simulated or real."""
        flow = self._flows.get(key)
        return flow.snapshot() if flow is not None else None

    def series(self, key: Key, since: float = 0.0, every: float = 0.0) -> Series | None:
        """The samples of a route that end after `since`; see `RouteTraffic.series`."""
        seen = self.snapshot(key)
        return seen.series(since, every) if seen is not None else None

    def visit(self, group: Key) -> Visit | None:
        """Where a group of visitors ends up; None while the route that it names does not exist."""
        return self._directions.visit(group) if self._directions is not None else None

    # --- the engine's thread -------------------------------------------------------------------------

    def set_quantum(self, seconds: float) -> None:
        """Cluster seconds between ticks from now on: the runtime scales them with the speed.

        Raises ValueError unless positive.
        """
        if not seconds > 0:
            raise ValueError(f"quantum: {seconds} is not a positive number of seconds")
        self._quantum = seconds
        cluster = self._cluster
        if cluster is None or self._next_tick is None:
            return
        if self._next_tick > cluster.now + seconds:
            self._schedule(cluster)

    def keys(self, change: Change, cluster: Cluster) -> list[Key]:
        """The routes that a commit concerns, as far as they have visitors."""
        if change.kind.cls is Visitors:
            routes = [each.spec.route for each in (change.old, change.new) if each is not None]
            return [Key(change.key.namespace, name) for name in dict.fromkeys(routes)]
        if change.kind.cls is Route:
            return [change.key]
        if change.kind.cls is Node:
            old, new = change.old, change.new
            same = old is not None and new is not None and reach(old) == reach(new)
            return [] if same else sorted(self._flows)
        if change.kind.cls is IngressController:
            return [SETTINGS] if change.key == ROUTER else []
        return sorted(self._by_service.get(change.key, ()))

    def reconcile(self, key: Key, cluster: Cluster) -> float | None:
        """Bring one route's flow up to date and those of its host, or follow time for all of them."""
        self._cluster = cluster
        if key == TICK:
            self._tick(cluster)
            return None
        if key == SETTINGS:
            self._take_settings(cluster)
            return None
        for each in sorted(self._directed(cluster).follow(key, cluster)):
            self._refresh(each, cluster)
        return None

    def _directed(self, cluster: Cluster) -> Directions:
        if self._directions is None:
            self._directions = Directions(router_settings(cluster.store, cluster.config))
        return self._directions

    def _take_settings(self, cluster: Cluster) -> None:
        """Other settings reload all routes' backends; where they say which host a route has, and
        what hosts without a route get, all ways are looked up again."""
        concerned = set(self._flows)
        settings = router_settings(cluster.store, cluster.config)
        if self._directions is not None and not self._directions.is_led_by(settings):
            directions = self._directions = Directions(settings)
            for route in cluster.store.list(Route):
                concerned |= directions.follow(route.metadata.key, cluster)
        for key in sorted(concerned):
            self._refresh(key, cluster)

    def _refresh(self, key: Key, cluster: Cluster) -> None:
        route = cluster.store.get(Route, *key)
        flow = self._flows.get(key)
        remembered = flow is not None and flow.is_remembered(cluster.now)
        if route is None or not (remembered or self._directed(cluster).is_wanted(key)):
            self._forget(key)
            return
        flow = self._configured(route, cluster)
        if flow.is_visited(cluster.now) and self._next_tick is None:
            self._schedule(cluster)

    def _configured(self, route: Route, cluster: Cluster) -> RouteFlow:
        """The route's flow, made if need be, as things are now."""
        key = route.metadata.key
        flow = self._flows.get(key)
        if flow is None:
            rng = cluster.rng.child(f"traffic {key}")
            flow = self._flows[key] = RouteFlow(route, rng, cluster.now)
        before = flow.services
        arrivals = self._directed(cluster).arrivals(key, cluster)
        env = router_settings(cluster.store, cluster.config).env
        flow.configure(cluster.store, route, arrivals, env, cluster.now)
        self._index(key, before, flow.services)
        return flow

    def _forget(self, key: Key) -> None:
        flow = self._flows.pop(key, None)
        if flow is not None:
            self._index(key, flow.services, frozenset())

    def count(self, requests: Iterable[RealRequests], cluster: Cluster) -> None:
        """Real requests that a router has served; they count as those of simulated visitors do."""
        self._cluster = cluster
        for each in requests:
            route = cluster.store.get(Route, *each.route)
            if route is None:
                continue
            flow = self._flows.get(each.route)
            if flow is None:
                flow = self._configured(route, cluster)
            flow.count(each.server, each.status, each.requests, cluster.now)
        if self._flows and self._next_tick is None:
            self._schedule(cluster)

    def _index(self, key: Key, before: frozenset[str], after: frozenset[str]) -> None:
        for name in before - after:
            held = self._by_service[Key(key.namespace, name)]
            held.discard(key)
            if not held:
                del self._by_service[Key(key.namespace, name)]
        for name in after - before:
            self._by_service.setdefault(Key(key.namespace, name), set()).add(key)

    # --- ticks -----------------------------------------------------------------------------------------

    def _schedule(self, cluster: Cluster) -> None:
        # The timer's own moment: timers stand at whole milliseconds, the clock need not.
        self._next_tick = cluster.moment_after(self._quantum)
        cluster.after(self._quantum, self.name, TICK)

    def _tick(self, cluster: Cluster) -> None:
        """Let every flow decide what has come in. A timer that was overtaken does nothing."""
        if self._next_tick is None or cluster.now < self._next_tick:
            return
        self._next_tick = None
        for key in [k for k, flow in self._flows.items() if not flow.is_visited(cluster.now)]:
            # Stopped visitors keep their route's counts; real requests are forgotten in the end.
            if not self._directed(cluster).is_wanted(key):
                self._forget(key)
        visited = [flow for flow in self._flows.values() if flow.is_visited(cluster.now)]
        followed = followed_by_each(sum(flow.has_visitors for flow in visited))
        for flow in visited:
            flow.sample(cluster.now, followed)
        if visited:
            self._schedule(cluster)
