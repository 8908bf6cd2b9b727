"""The values of header actions: HAProxy's log format, as far as the Route API admits it (`%[req.hdr(x)]`,
`%[res.hdr(x)]`, `%[ssl_c_der]`, each with `lower` or `base64`; router facts, §1.5)."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Final

from cluster.dataplane.http1.head import Header
from cluster.engine.routing.header_actions import HeaderAction

_PIECE: Final = re.compile(
    r"%%|%(?:\{(?P<flags>[^}]*)\})?\[(?P<source>req\.hdr|res\.hdr)\((?P<name>[^)]*)\)"
    r"(?P<converters>(?:,(?:lower|base64))*)\]"
    r"|%(?:\{[^}]*\})?\[ssl_c_der(?:,(?:lower|base64))*\]"
)
_CONVERTERS: Final[Mapping[str, Callable[[str], str]]] = {
    "lower": str.lower,
    "base64": lambda text: base64.b64encode(text.encode("latin-1", "replace")).decode(),
}

Value = Callable[[Iterable[Header], Iterable[Header]], str]


def apply_actions(
    headers: list[Header],
    actions: Iterable[HeaderAction],
    request: Iterable[Header],
    response: Iterable[Header] = (),
) -> list[Header]:
    """Headers after some actions, in order; the first list is what they change."""
    for action in actions:
        name = action.name.lower()
        value = None if action.value is None else compiled(action.value)(request, response)
        headers = [each for each in headers if each[0] != name]
        if value is not None:
            headers.append((name, value))
    return headers


@lru_cache(maxsize=1024)
def compiled(text: str) -> Value:
    """A log format as a function of request and response headers."""
    if "%" not in text:
        return lambda request, response: text

    def value(request: Iterable[Header], response: Iterable[Header]) -> str:
        def piece(match: re.Match[str]) -> str:
            if match[0] == "%%":
                return "%"
            if match["source"] is None:
                return ""  # the router asks no client for a certificate
            found = _last(request if match["source"] == "req.hdr" else response, match["name"])
            for converter in filter(None, (match["converters"] or "").split(",")):
                found = _CONVERTERS[converter](found)
            return f'"{found}"' if "+Q" in (match["flags"] or "") else found

        return _PIECE.sub(piece, text)

    return value


def _last(headers: Iterable[Header], name: str) -> str:
    """HAProxy's `req.hdr(name)`: the last of the comma-separated values."""
    lower = name.strip().lower()
    values = [value for held, value in headers if held.lower() == lower]
    return values[-1].rpartition(",")[2].strip() if values else ""
