"""What the router tells the pod of its client: `X-Forwarded-*` and `Forwarded`, by the policy of the
annotation `set-forwarded-headers` (openshift/router: haproxy-config.template; HAProxy: `forwardfor`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

SET_FORWARDED: Final = "haproxy.router.openshift.io/set-forwarded-headers"
SETTING: Final = "ROUTER_SET_FORWARDED_HEADERS"
APPEND, REPLACE, IF_NONE, NEVER = "append", "replace", "if-none", "never"
POLICIES: Final = (APPEND, REPLACE, IF_NONE, NEVER)

Header = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ClientSide:
    """The router's side towards the client: its address, the port it came to, TLS, HTTP/2."""

    address: str
    port: int
    host: str
    tls: bool = False
    http2: bool = False

    @property
    def scheme(self) -> str:
        """`http` or `https`."""
        return "https" if self.tls else "http"


def forwarded_policy(annotations: Mapping[str, str], router_env: Mapping[str, str]) -> str:
    """The policy of a route: a legal annotation, else a legal setting, else `append`."""
    for value in (annotations.get(SET_FORWARDED), router_env.get(SETTING)):
        if value in POLICIES:
            return value
    return APPEND


def with_forwarded(headers: Iterable[Header], policy: str, client: ClientSide) -> list[Header]:
    """A request's headers as the pod sees them, in order; `policy` is one of POLICIES."""
    kept = list(headers)
    if policy == NEVER:
        return kept
    wanted = [
        ("X-Forwarded-For", client.address),
        ("X-Forwarded-Host", client.host),
        ("X-Forwarded-Port", str(client.port)),
        ("X-Forwarded-Proto", client.scheme),
    ]
    if client.http2:
        wanted.append(("X-Forwarded-Proto-Version", "h2"))
    for name, value in wanted:
        kept = _placed(kept, name, value, policy)
    protocol = _last_value(kept, "x-forwarded-proto")
    return _placed(kept, "Forwarded", _forwarded(client, protocol), policy)


def _placed(headers: list[Header], name: str, value: str, policy: str) -> list[Header]:
    lower = name.lower()
    if policy == APPEND:
        return [*headers, (name, value)]
    if policy == REPLACE:
        return [*(each for each in headers if each[0].lower() != lower), (name, value)]
    present = any(each[0].lower() == lower for each in headers)
    return headers if present else [*headers, (name, value)]


def _last_value(headers: Iterable[Header], lower: str) -> str:
    """HAProxy's `req.hdr(name)`: the last of the comma-separated values."""
    values = [value for name, value in headers if name.lower() == lower]
    return values[-1].rpartition(",")[2].strip() if values else ""


def _forwarded(client: ClientSide, protocol: str) -> str:
    who = f'"[{client.address}]"' if ":" in client.address else client.address
    return f"for={who};host={client.host};proto={protocol}"
