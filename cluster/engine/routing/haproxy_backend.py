"""One route's backend section as OpenShift's router writes it (openshift/router: the loops over routes in
haproxy-config.template), from the typed Backend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cluster.engine.routing.annotations import RateLimits
from cluster.engine.routing.backends import Backend, BackendServer
from cluster.engine.routing.cookies import RouteCookie, cookie_value
from cluster.engine.routing.forwarded import APPEND, IF_NONE, REPLACE
from cluster.engine.routing.haproxy_layout import Layout
from cluster.engine.routing.header_actions import REQUEST, RESPONSE, route_actions
from cluster.engine.routing.router_settings import RouterSettings
from cluster.engine.routing.server_options import server_options
from cluster.objects.route import PASSTHROUGH, Route, TLSConfig


@dataclass(frozen=True, slots=True)
class ServedRoute:
    """A route that the router serves, under its effective host.

    `tls` is its TLS block after the extended validation: cleaned, the key where it belongs.
    """

    route: Route
    host: str
    backend: Backend
    tls: TLSConfig | None = None

    @property
    def name(self) -> str:
        """`<namespace>:<route>`, as file names and backends have it."""
        return f"{self.route.metadata.namespace}:{self.route.metadata.name}"


def backend_lines(served: ServedRoute, settings: RouterSettings, layout: Layout) -> Iterator[str]:
    """The lines of the section, from `backend …` on."""
    backend = served.backend
    yield f"backend {backend.name}"
    if backend.termination == PASSTHROUGH:
        yield from _passthrough_lines(served, layout)
    else:
        yield from _http_lines(served, layout)
    for server in backend.servers:
        yield _server_line(server, served, settings, layout)


def _passthrough_lines(served: ServedRoute, layout: Layout) -> Iterator[str]:
    backend, wanted = served.backend, served.backend.settings
    yield f"  balance {backend.algorithm}"
    yield from _allow_list(served, layout)
    if wanted.timeout_tunnel:
        yield f"  timeout tunnel {wanted.timeout_tunnel.text}"
    yield from _rate_limits(wanted.rate_limits, http=False)
    if backend.choice.hash_type:
        yield f"  hash-type {backend.choice.hash_type}"
    yield "  timeout check 5000ms"


def _http_lines(served: ServedRoute, layout: Layout) -> Iterator[str]:
    backend, wanted = served.backend, served.backend.settings
    yield "  mode http"
    yield "  option redispatch"
    if wanted.forwarded in (APPEND, IF_NONE):
        yield f"  option forwardfor{' if-none' if wanted.forwarded == IF_NONE else ''}"
    if wanted.adjust_case:
        yield "  option h1-case-adjust-bogus-server"
    yield f"  balance {backend.algorithm}"
    yield from _allow_list(served, layout)
    if wanted.timeout_server:
        yield f"  timeout server {wanted.timeout_server.text}"
    if wanted.timeout_tunnel:
        yield f"  timeout tunnel {wanted.timeout_tunnel.text}"
    yield from _rate_limits(wanted.rate_limits, http=True)
    yield "  timeout check 5000ms"
    yield from _forwarded_lines(wanted.forwarded)
    if wanted.rewrite:
        yield f"  {wanted.rewrite.directive}"
    if backend.cookie:
        yield f"  {cookie_line(backend.cookie)}"
    if wanted.hsts:
        yield f"  http-response set-header Strict-Transport-Security '{wanted.hsts}'"
    for direction in (REQUEST, RESPONSE):
        for action in route_actions(served.route.spec.http_headers, direction):
            yield f"  {action.directive(direction)}"


def cookie_line(cookie: RouteCookie) -> str:
    """The `cookie` line of a backend."""
    words = ["cookie", cookie.name, "insert indirect nocache httponly"]
    if cookie.secure:
        words.append("secure")
    if cookie.same_site:
        words.append(f"attr SameSite={cookie.same_site}")
    return " ".join(words)


def _allow_list(served: ServedRoute, layout: Layout) -> Iterator[str]:
    allowed = served.backend.settings.allow_list
    if allowed is None:
        return
    source = (
        f"-f {layout.allow_list(served.name)}" if allowed.in_file else " ".join(allowed.entries)
    )
    yield f"  acl allowlist src {source}"
    yield "  tcp-request content reject if !allowlist"


def _rate_limits(limits: RateLimits | None, *, http: bool) -> Iterator[str]:
    if limits is None:
        return
    yield (
        "  stick-table type ip size 100k expire 30s store conn_cur,conn_rate(3s),http_req_rate(10s)"
    )
    yield "  tcp-request content track-sc2 src"
    for counter, limit in (
        ("src_conn_cur", limits.concurrent_tcp),
        ("src_conn_rate", limits.rate_tcp),
        ("src_http_req_rate", limits.rate_http if http else None),
    ):
        if limit is not None:
            yield f"  tcp-request content reject if {{ {counter} ge {limit.text} }}"


def _forwarded_lines(policy: str) -> Iterator[str]:
    """`X-Forwarded-For` is the business of `option forwardfor`, except for replacing it."""
    if policy not in (APPEND, REPLACE, IF_NONE):
        return
    if policy == REPLACE:
        yield "  http-request set-header X-Forwarded-For %[src]"
    verb = "add-header" if policy == APPEND else "set-header"
    forwarded = "host=%[req.hdr(host)];proto=%[req.hdr(X-Forwarded-Proto)]"
    for name, value, condition in (
        ("X-Forwarded-Host", "%[req.hdr(host)]", ""),
        ("X-Forwarded-Port", "%[dst_port]", ""),
        ("X-Forwarded-Proto", "http", "!{ ssl_fc }"),
        ("X-Forwarded-Proto", "https", "{ ssl_fc }"),
        ("X-Forwarded-Proto-Version", "h2", "{ ssl_fc_alpn -i h2 }"),
    ):
        yield _forwarded_line(verb, name, value, condition, policy)
    yield "  acl ipv6_addr src -m sub :"
    quoted = f'for=\\"[%[src]]\\";{forwarded}'
    yield _forwarded_line(verb, "Forwarded", quoted, "ipv6_addr", policy)
    yield _forwarded_line(verb, "Forwarded", f"for=%[src];{forwarded}", "!ipv6_addr", policy)


def _forwarded_line(verb: str, name: str, value: str, condition: str, policy: str) -> str:
    absent = f"!{{ req.hdr({name}) -m found }}" if policy == IF_NONE else ""
    conditions = " ".join(each for each in (condition, absent) if each)
    suffix = f" if {conditions}" if conditions else ""
    return f"  http-request {verb} {name} {value}{suffix}"


def _server_line(
    server: BackendServer, served: ServedRoute, settings: RouterSettings, layout: Layout
) -> str:
    backend, wanted = served.backend, served.backend.settings
    own_ca = bool(served.tls and served.tls.destination_ca_certificate)
    options = server_options(
        termination=backend.termination,
        service=server.service,
        namespace=served.route.metadata.namespace,
        app_protocol=server.app_protocol,
        destination_ca=layout.destination_ca_of(served.name) if own_ca else None,
        default_ca=layout.default_destination_ca or settings.default_destination_ca,
        http2=settings.http2,
        check_interval=wanted.check_interval.text if backend.checks(server) else None,
        max_connections=wanted.max_connections.text if wanted.max_connections else None,
    )
    address = layout.server_address(server.address)
    place = f"[{address}]" if ":" in address else address
    words = [f"  server {server.name} {place}:{server.port}"]
    if backend.cookie:
        words.append(f"cookie {cookie_value(server.name)}")
    words.append(f"weight {server.weight}")
    return " ".join([*words, *options.words()])
