"""The router's maps cut up by host: what a change of one route costs depends on the routes of its host,
not on all routes of the cluster. Simulated visitors look their way up here; sockets use the whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cluster.engine.routing.host_admitter import domain_of
from cluster.engine.routing.maps import MapRoute
from cluster.engine.routing.matching import RoutingTable, served_routes
from cluster.objects.meta import Key
from cluster.objects.route import Route


def by_domain(line: MapRoute) -> bool:
    """Whether a route is found by its host's domain: any first label will do."""
    return line.wildcard and bool(domain_of(line.host))


def near(lines: Iterable[MapRoute], host: str) -> list[MapRoute]:
    """Those of the routes whose lines can match a host."""
    domain = domain_of(host)
    return [
        each
        for each in lines
        if (domain_of(each.host) == domain if by_domain(each) else each.host == host)
    ]


@dataclass(frozen=True, slots=True)
class Touched:
    """For which hosts a change of a route may have altered the answer."""

    hosts: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()


_Places = dict[str, dict[Key, MapRoute]]
"""Routes by host or wildcard domain."""


class HostTables:
    """The served routes by host; a table for a host is made when it is first asked for."""

    def __init__(self, router_name: str, *, custom_404: bool = False) -> None:
        self._router_name = router_name
        self._custom_404 = custom_404
        self._lines: dict[Key, tuple[MapRoute, ...]] = {}
        self._exact: _Places = {}
        self._wild: _Places = {}
        self._tables: dict[str, RoutingTable] = {}

    def take(self, key: Key, route: Route | None) -> Touched:
        """Take over a route as it is now, None for one that is gone."""
        old = self._lines.get(key, ())
        new = () if route is None else tuple(served_routes((route,), self._router_name))
        if old == new:
            return Touched()
        for line in old:
            self._out(key, line)
        for line in new:
            places = self._wild if by_domain(line) else self._exact
            places.setdefault(_name(line), {})[key] = line
        if new:
            self._lines[key] = new
        else:
            self._lines.pop(key, None)
        both = (*old, *new)
        touched = Touched(
            frozenset(_name(each) for each in both if not by_domain(each)),
            frozenset(_name(each) for each in both if by_domain(each)),
        )
        for host in touched.hosts:
            self._tables.pop(host, None)
        if touched.domains:
            kept = self._tables.items()
            self._tables = {h: t for h, t in kept if domain_of(h) not in touched.domains}
        return touched

    def _out(self, key: Key, line: MapRoute) -> None:
        places, name = self._wild if by_domain(line) else self._exact, _name(line)
        places[name].pop(key, None)
        if not places[name]:
            del places[name]

    def table(self, host: str) -> RoutingTable:
        """The maps as far as they can have a line for the host, which is in lower case."""
        held = self._tables.get(host)
        if held is None:
            exact, wild = self._exact.get(host, {}), self._wild.get(domain_of(host), {})
            lines = [*exact.values(), *wild.values()]
            held = RoutingTable(lines, custom_404=self._custom_404)
            self._tables[host] = held
        return held

    def line(self, key: Key) -> MapRoute | None:
        """A route as it stands in the maps, None for one that is not served."""
        return next(iter(self._lines.get(key, ())), None)


def _name(line: MapRoute) -> str:
    return domain_of(line.host) if by_domain(line) else line.host
