"""The routes that the router serves, kept up to date with the store: the table that finds them, and what
each is made of, built when it is first asked for and again when something of it has changed."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from cluster.dataplane.router.balancing import Check, LiveBackend
from cluster.dataplane.router.certificates import Certificates
from cluster.engine.routing.backends import Backend, build_backend
from cluster.engine.routing.durations import Duration, parse_duration
from cluster.engine.routing.external_certificates import resolved_tls
from cluster.engine.routing.header_actions import REQUEST, RESPONSE, HeaderAction, route_actions
from cluster.engine.routing.maps import MapRoute
from cluster.engine.routing.matching import RoutingTable, served_routes
from cluster.engine.routing.router_object import is_of_router
from cluster.engine.routing.router_settings import RouterSettings, router_settings
from cluster.engine.watch import Change
from cluster.objects import kinds
from cluster.objects.errors import NotFound
from cluster.objects.kind import Kind
from cluster.objects.meta import Key
from cluster.objects.route import Route, admitted
from cluster.runtime.client import Client

T = TypeVar("T")

IN_THE_LOOP: Final = 500
"""Routes up to which a new table is made between two requests; more are put together in a thread."""
_KINDS: Final[dict[type, Kind]] = {kind.cls: kind for kind in kinds.STORED}


class ClientObjects:
    """The client as the routing code reads it."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def get(self, cls: type[T], namespace: str, name: str) -> T | None:
        """The object, or None."""
        try:
            held = self._client.get(_KINDS[cls], namespace, name)
        except NotFound:
            return None
        return held if isinstance(held, cls) else None

    def list(self, cls: type[T], namespace: str | None = None) -> list[T]:
        """All objects of a kind."""
        found = self._client.list(_KINDS[cls], namespace)
        return [each for each in found if isinstance(each, cls)]


@dataclass(slots=True)
class ServedRoute:
    """A route as it is served. `backend` is the newest, `live` the one that takes requests."""

    key: Key
    route: Route
    backend: Backend
    live: LiveBackend
    request_actions: tuple[HeaderAction, ...]
    response_actions: tuple[HeaderAction, ...]
    timeout_server: float
    timeout_tunnel: float

    @property
    def destination_ca(self) -> str:
        """Whose signatures re-encrypted connections accept, "" for the service CA's."""
        tls = self.route.spec.tls
        return tls.destination_ca_certificate if tls is not None else ""

    @property
    def name(self) -> str:
        """`<namespace>:<name>`."""
        return f"{self.key.namespace}:{self.key.name}"


