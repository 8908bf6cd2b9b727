"""Which backend a request gets, as HAProxy finds it in the maps (router facts, §7.1 to §7.4): one table for
simulated visitors and real sockets. Hosts are indexed, so a look-up costs what one host has routes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from cluster.engine.routing import maps
from cluster.engine.routing.host_admitter import domain_of
from cluster.engine.routing.maps import MapRoute
from cluster.engine.routing.route_status import is_admitted
from cluster.objects.route import Route

DEFAULT_BACKEND: Final = "openshift_default"
HTTP, HTTPS = "http", "https"
FOUND: Final = 302
UNAVAILABLE: Final = 503
NOT_FOUND: Final = 404


class Outcome(Enum):
    """What the front door does with a request."""

    SERVED = "served"
    REDIRECTED = "redirected"
    DEFAULT = "default"
    """No route is found: the page "Application is not available"."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The front door's answer. `route` is `<namespace>:<name>`, "" for none.

    `status` is the answer given without asking a pod, None when the backend answers; `passthrough`
    says that the connection goes on as it is, TLS included.
    """

    outcome: Outcome
    backend: str = ""
    route: str = ""
    status: int | None = None
    location: str = ""
    passthrough: bool = False


NOWHERE: Final = Decision(Outcome.DEFAULT, DEFAULT_BACKEND, status=UNAVAILABLE)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a map: the path that it wants, and what it leads to."""

    path: str
    order: bytes
    value: str
    decision: Decision

    def matches(self, rest: str) -> bool:
        wanted = self.path
        if not wanted or (wanted[-1] == "/" and rest.startswith(wanted)):
            return True
        return wanted[-1] != "/" and (rest == wanted or rest.startswith(wanted + "/"))


class _Map:
    """The lines of one map by host and by wildcard domain, in the order in which HAProxy tries them."""

    def __init__(self, name: str, routes: Iterable[MapRoute]) -> None:
        self._exact: dict[str, tuple[_Line, ...]] = {}
        self._wild: dict[str, tuple[_Line, ...]] = {}
        exact: dict[str, list[_Line]] = {}
        wild: dict[str, list[_Line]] = {}
        for route in routes:
            found = maps.entry(name, route)
            if found is None:
                continue
            domain = domain_of(route.host)
            by_domain = route.wildcard and bool(domain)
            lines = wild if by_domain else exact
            lines.setdefault(domain if by_domain else route.host, []).append(_line(route, *found))
        # Only lines of one host compete, and wildcard lines come after all others.
        for lines, place in ((exact, self._exact), (wild, self._wild)):
            for host, each in lines.items():
                place[host] = tuple(sorted(each, key=lambda line: line.order, reverse=True))

    def first(self, host: str, rest: str) -> _Line | None:
        """The first line that matches a host in lower case without port, and a path."""
        for line in self._exact.get(host, ()):
            if line.matches(rest):
                return line
        for line in self._wild.get(domain_of(host), ()):
            if line.matches(rest):
                return line
        return None

    def has_host(self, host: str) -> bool:
        """Whether any line is about the host, whatever its path."""
        return host in self._exact or domain_of(host) in self._wild


def _line(route: MapRoute, key: str, value: str) -> _Line:
    path = route.path if route.path.rstrip("/") else ""
    decision = Decision(
        Outcome.SERVED, route.backend, route.name, passthrough=route.termination == "passthrough"
    )
    return _Line(path, f"{key} {value}".encode(), value, decision)


