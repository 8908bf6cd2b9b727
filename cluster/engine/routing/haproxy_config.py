"""HAProxy's configuration as OpenShift's router would write it for today's routes: one text with the files
that it names, and which of its lines belong to which route."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from cluster.engine.config import EngineConfig
from cluster.engine.routing import maps
from cluster.engine.routing.backends import Objects, build_backend
from cluster.engine.routing.certificates import validate_certificates
from cluster.engine.routing.error_pages import error_file, unavailable_page
from cluster.engine.routing.external_certificates import resolved_tls
from cluster.engine.routing.haproxy_backend import ServedRoute, backend_lines
from cluster.engine.routing.haproxy_frontends import (
    default_backend_lines,
    defaults_lines,
    global_lines,
    public_lines,
    public_tls_lines,
    terminating_lines,
)
from cluster.engine.routing.haproxy_layout import Layout
from cluster.engine.routing.maps import MapRoute, map_route
from cluster.engine.routing.route_status import is_admitted
from cluster.engine.routing.router_settings import RouterSettings, router_settings
from cluster.objects.route import Route

T = TypeVar("T")


class RouteObjects(Objects, Protocol):
    """What the configuration is made from: the store, or a reader of it."""

    def list(self, cls: type[T], namespace: str | None = None) -> list[T]:
        """All objects of a kind."""
        ...


@dataclass(frozen=True, slots=True)
class LineRange:
    """Lines of a text, counted from 1, both ends included."""

    first: int
    last: int

    def __contains__(self, line: int) -> bool:
        return self.first <= line <= self.last


@dataclass(frozen=True, slots=True)
class HaproxyConfig:
    """The configuration. `files` are the texts of all files that it names, by path.

    `sections` are the line ranges of the sections by name; `routes` those of the routes' backends by
    `<namespace>:<name>`.
    """

    text: str
    files: Mapping[str, str]
    sections: Mapping[str, LineRange]
    routes: Mapping[str, LineRange]

    def section(self, name: str) -> list[str]:
        """The lines of a section, without the one that opens it. Raises KeyError."""
        found = self.sections[name]
        return self.text.splitlines()[found.first : found.last]

    def lines_of(self, route: str) -> LineRange | None:
        """The lines of a route's backend, None for a route that is not served."""
        return self.routes.get(route)

    @property
    def maps(self) -> Mapping[str, str]:
        """The maps and the certificate list by file name; keys and certificates are not among them."""
        return {
            path.rpartition("/")[2]: text
            for path, text in self.files.items()
            if path.endswith(".map")
        }


def served_by(
    store: RouteObjects,
    config: EngineConfig,
    now: float,
    is_shown: Callable[[Route], bool] | None = None,
) -> list[ServedRoute]:
    """The admitted routes with their backends, in the order of the configuration.

    `now` is in seconds since 1970; with `is_shown` only those routes.
    """
    settings = router_settings(store, config)
    found = [
        served_route(store, route, ingress.host, settings, now)
        for route in store.list(Route)
        if is_shown is None or is_shown(route)
        for ingress in route.status.ingress
        if ingress.router_name == settings.name and is_admitted(ingress)
    ]
    return sorted(found, key=lambda each: each.name)


def served_route(
    objects: Objects, route: Route, host: str, settings: RouterSettings, now: float
) -> ServedRoute:
    """One route as the router serves it under a host; `now` in seconds since 1970."""
    tls = resolved_tls(objects, route)
    if tls is not None and settings.extended_validation:
        tls = validate_certificates(tls, now).tls
    return ServedRoute(route, host, build_backend(objects, route, settings.env), tls)


def render(
    routes: Iterable[ServedRoute], settings: RouterSettings, layout: Layout | None = None
) -> HaproxyConfig:
    """The configuration for these routes."""
    layout = layout or Layout()
    served = sorted(routes, key=lambda each: each.name)
    writer = _Writer()
    writer.section("global", global_lines(settings, layout))
    writer.section("defaults", defaults_lines(settings, layout))
    writer.section("public", public_lines(settings, layout))
    writer.section("public_ssl", public_tls_lines(settings, layout))
    writer.section("fe_sni", terminating_lines(settings, layout, sni=True))
    writer.section("fe_no_sni", terminating_lines(settings, layout, sni=False))
    writer.section("openshift_default", default_backend_lines(settings))
    for each in served:
        writer.section(each.backend.name, backend_lines(each, settings, layout))
    return HaproxyConfig(
        text=writer.text,
        files=dict(_files(served, settings, layout)),
        sections=writer.sections,
        routes={each.name: writer.sections[each.backend.name] for each in served},
    )


class _Writer:
    def __init__(self) -> None:
        self._lines: list[str] = []
        self.sections: dict[str, LineRange] = {}

    @property
    def text(self) -> str:
        return "\n".join([*self._lines, ""])

    def section(self, name: str, lines: Iterable[str]) -> None:
        if self._lines:
            self._lines.append("")
        first = len(self._lines) + 1
        self._lines += lines
        self.sections[name] = LineRange(first, len(self._lines))


def _files(
    served: list[ServedRoute], settings: RouterSettings, layout: Layout
) -> Iterator[tuple[str, str]]:
    entries = [_map_entry(each) for each in served]
    for name in maps.MAPS:
        # The file is written only for routers with wildcards, and read by none.
        known = entries if name != maps.WILDCARD_DOMAIN or settings.allow_wildcards else ()
        yield layout.map_file(name), _text(maps.map_lines(name, known))
    listed = maps.certificate_lines(entries, directory=layout.certificates, http2=settings.http2)
    yield layout.map_file(maps.CERTIFICATES), _text(listed)
    page = unavailable_page()
    yield layout.error_file(503), error_file(503, "Service Unavailable", page)
    yield layout.error_file(404), error_file(404, "Not Found", page)
    for each in served:
        yield from _route_files(each, layout)


def _map_entry(served: ServedRoute) -> MapRoute:
    certificate = served.tls.certificate if served.tls is not None else ""
    return map_route(served.route, served.host, certificate)


def _route_files(served: ServedRoute, layout: Layout) -> Iterator[tuple[str, str]]:
    allowed = served.backend.settings.allow_list
    if allowed is not None and allowed.in_file:
        yield layout.allow_list(served.name), _text(allowed.entries)
    tls = served.tls
    if tls is None:
        return
    if tls.certificate:
        parts = (tls.certificate, tls.key, tls.ca_certificate)
        yield layout.certificate_of(served.name), "".join(parts)
    if tls.destination_ca_certificate:
        yield layout.destination_ca_of(served.name), tls.destination_ca_certificate


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
