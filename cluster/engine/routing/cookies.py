"""The routing cookie and the names that the router writes into HAProxy's configuration:
backends, servers, cookie names and values (openshift/router: haproxy-config.template, router.go,
plugin.go)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

COOKIE_NAME_ANNOTATION: Final = "router.openshift.io/cookie_name"
SAME_SITE_ANNOTATION: Final = "router.openshift.io/cookie-same-site"
DISABLE_COOKIES_ANNOTATION: Final = "haproxy.router.openshift.io/disable_cookies"
COOKIE_NAME_SETTING: Final = "ROUTER_COOKIE_NAME"
SAME_SITE_VALUES: Final = ("Lax", "Strict", "None")

_COOKIE_NAME: Final = re.compile(r"[a-zA-Z0-9_-]+")
_GO_TRUE: Final = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_BACKEND_PREFIXES: Final = {
    "": "be_http",
    "edge": "be_edge_http",
    "reencrypt": "be_secure",
    "passthrough": "be_tcp",
}


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def go_true(value: str | None) -> bool:
    """Whether Go's `strconv.ParseBool` reads the value as true; anything illegal is false."""
    return value in _GO_TRUE


def is_cookie_name(text: str) -> bool:
    """Whether the router takes this as a cookie's name."""
    return _COOKIE_NAME.fullmatch(text) is not None


def backend_name(namespace: str, route: str, termination: str) -> str:
    """Name of the route's backend, such as `be_edge_http:demo:web`.

    Raises ValueError for a termination that no backend serves.
    """
    prefix = _BACKEND_PREFIXES.get(termination)
    if prefix is None:
        known = ", ".join(name for name in _BACKEND_PREFIXES if name)
        raise ValueError(f'termination: Unsupported value: "{termination}": use {known} or none')
    return f"{prefix}:{namespace}:{route}"


def server_name(service: str, port_name: str, ip: str, port: int, *, pod: str | None) -> str:
    """Name of a server line; `pod` is None for an endpoint whose target is not a pod.

    An IPv6 address stands without brackets; an empty port name leaves `::`.
    """
    owner = f"pod:{pod}" if pod is not None else "ept"
    return f"{owner}:{service}:{port_name}:{ip}:{port}"


def cookie_value(server: str) -> str:
    """Cookie value of the server with that name: its md5, 32 hexadecimal digits."""
    return _md5(server)


def cookie_name(
    namespace: str, route: str, annotations: Mapping[str, str], router_env: Mapping[str, str]
) -> str:
    """Name of the route's cookie: a legal annotation, else a legal setting of the router, else a hash.

    The template holds both to the pattern; a setting that breaks it would leave the name out.
    """
    for wanted in (annotations.get(COOKIE_NAME_ANNOTATION), router_env.get(COOKIE_NAME_SETTING)):
        if wanted and is_cookie_name(wanted):
            return wanted
    # The router hashes the backend key before it knows the termination: hence the leading blank.
    return _md5(f" {namespace}:{route}")


@dataclass(frozen=True, slots=True)
class RouteCookie:
    """HAProxy's `cookie NAME insert indirect nocache httponly …` line of a route."""

    name: str
    secure: bool
    same_site: str | None
    path: str = "/"
    http_only: bool = True

    def header(self, server: str) -> str:
        """The `Set-Cookie` header's value that binds a client to the server with that name."""
        value = cookie_value(server)
        return set_cookie(self.name, value, self.http_only, self.secure, self.same_site, self.path)


def set_cookie(
    name: str,
    value: str,
    http_only: bool,
    secure: bool,
    same_site: str | None,
    path: str = "/",
) -> str:
    """The `Set-Cookie` header's value as HAProxy writes it for an inserted cookie."""
    parts = [f"{name}={value}", f"path={path}"]
    if http_only:
        parts.append("HttpOnly")
    if secure:
        parts.append("Secure")
    if same_site is not None:
        parts.append(f"SameSite={same_site}")
    return "; ".join(parts)


def route_cookie(
    *,
    namespace: str,
    route: str,
    termination: str,
    insecure_policy: str,
    annotations: Mapping[str, str],
    router_env: Mapping[str, str],
) -> RouteCookie | None:
    """The cookie that a route's answers carry, or None for passthrough and disabled cookies."""
    if termination == "passthrough" or go_true(annotations.get(DISABLE_COOKIES_ANNOTATION)):
        return None
    name = cookie_name(namespace, route, annotations, router_env)
    if termination not in ("edge", "reencrypt") or insecure_policy == "Allow":
        return RouteCookie(name, secure=False, same_site=None)
    wanted = annotations.get(SAME_SITE_ANNOTATION, "")
    return RouteCookie(name, True, wanted if wanted in SAME_SITE_VALUES else "None")


# --- stickiness ----------------------------------------------------------------------------------

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class StickyChoice(Generic[S]):
    """The server of a request, None when there is none (503), and the cookie value to set."""

    server: S | None
    set_cookie: str | None = None


def choose_sticky(
    servers: Mapping[str, S],
    presented: str | None,
    *,
    is_up: Callable[[S], bool],
    balance: Callable[[], S | None],
) -> StickyChoice[S]:
    """The server that the cookie names, while it is up, whatever its weight; else a balanced one.

    `servers` are by cookie value; `balance` takes one of weight above 0. A cookie is set only when the
    request brought no valid one (HAProxy: `cookie insert indirect`, `option redispatch`).
    """
    known = servers.get(presented) if presented is not None else None
    if known is not None and is_up(known):
        return StickyChoice(known)
    chosen = balance()
    if chosen is None:
        return StickyChoice(None)
    return StickyChoice(chosen, next(value for value, each in servers.items() if each is chosen))
