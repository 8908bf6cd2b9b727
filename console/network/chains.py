"""iptables of a node as its page shows them: chains by table, what leads where, and the text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from cluster.runtime.client import Client
from cluster.runtime.commands import Actor
from cluster.runtime.network import ChainListing, RuleLine
from console.network.listing import FEW, MOST_ROWS, Names, first_lines, holds, words_of

MOST_CHAINS = 50
"""Chains that a page shows of one table."""
TABLES = {
    "raw": "before connections are tracked",
    "nat": "addresses are translated: services, and what leaves the cluster",
    "filter": "what may pass",
}


def context(client: Client, actor: Actor, node: str, search: str) -> dict[str, Any]:
    """Everything that the tab's template needs."""
    names, words = Names(client, actor), words_of(search)
    chains = client.network.iptables(node)
    tables = [
        _table(name, list(held), names, words)
        for name, held in groupby(chains, key=lambda each: each.table)
    ]
    text = names.without_others(client.network.iptables_text(node))
    shown = [each for each in tables if each["chains"]]
    return {
        "plugin": client.network.plugin,
        "search": search,
        "tables": shown,
        "is_open": bool(words)
        or sum(len(chain["rows"]) for each in shown for chain in each["chains"]) <= FEW,
        "chain_total": len(chains),
        "rule_total": sum(len(each.rules) for each in chains),
        "rule_matched": sum(each["matched"] for each in tables),
        **first_lines(text, words),
    }


def _table(
    name: str, chains: Sequence[ChainListing], names: Names, words: list[str]
) -> dict[str, Any]:
    found = list(filter(None, (_chain(each, names, words) for each in chains)))
    shown = found[:MOST_CHAINS]
    anchors = {each["name"] for each in shown}
    for chain in shown:
        chain["rows"] = [_rule(line, name, anchors, names) for line in chain.pop("lines")]
    return {
        "name": name,
        "role": TABLES.get(name, ""),
        "chains": shown,
        "hidden": len(found) - len(shown),
        "matched": sum(each["matched"] for each in found),
    }


def _chain(chain: ChainListing, names: Names, words: list[str]) -> dict[str, Any] | None:
    """A chain of which something is found: all of it if its name is, else the rules that are."""
    lines: Sequence[RuleLine] = chain.rules
    if words and not holds(f"{chain.table} {chain.name}", words):
        lines = [line for line in lines if holds(names.without_others(line.text), words)]
        if not lines:
            return None
    return {
        "name": chain.name,
        "policy": "" if chain.policy == "-" else chain.policy,
        "total": len(chain.rules),
        "matched": len(lines),
        "lines": lines[:MOST_ROWS],
        "hidden": max(0, len(lines) - MOST_ROWS),
    }


def _rule(line: RuleLine, table: str, anchors: set[str], names: Names) -> dict[str, Any]:
    href = ""
    if line.leads_to:
        anchor = f"#chain-{table}-{line.leads_to}"
        is_shown = line.leads_to in anchors
        href = anchor if is_shown else f"?{urlencode({'q': line.leads_to})}{anchor}"
    return {
        "matches": names.without_others(line.matches) or "any",
        "target": line.target,
        "href": href,
        "is_here": href.startswith("#"),
        "about": names.in_text(f"{line.matches} {line.target}"),
    }