class RoutingTable:
    """All served routes, ready for look-ups. Never changed: other routes make another table."""

    def __init__(self, routes: Iterable[MapRoute], *, custom_404: bool = False) -> None:
        """`custom_404`: the operator's own page for hosts without a route, with status 404."""
        held = tuple(routes)
        self._redirects = _Map(maps.REDIRECT, held)
        self._plain = _Map(maps.HTTP, held)
        self._secure = _Map(maps.EDGE_REENCRYPT, held)
        self._passthrough = _Map(maps.SNI_PASSTHROUGH, held)
        self._tcp = _Map(maps.TCP, held)
        self._certificates = _certificates(held)
        self._nowhere = NOWHERE
        if custom_404:
            self._nowhere = Decision(Outcome.DEFAULT, DEFAULT_BACKEND, status=NOT_FOUND)

    def decide(self, scheme: str, host: str, url: str, sni: str | None = None) -> Decision:
        """Where a request goes. `host` is its Host header, `url` path and query as they were sent.

        `sni` is the server name of the TLS hello, None where it had none.
        """
        if scheme == HTTP:
            return self.http(host, url)
        through = self.passthrough(sni) if sni is not None else None
        return through or self.https(host, url)

    def http(self, host: str, url: str) -> Decision:
        """A request on the plain port: redirects come first, then the map of backends."""
        name, rest = _key(host, url)
        redirect = self._redirects.first(name, rest)
        if redirect is not None and redirect.value == "1":
            location = f"https://{_without_port(host.lower())}{url}"
            return Decision(
                Outcome.REDIRECTED, route=redirect.decision.route, status=FOUND, location=location
            )
        line = self._plain.first(name, rest)
        return line.decision if line is not None else self._nowhere

    def https(self, host: str, url: str) -> Decision:
        """A request within TLS that ends at the router: the Host header counts, not the SNI."""
        line = self._secure.first(*_key(host, url))
        return line.decision if line is not None else self._nowhere

    def passthrough(self, sni: str) -> Decision | None:
        """Where a TLS connection goes unopened, None where TLS ends at the router."""
        name = sni.lower()
        if self._passthrough.first(name, "") is None:
            return None
        line = self._tcp.first(name, "")
        return line.decision if line is not None else None

    def certificate(self, sni: str | None) -> str:
        """The route whose certificate is shown for a server name, "" for the default one."""
        if sni is None:
            return ""
        name = sni.lower()
        return self._certificates.get(name) or self._certificates.get(f"*.{domain_of(name)}", "")

    def why(self, scheme: str, host: str, url: str) -> str:
        """Why nobody serves a request, as a sentence; "" where somebody does."""
        decision = self.http(host, url) if scheme == HTTP else self.https(host, url)
        if decision.outcome is not Outcome.DEFAULT:
            return ""
        name, _ = _key(host, url)
        path = url.partition("?")[0]
        if not self._redirects.has_host(name):
            return f"No admitted route has the host {name or '(none)'}."
        own, other = self._plain, self._secure
        if scheme == HTTPS:
            own, other = other, own
        if own.has_host(name):
            return f"The host {name} has routes, but none for the path {path}."
        if scheme == HTTPS and other.has_host(name):
            return f"The route of {name} is not secured: it has no TLS block."
        if scheme == HTTPS:
            return f"The route of {name} passes TLS through: the client must send its name (SNI)."
        return f"The route of {name} serves HTTPS only: its insecure policy is None."


def served_routes(routes: Iterable[Route], router_name: str) -> list[MapRoute]:
    """The routes that the router has admitted, each with the host under which it serves it."""
    return [
        maps.map_route(route, ingress.host)
        for route in routes
        for ingress in route.status.ingress
        if ingress.router_name == router_name and is_admitted(ingress)
    ]


def _certificates(routes: Iterable[MapRoute]) -> dict[str, str]:
    """The certificate list: of several lines for a host the first one counts."""
    owners = [each for each in routes if maps.entry(maps.CERTIFICATES, each) is not None]
    return {
        maps.certificate_host(each.host, wildcard=each.wildcard): each.name
        for each in sorted(owners, key=lambda each: each.name.encode())
    }


def _key(host: str, url: str) -> tuple[str, str]:
    """HAProxy's `base`, split: the host in lower case without port and last dot, and the path."""
    path = url.partition("?")[0]
    base = host.lower() + path if path.startswith("/") else host.lower()
    name, slash, rest = base.partition("/")
    return _without_port(name).removesuffix("."), slash + rest


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isascii() and port.isdecimal() else host
