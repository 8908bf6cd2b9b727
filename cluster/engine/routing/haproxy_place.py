"""Where one route stands in the router's configuration: its backend, its lines in the maps, and the lines
of the frontends that lead to it (openshift/router: haproxy-config.template)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cluster.engine.routing import maps
from cluster.engine.routing.haproxy_backend import ServedRoute
from cluster.engine.routing.haproxy_config import HaproxyConfig, LineRange
from cluster.engine.routing.maps import MapRoute, map_route
from cluster.objects.route import PASSTHROUGH


@dataclass(frozen=True, slots=True)
class MapLine:
    """A line of a map, counted from 1; `effect` is what it does to requests, in words."""

    map: str
    number: int
    text: str
    effect: str


@dataclass(frozen=True, slots=True)
class RoutePlace:
    """A route's place in a configuration. `leading` are the numbers of the lines that lead to it."""

    config: HaproxyConfig
    lines: LineRange
    maps: tuple[MapLine, ...]
    leading: tuple[int, ...]


def place_of(config: HaproxyConfig, served: ServedRoute) -> RoutePlace | None:
    """The place of a served route, None for one that the configuration does not have."""
    lines = config.lines_of(served.name)
    if lines is None:
        return None
    found = tuple(_map_lines(config, served))
    read = {each.map for each in found if each.effect}
    leading = tuple(
        number
        for number, text in enumerate(config.text.splitlines(), 1)
        if any(f"/{name}" in text for name in read)
    )
    return RoutePlace(config, lines, found, leading)


def _map_lines(config: HaproxyConfig, served: ServedRoute) -> Iterator[MapLine]:
    certificate = served.tls.certificate if served.tls else ""
    route = map_route(served.route, served.host, certificate)
    for name, text in config.maps.items():
        entry = maps.entry(name, route)
        if entry is None:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            words = line.split(" ")
            mine = words[0].endswith(f"/{entry[0]}") and words[-1] == entry[1]
            if mine if name == maps.CERTIFICATES else line == " ".join(entry):
                yield MapLine(name, number, line, _effect(name, route))


def _effect(name: str, route: MapRoute) -> str:
    """What the line does; "" for lines that no frontend heeds for this route."""
    through = route.termination == PASSTHROUGH
    return {
        maps.HTTP: "plain HTTP goes to the backend",
        maps.EDGE_REENCRYPT: "HTTPS goes to the backend, after TLS has ended at the router",
        maps.REDIRECT: "plain HTTP is redirected to HTTPS"
        if route.insecure_policy == "Redirect"
        else "",
        maps.SNI_PASSTHROUGH: "TLS with this server name is not opened",
        maps.TCP: "TLS with this server name goes to the backend as it is" if through else "",
        maps.CERTIFICATES: "the certificate that TLS shows for the host",
    }.get(name, "")