class Catalogue:
    """Belongs to the router's event loop."""

    def __init__(
        self,
        client: Client,
        certificates: Certificates,
        check: Check,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.timeouts: dict[str, float] = {}
        self.reloads = 0
        """How often the configuration has changed."""
        self._client = client
        self._objects = ClientObjects(client)
        self.settings: RouterSettings = router_settings(self._objects, client.config)
        self._certificates = certificates
        self._check = check
        self._loop = loop
        self._routes: dict[str, Route] = {}
        self._lines: dict[str, tuple[MapRoute, ...]] = {}
        self._by_host: dict[str, set[str]] = {}
        self._by_service: dict[Key, set[str]] = {}
        self._served: dict[str, ServedRoute] = {}
        self._stale: set[str] = set()
        self._rebuilding = False
        self._outdated = False
        self._take_settings()
        for route in client.list(kinds.ROUTE):
            assert isinstance(route, Route)
            self._take(route)
        self.table = self._new_table(self._all_lines())

    # --- following the store -----------------------------------------------------------------------------

    def follow(self, changes: Iterable[Change]) -> None:
        """Take commits over. What they do not concern stays as it is."""
        lines_changed = settings_changed = False
        for change in changes:
            if change.kind in (kinds.INGRESSCONTROLLER, kinds.SECRET):
                settings_changed |= is_of_router(change.key)
            elif change.kind is kinds.ROUTE:
                name = _name(change.key)
                before = self._lines.get(name, ())
                if change.new is None:
                    self._forget(name)
                else:
                    assert isinstance(change.new, Route)
                    self._take(change.new)
                lines_changed |= before != self._lines.get(name, ())
            elif change.kind in (kinds.ENDPOINTS, kinds.SERVICE):
                self._stale |= self._by_service.get(change.key, set())
        if settings_changed and self._take_settings():
            self._stale |= self._routes.keys()
            lines_changed = True
        if lines_changed:
            self._outdated = True
            self._rebuild()

    def _take_settings(self) -> bool:
        """Go by the settings and the default certificate of now; whether the settings have changed.

        Requests under way go on by what they began with.
        """
        before = self.settings
        self.settings = router_settings(self._objects, self._client.config)
        self.timeouts = {
            name: parse_duration(text) / 1e9 for name, text in self.settings.timeouts.items()
        }
        self._certificates.take_default(self._client.default_certificate())
        return before != self.settings

    def _take(self, route: Route) -> None:
        name = _name(route.metadata.key)
        old = self._routes.get(name)
        if old is not None:
            self._unindex(name, old)
        self._routes[name] = route
        self._lines[name] = tuple(served_routes((route,), self.settings.name))
        self._by_host.setdefault(route.spec.host, set()).add(name)
        for each in route.spec.backends:
            key = Key(route.metadata.namespace, each.name)
            self._by_service.setdefault(key, set()).add(name)
        self._stale.add(name)

    def _forget(self, name: str) -> None:
        old = self._routes.pop(name, None)
        if old is not None:
            self._unindex(name, old)
        self._lines.pop(name, None)
        self._stale.discard(name)
        served = self._served.pop(name, None)
        if served is not None:
            served.live.close()

    def _unindex(self, name: str, old: Route) -> None:
        self._by_host.get(old.spec.host, set()).discard(name)
        if not self._by_host.get(old.spec.host):
            self._by_host.pop(old.spec.host, None)
        for each in old.spec.backends:
            key = Key(old.metadata.namespace, each.name)
            held = self._by_service.get(key, set())
            held.discard(name)
            if not held:
                self._by_service.pop(key, None)

    def _all_lines(self) -> list[MapRoute]:
        return [line for lines in self._lines.values() for line in lines]

    def _new_table(self, lines: list[MapRoute]) -> RoutingTable:
        return RoutingTable(lines, custom_404=self.settings.custom_404)

    def _rebuild(self) -> None:
        if self._rebuilding:
            return
        self._outdated = False
        self.reloads += 1
        lines = self._all_lines()
        if len(lines) <= IN_THE_LOOP:
            self.table = self._new_table(lines)
            return
        self._rebuilding = True
        made = self._loop.run_in_executor(None, self._new_table, lines)
        made.add_done_callback(self._take_table)

    def _take_table(self, made: asyncio.Future[RoutingTable]) -> None:
        self._rebuilding = False
        if not made.cancelled():
            self.table = made.result()
        if self._outdated:
            self._rebuild()

    # --- looking up ---------------------------------------------------------------------------------

    def served(self, name: str) -> ServedRoute | None:
        """A route by `<namespace>:<name>`, as it is now; None when it is gone."""
        held = self._served.get(name)
        if held is not None and name not in self._stale:
            return held
        route = self._routes.get(name)
        if route is None:
            return None
        self._stale.discard(name)
        made = self._build(route, held)
        self._served[name] = made
        return made

    def _build(self, route: Route, old: ServedRoute | None) -> ServedRoute:
        backend = build_backend(self._objects, route, self.settings.env)
        if old is not None and old.backend.configuration == backend.configuration:
            live = old.live
        else:
            if old is not None:
                old.live.close()
                self.reloads += 1
            live = LiveBackend(
                backend, self._loop, self._check, connect_timeout=self.timeouts["connect"]
            )
        wanted = backend.settings
        return ServedRoute(
            key=route.metadata.key,
            route=route,
            backend=backend,
            live=live,
            request_actions=route_actions(route.spec.http_headers, REQUEST),
            response_actions=route_actions(route.spec.http_headers, RESPONSE),
            timeout_server=_seconds(wanted.timeout_server, self.timeouts["server"]),
            timeout_tunnel=_seconds(wanted.timeout_tunnel, self.timeouts["tunnel"]),
        )

    def context(self, server_name: str | None) -> ssl.SSLContext:
        """The certificate for a server name."""
        route = self._routes.get(self.table.certificate(server_name))
        tls = None if route is None else resolved_tls(self._objects, route)
        if tls is None or not tls.certificate:
            return self._certificates.default
        return self._certificates.own(
            tls, self._client.clock().now, extended=self.settings.extended_validation
        )

    def why(self, scheme: str, host: str, url: str) -> str:
        """Why no route serves a request, as a sentence; refused routes are named."""
        name = host.lower().partition(":")[0].removesuffix(".")
        for each in sorted(self._by_host.get(name, ())):
            condition = admitted(self._routes[each])
            where = each.replace(":", "/")
            if condition is None:
                return f"Route {where} has this host, but the router has not admitted it yet."
            if condition.status != "True":
                return (
                    f"Route {where} has this host, but the router refuses it:"
                    f" {condition.reason}: {condition.message}."
                )
        return self.table.why(scheme, host, url)


def _name(key: Key) -> str:
    return f"{key.namespace}:{key.name}"


def _seconds(duration: Duration | None, default: float) -> float:
    return default if duration is None else duration.seconds
