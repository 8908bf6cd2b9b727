"""What the simulated application answers: the course's coloured page, or the same facts as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import orjson

from cluster.dataplane.http1.head import Header

COLOURS: Final = {
    "red": "#e74c3c",
    "green": "#16a085",
    "blue": "#2980b9",
    "blue2": "#30336b",
    "darkblue": "#130f40",
    "pink": "#be2edd",
}
"""The course's palette, as its application shows it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer comes from."""

    pod: str
    namespace: str
    address: str
    port: int
    node: str
    application: str
    version: str
    color: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, as it arrived in the pod. `client` is who connected: the router, as a rule."""

    method: str
    target: str
    headers: Sequence[Header]
    body_bytes: int
    tls: bool
    client: str
    trailers: Sequence[Header] = ()


def facts(place: Place, asked: Asked) -> dict[str, Any]:
    """Everything as a document. A header that came several times is a list."""
    found: dict[str, Any] = {
        "pod": place.pod,
        "namespace": place.namespace,
        "address": place.address,
        "port": place.port,
        "node": place.node,
        "application": place.application,
        "version": place.version,
        "color": place.color,
        "tls": asked.tls,
        "client": asked.client,
        "method": asked.method,
        "path": asked.target,
        "body_bytes": asked.body_bytes,
        "headers": _by_name(asked.headers),
    }
    if asked.trailers:
        found["trailers"] = _by_name(asked.trailers)
    return found


def _by_name(headers: Sequence[Header]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in headers:
        held = found.get(name)
        if held is None:
            found[name] = value
        elif isinstance(held, list):
            held.append(value)
        else:
            found[name] = [held, value]
    return found


def as_json(place: Place, asked: Asked) -> bytes:
    """The document as JSON, on one line."""
    return orjson.dumps(facts(place, asked), option=orjson.OPT_APPEND_NEWLINE)


def as_html(place: Place, asked: Asked) -> bytes:
    """The page."""
    color = COLOURS.get(place.color, "#2980b9")
    rows = "".join(
        f"<tr><th scope=row>{escape(name)}</th><td>{escape(value)}</td></tr>"
        for name, value in asked.headers
    )
    how = "TLS" if asked.tls else "plain HTTP"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Hello from {escape(place.pod)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{{margin:0;min-height:100vh;background:{color};color:#fff;font:16px/1.5 sans-serif}}
main{{max-width:60rem;margin:0 auto;padding:2rem}}h1{{font-size:2.5rem;margin:0 0 .5rem}}
table{{border-collapse:collapse}}th{{text-align:left;font-weight:normal;opacity:.8;padding-right:1.5rem}}
td{{overflow-wrap:anywhere}}h2{{margin:2rem 0 .5rem;font-size:1.1rem}}</style></head>
<body><main><h1>Hello from {escape(place.pod)}!</h1>
<table><tr><th scope=row>Version</th><td>{escape(place.version)}</td></tr>
<tr><th scope=row>Colour</th><td>{escape(place.color)}</td></tr>
<tr><th scope=row>Address</th><td>{place.address}:{place.port}</td></tr>
<tr><th scope=row>Node</th><td>{escape(place.node)}</td></tr>
<tr><th scope=row>Project</th><td>{escape(place.namespace)}</td></tr></table>
<h2>Your request, as it arrived here</h2>
<p>{escape(asked.method)} {escape(asked.target)} over {how} from {escape(asked.client)}</p>
<table>{rows}</table></main></body></html>
""".encode()


def wants_json(headers: Sequence[Header]) -> bool:
    """Whether the client asks for JSON rather than for a page."""
    accept = ",".join(value for name, value in headers if name == "accept")
    return "application/json" in accept and "text/html" not in accept
