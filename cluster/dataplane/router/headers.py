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

_OWN_TOKENS: Final = frozenset({"close", "keep-alive"})
"""What HAProxy takes out of `Connection`: it decides this for either side; other words stay."""
_NOT_FROM_CLIENTS: Final = frozenset(
    {"proxy", *(name.lower() for name in CLIENT_CERTIFICATE_HEADERS)}
)
_FROM_REQUEST: Final = _NOT_FROM_CLIENTS | {"connection"}
_FROM_ANSWER: Final = frozenset({"connection", "transfer-encoding"})
_CACHEABLE: Final = frozenset({200, 203, 204, 206, 300, 301, 404, 405, 410, 414, 501})
_UNCACHEABLE: Final = frozenset({"no-cache", "no-store", "private"})
_VALIDATORS: Final = frozenset({"etag", "last-modified", "expires"})


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
    return headers + _connection(head.headers)


def _connection(headers: list[Header]) -> list[Header]:
    """What stays of `Connection`, such as `upgrade`."""
    words = [word.strip() for name, value in headers if name == "connection"
             for word in value.split(",")]  # fmt: skip
    left = [word for word in words if word and word.lower() not in _OWN_TOKENS]
    return [("connection", ", ".join(left))] if left else []


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
        headers.append(("set-cookie", set_cookie))
        if _is_cacheable(head.status, headers):
            headers.append(("cache-control", "private"))
    if head.status == 101:
        headers += _connection(head.headers)
    return headers


def _is_cacheable(status: int, headers: list[Header]) -> bool:
    """Whether a cache might keep the answer, cookie and all (haproxy:
    `http_check_response_for_cacheability`)."""
    if status not in _CACHEABLE:
        return False
    lasts = False
    for name, value in headers:
        if name == "pragma" and "no-cache" in value.lower():
            return False
        if name == "cache-control":
            words = [word.strip().lower() for word in value.split(",")]
            if any(word.partition("=")[0] in _UNCACHEABLE for word in words):
                return False
            lasts |= any(word.startswith(("max-age=", "s-maxage=")) for word in words)
        lasts |= name in _VALIDATORS
    return lasts


def cookie_header(head: RequestHead) -> str | None:
    """All cookies of a request as one header, None for none."""
    values = [value for name, value in head.headers if name == "cookie"]
    return "; ".join(values) if values else None


def body_header(head: ResponseHead, *, minor: int) -> list[Header]:
    """How the client learns where a chunked body ends."""
    return [("transfer-encoding", "chunked")] if head.body == CHUNKED and minor else []
