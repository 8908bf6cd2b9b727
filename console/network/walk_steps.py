"""A walk as its page shows it: steps in stretches of one node, changed header fields marked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from cluster.objects import kinds
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor
from cluster.runtime.network import Fix, Header, Step, Walk
from console.urls_for import name_url

DELIVERED = "delivered"
_LABELS = {
    "src": "Source",
    "dst": "Destination",
    "protocol": "Protocol",
    "src_port": "Source port",
    "dst_port": "Destination port",
    "outer_src": "Outer source",
    "outer_dst": "Outer destination",
    "outer_port": "Outer UDP port",
    "vni": "VNI",
}
WORDS = {
    DELIVERED: ("success", "check-circle", "Delivered"),
    "refused": ("warning", "warning", "Refused"),
    "dropped": ("danger", "error", "Dropped"),
}
"""Alert level, icon and heading of each verdict."""


def shown(walk: Walk, client: Client, actor: Actor) -> dict[str, Any]:
    """What the template needs of a walk."""
    level, icon, heading = WORDS[walk.verdict]
    return {
        "walk": walk,
        "level": level,
        "icon": icon,
        "heading": heading,
        "where": _where(walk),
        "stretches": _stretches(walk.steps, 1),
        "reply": _stretches(walk.reply, len(walk.steps) + 1),
        "fixes": [_fix(each, client, actor) for each in walk.fixes],
        "last": len(walk.steps),
    }


def _stretches(steps: Iterable[Step], first: int) -> list[dict[str, Any]]:
    numbered = list(enumerate(steps, first))
    return [
        {"node": node, "steps": [_step(number, step) for number, step in group]}
        for node, group in groupby(numbered, key=lambda each: each[1].node)
    ]


def _step(number: int, step: Step) -> dict[str, Any]:
    place = f"{step.device} {step.table}".strip()
    return {
        "number": number,
        "step": step,
        "place": place,
        "href": _listing(step),
        "changes": _changes(step.before, step.after),
        "header": _line(step.after),
    }


def _where(walk: Walk) -> str:
    """The place at which a packet ended that was not delivered."""
    if walk.verdict == DELIVERED or not walk.steps:
        return ""
    last = walk.steps[-1]
    node = f" on {last.node}" if last.node else ""
    table = last.table
    if table.isdecimal():
        return f"by table {table} of {last.device}{node}"
    return f"at {' '.join(filter(None, (last.device, table)))}{node}"


def _listing(step: Step) -> str:
    """Where the node's page lists the table or the chain that decided."""
    if not step.node or not step.table:
        return ""
    if step.device == "br0":
        return f"{name_url(kinds.NODE, '', step.node, 'ovs')}#table-{step.table}"
    if step.device == "iptables":
        table, _, chain = step.table.partition(" ")
        query = urlencode({"q": chain})
        return f"{name_url(kinds.NODE, '', step.node, 'iptables')}?{query}#chain-{table}-{chain}"
    return ""


def _changes(before: Header, after: Header) -> list[tuple[str, str, str]]:
    """Label, old and new value of each field that the step changed."""
    found = []
    for each in fields(Header):
        old, new = getattr(before, each.name), getattr(after, each.name)
        if old != new:
            found.append((_LABELS[each.name], _value(old), _value(new)))
    return found


def _value(value: Any) -> str:
    return "none" if value in ("", 0, None) else str(value)


def _line(header: Header) -> str:
    inner = (
        f"{header.src}:{header.src_port} → {header.dst}:{header.dst_port} {header.protocol}"
        if header.dst_port
        else f"{header.src} → {header.dst} {header.protocol}"
    )
    if not header.outer_dst:
        return inner
    vni = "" if header.vni is None else f" VNI {header.vni}"
    return f"[{header.outer_src} → {header.outer_dst} UDP {header.outer_port}{vni}] {inner}"


def _fix(fix: Fix, client: Client, actor: Actor) -> dict[str, Any]:
    kind = kinds.BY_NAME.get(fix.kind)
    href = ""
    if kind is not None and client.may(actor, "get", kind, fix.key.namespace):
        href = name_url(kind, fix.key.namespace, fix.key.name)
    return {"said": fix.said, "kind": fix.kind, "name": fix.key.name, "href": href}
