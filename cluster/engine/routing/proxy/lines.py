"""The section of HAProxy's configuration that a route's backend gets, as far as it decides over
requests (openshift/router: haproxy-config.template)."""

from __future__ import annotations

from typing import Final

from cluster.engine.routing.backends import Backend, BackendServer
from cluster.engine.routing.cookies import cookie_value
from cluster.engine.routing.proxy.persistence import CookieLine
from cluster.engine.routing.proxy.settings import LAST_RETRY, BackendLines, CheckLine, ServerLine
from cluster.objects.route import PASSTHROUGH

CONNECT_TIMEOUT: Final = 5.0
"""Seconds; ROUTER_DEFAULT_CONNECT_TIMEOUT's default, and with it that of waiting in a queue."""


def backend_lines(backend: Backend, *, connect_timeout: float = CONNECT_TIMEOUT) -> BackendLines:
    """The lines of a route's backend; `connect_timeout` in seconds, from the router's settings."""
    cookie = backend.cookie
    return BackendLines(
        servers=tuple(_server_line(backend, server) for server in backend.servers),
        balance=backend.algorithm,
        hash_type=backend.choice.hash_type,
        cookie=None
        if cookie is None
        else CookieLine(cookie.name, cookie.http_only, cookie.secure, cookie.same_site),
        # The template has `option redispatch` in all backends but those of TCP.
        redispatch=0 if backend.termination == PASSTHROUGH else LAST_RETRY,
        connect_timeout=connect_timeout,
    )


def _server_line(backend: Backend, server: BackendServer) -> ServerLine:
    limit = backend.settings.max_connections
    interval = backend.settings.check_interval.seconds
    return ServerLine(
        name=server.name,
        weight=server.weight,
        maxconn=0 if limit is None else max(limit.value, 0),
        cookie=None if backend.cookie is None else cookie_value(server.name),
        check=CheckLine(inter=interval) if backend.checks(server) else None,
    )
