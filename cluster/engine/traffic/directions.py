"""Where groups of visitors end up: each names a route, and asks for that route's host; which route a
request for host and path comes to is decided by the router's maps, and by them alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from cluster.engine.cluster import Cluster
from cluster.engine.routing.host_admitter import domain_of
from cluster.engine.routing.host_tables import HostTables
from cluster.engine.routing.maps import MapRoute
from cluster.engine.routing.matching import Outcome, RoutingTable
from cluster.engine.routing.router_settings import RouterSettings
from cluster.engine.traffic.entrance import Entrance, Stop, refusal, stops
from cluster.objects.host_assignment import effective_host
from cluster.objects.meta import Key
from cluster.objects.route import Route
from cluster.objects.visitors import Visitors, VisitorsSpec

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Visit:
    """The way of a group's visits: the host that they ask for, and the routes that they come to.

    `why` says, where another route than the named one serves them, why that is so.
    """

    home: Key
    host: str
    stops: tuple[Stop, ...]
    why: str = ""

    @property
    def served_by(self) -> Key | None:
        """The route whose pods are asked; None where the router itself answers."""
        last = self.stops[-1]
        return last.route if last.entrance.status is None else None

    @property
    def cause(self) -> str:
        """What the router says to them, "" where it only passes them on."""
        return self.stops[-1].entrance.cause or self.stops[0].entrance.cause


@dataclass(frozen=True, slots=True)
class Arrival:
    """A group of visitors at one route."""

    visitors: Visitors
    entrance: Entrance


class Directions:
    """The ways of all groups. A route's change is looked up again only for groups of its hosts."""

    def __init__(self, settings: RouterSettings) -> None:
        self._settings = settings
        self._tables = HostTables(settings.name, custom_404=settings.custom_404)
        self._visits: dict[Key, Visit] = {}
        self._homed: dict[Key, set[Key]] = {}
        self._asking: dict[str, set[Key]] = {}
        self._hosts: dict[str, set[str]] = {}
        self._arriving: dict[Key, set[Key]] = {}

    def is_led_by(self, settings: RouterSettings) -> bool:
        """Whether the ways are those that these settings give."""
        held = self._settings
        return (held.name, held.custom_404, held.hosts) == (
            settings.name,
            settings.custom_404,
            settings.hosts,
        )

    # --- reading, from any thread ------------------------------------------------------------------

    def visit(self, group: Key) -> Visit | None:
        """The way of a group's visits; None while the route that it names does not exist."""
        return self._visits.get(group)

    # --- the engine's thread -------------------------------------------------------------------------

    def is_wanted(self, route: Key) -> bool:
        """Whether a group, visiting or stopped, names the route or comes to it."""
        return route in self._homed or route in self._arriving

    def arrivals(self, route: Key, cluster: Cluster) -> dict[str, Arrival]:
        """The groups that come to a route, stopped ones too, by name.

        Those of other projects are called `<project>/<name>`.
        """
        found: dict[str, Arrival] = {}
        for group in sorted(self._arriving.get(route, ())):
            visitors = cluster.store.get(Visitors, *group)
            if visitors is not None:
                stop = next(each for each in self._visits[group].stops if each.route == route)
                name = group.name if group.namespace == route.namespace else "/".join(group)
                found[name] = Arrival(visitors, stop.entrance)
        return found

    def follow(self, route: Key, cluster: Cluster) -> set[Key]:
        """Take over a route and the groups that name it; the routes whose arrivals may differ now."""
        touched = self._tables.take(route, cluster.store.get(Route, *route))
        groups = set(self._homed.get(route, ()))
        groups |= {
            each.metadata.key
            for each in cluster.store.list(Visitors, route.namespace)
            if each.spec.route == route.name
        }
        for host in touched.hosts:
            groups |= self._asking.get(host, set())
        for domain in touched.domains:
            for host in self._hosts.get(domain, ()):
                groups |= self._asking[host]
        concerned = {route}
        for group in sorted(groups):
            concerned |= self._send(group, cluster)
        return concerned

    def _send(self, group: Key, cluster: Cluster) -> set[Key]:
        """Look a group's way up; the routes that it came to before and those that it comes to now."""
        old = self._visits.get(group)
        new = self._way(cluster.store.get(Visitors, *group), cluster)
        if old is not None and (new is None or (old.home, old.host) != (new.home, new.host)):
            self._leave(group, old)
        if new is None:
            self._visits.pop(group, None)
        else:
            self._visits[group] = new
            self._homed.setdefault(new.home, set()).add(group)
            self._asking.setdefault(new.host, set()).add(group)
            self._hosts.setdefault(domain_of(new.host), set()).add(new.host)
        before, after = _routes(old), _routes(new)
        for route in before - after:
            _discard(self._arriving, route, group)
        for route in after - before:
            self._arriving.setdefault(route, set()).add(group)
        return before | after

    def _leave(self, group: Key, visit: Visit) -> None:
        _discard(self._homed, visit.home, group)
        _discard(self._asking, visit.host, group)
        if visit.host not in self._asking:
            _discard(self._hosts, domain_of(visit.host), visit.host)

    def _way(self, visitors: Visitors | None, cluster: Cluster) -> Visit | None:
        if visitors is None:
            return None
        spec, namespace = visitors.spec, visitors.metadata.namespace
        home = cluster.store.get(Route, namespace, spec.route)
        if home is None:
            return None
        host = effective_host(home, self._settings.hosts)
        found = stops(self._tables.table(host), home, host, spec.scheme, spec.path)
        key, last = home.metadata.key, found[-1].route
        why = "" if last == key else self._why(home, host, last, spec)
        return Visit(key, host, found, why)

    def _why(self, home: Route, host: str, other: Key, spec: VisitorsSpec) -> str:
        """Why visits of one route come to another one, as a sentence."""
        refused = refusal(home)
        if other.namespace != home.metadata.namespace:
            return refused  # not everybody may know the other project's routes
        own, winner = self._tables.line(home.metadata.key), self._tables.line(other)
        if refused or own is None or winner is None:
            return refused
        url = spec.path or "/"
        alone = RoutingTable([own]).decide(spec.scheme, host, url, sni=host)
        if alone.outcome is Outcome.DEFAULT:
            return f"Route {home.metadata.name} does not serve {spec.scheme.upper()} for {url}."
        return _better(own, winner, url)


def _better(own: MapRoute, winner: MapRoute, url: str) -> str:
    """The maps try lines in reverse order, those of wildcards last."""
    if own.wildcard and not winner.wildcard:
        return "A route with the very host comes before a wildcard."
    if winner.path != own.path and winner.path:
        return f"Of the paths that match {url}, {winner.path} is the longest."
    return "Its line stands first in the router's map."


def _routes(visit: Visit | None) -> set[Key]:
    return set() if visit is None else {each.route for each in visit.stops}


def _discard(index: dict[K, set[V]], key: K, item: V) -> None:
    held = index.get(key)
    if held is not None:
        held.discard(item)
        if not held:
            del index[key]
