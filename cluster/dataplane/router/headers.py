"""What the router changes in requests and answers (haproxy-config.template): headers that only it may set,
`X-Forwarded-*`, its cookie, HSTS, the route's header actions."""

from __future__ import annotations

from typing import Final

from cluster.dataplane.http1.head import CHUNKED, Header, RequestHead, ResponseHead
from cluster.dataplane.router.catalogue import ServedRoute
from cluster.dataplane.router.header_values import apply_actions
from cluster.engine.routing.forwarded import ClientSide, with_forwarded
from cluster.engine.routing.haproxy_frontends import CLIENT_CERTIFICATE_HEADERS
from cluster.engine.routing.header_actions import HeaderAction
from cluster.engine.routing.proxy import without_cookie

_HOP_BY_HOP: Final = frozenset({"connection", "keep-alive", "proxy-connection", "te", "upgrade"})
_NOT_FROM_CLIENTS: Final = frozenset(
    {"proxy", *(name.lower() for name in CLIENT_CERTIFICATE_HEADERS)}
)
_FROM_REQUEST: Final = _HOP_BY_HOP | _NOT_FROM_CLIENTS
_FROM_ANSWER: Final = _HOP_BY_HOP | {"transfer-encoding"}


def request_headers(
    head: RequestHead,
    served: ServedRoute,
    client: ClientSide,
    router_actions: tuple[HeaderAction, ...],
) -> list[Header]:
    """A request's headers as the pod gets them."""
    headers = [
        (name, value if name != "host" else client.host)
        for name, value in head.headers
        if name not in _FROM_REQUEST
    ]
    if router_actions:
        headers = apply_actions(headers, router_actions, headers)
    backend = served.backend
    forwarded = with_forwarded(headers, backend.settings.forwarded, client)
    headers = [(name.lower(), value) for name, value in forwarded]
    if served.request_actions:
        # Each action sees what those before it have done.
        for action in served.request_actions:
            headers = apply_actions(headers, (action,), headers)
    if backend.cookie is not None:
        headers = _without_own_cookie(headers, backend.cookie.name)
    if head.upgrade:
        headers += [("connection", "upgrade"), ("upgrade", head.upgrade)]
    return headers


def _without_own_cookie(headers: list[Header], name: str) -> list[Header]:
    if not any(held == "cookie" for held, _ in headers):
        return headers
    kept: list[Header] = []
    for held, value in headers:
        if held != "cookie":
            kept.append((held, value))
            continue
        left = without_cookie(value, name)
        if left is not None:
            kept.append((held, left))
    return kept


def response_headers(
    head: ResponseHead,
    served: ServedRoute,
    request: list[Header],
    set_cookie: str | None,
    router_actions: tuple[HeaderAction, ...],
) -> list[Header]:
    """An answer's headers as the client gets them, but for those about the connection itself."""
    headers = [each for each in head.headers if each[0] not in _FROM_ANSWER]
    hsts = served.backend.settings.hsts
    if hsts is not None:
        headers = [each for each in headers if each[0] != "strict-transport-security"]
        headers.append(("strict-transport-security", hsts))
    for action in (*served.response_actions, *router_actions):
        headers = apply_actions(headers, (action,), request, headers)
    if set_cookie is not None:
        headers += [("set-cookie", set_cookie), ("cache-control", "private")]
    if head.status == 101:
        upgrade = [value for name, value in head.headers if name == "upgrade"]
        headers += [("connection", "upgrade"), *(("upgrade", value) for value in upgrade)]
    return headers


def cookie_header(head: RequestHead) -> str | None:
    """All cookies of a request as one header, None for none."""
    values = [value for name, value in head.headers if name == "cookie"]
    return "; ".join(values) if values else None


def body_header(head: ResponseHead, *, minor: int) -> list[Header]:
    """How the client learns where a chunked body ends."""
    return [("transfer-encoding", "chunked")] if head.body == CHUNKED and minor else []
