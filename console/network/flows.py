"""br0 of a node as its page shows it: ports, flow tables with their roles, and the dump as text."""

from __future__ import annotations

import re
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from cluster.objects import kinds
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor
from cluster.runtime.network import BridgeListing, FlowLine, FlowTable, Interface
from console.network.listing import FEW, MOST_LINES, MOST_ROWS, Names, first_lines, holds, words_of
from console.urls_for import name_url

_GOTO = re.compile(r"(goto_table:(\d+)|resubmit\(,(\d+)\))")


def context(client: Client, actor: Actor, node: str, search: str) -> dict[str, Any]:
    """Everything that the tab's template needs; without a bridge `bridge` is None."""
    network = client.network
    plugin, listing = network.plugin, network.flows(node)
    found: dict[str, Any] = {"plugin": plugin, "search": search, "bridge": listing}
    names, words = Names(client, actor), words_of(search)
    if listing is None:
        text = names.without_others(network.node_listing(node))
        return {**found, "sections": _sections(text, words)}
    tables = [_table(each, names, words) for each in listing.tables]
    shown = [each for each in tables if each["matched"]] if words else tables
    return {
        **found,
        **_ports(listing, names, words),
        "tables": shown,
        "is_open": bool(words) or sum(len(each["rows"]) for each in shown) <= FEW,
        "flow_total": sum(each["total"] for each in tables),
        "flow_matched": sum(each["matched"] for each in tables),
        "empty_tables": len(tables) - len(shown),
        **first_lines(_text(listing), words),
    }


def _text(listing: BridgeListing) -> str:
    return "\n".join(f" {line.text}" for table in listing.tables for line in table.flows)


def _sections(text: str, words: list[str]) -> list[dict[str, Any]]:
    """What other plugins' tools print: a command after `#`, and its lines."""
    found: list[dict[str, Any]] = []
    for line in text.splitlines():
        if line.startswith("# "):
            found.append({"id": f"listing-{len(found)}", "command": line[2:], "lines": []})
        elif line and found and holds(line, words):
            found[-1]["lines"].append(line)
    for section in found:
        section["code"] = "\n".join(section["lines"][:MOST_LINES])
        section["hidden"] = max(0, len(section["lines"]) - MOST_LINES)
    return [section for section in found if section["lines"] or not words]


# --- ports -----------------------------------------------------------------------------------------


def _ports(listing: BridgeListing, names: Names, words: list[str]) -> dict[str, Any]:
    rows = [_port(each, names) for each in listing.ports]
    found = [
        row
        for row in rows
        if holds(" ".join((row["number"], row["name"], row["address"], row["pod"])), words)
    ]
    return {
        "ports": found[:MOST_ROWS],
        "port_total": len(rows),
        "port_matched": len(found),
        "port_hidden": max(0, len(found) - MOST_ROWS),
    }


def _port(port: Interface, names: Names) -> dict[str, Any]:
    seen = port.pod is not None and names.may_see(port.pod.namespace)
    return {
        "number": str(port.number),
        "name": port.name,
        "kind": port.kind,
        "address": port.address,
        "pod": str(port.pod) if seen else "",
        "href": name_url(kinds.POD, *port.pod) if port.pod is not None and seen else "",
        "is_hidden": port.pod is not None and not seen,
    }


# --- flows -----------------------------------------------------------------------------------------


def _table(table: FlowTable, names: Names, words: list[str]) -> dict[str, Any]:
    lines = [line for line in table.flows if holds(line.text, words)] if words else table.flows
    return {
        "number": table.number,
        "role": table.role,
        "total": len(table.flows),
        "matched": len(lines),
        "rows": [_flow(line, names) for line in lines[:MOST_ROWS]],
        "hidden": max(0, len(lines) - MOST_ROWS),
        "is_cut": table.is_cut,
    }


def _flow(line: FlowLine, names: Names) -> dict[str, Any]:
    return {
        "priority": line.priority,
        "match": line.match or "any",
        "actions": _linked(line.actions),
        "is_drop": line.is_drop,
        "about": names.in_text(f"{line.match} {line.actions}"),
    }


def _linked(actions: str) -> SafeString:
    """The actions, each table that they name a link to it."""

    def link(match: re.Match[str]) -> str:
        number = match[2] or match[3]
        return f'<a href="#table-{number}" hx-boost="false">{match[1]}</a>'

    return mark_safe(_GOTO.sub(link, str(escape(actions)).replace(",", ",<wbr>")))
