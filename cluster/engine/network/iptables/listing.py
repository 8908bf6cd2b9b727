"""The chains of a node for people: as data, and as `iptables-save` prints them."""

from __future__ import annotations

from dataclasses import dataclass

from cluster.engine.network.iptables.rule import FILTER, NAT, RAW, Rule
from cluster.engine.network.iptables.tables import Chain, tables_of
from cluster.engine.network.view import NetworkView


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """A rule. `leads_to` is the chain that it jumps to, "" for a target that is none."""

    matches: str
    target: str
    leads_to: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainListing:
    """A chain: `table` is raw, nat or filter, `policy` "ACCEPT" for built-in chains and "-" for others."""

    table: str
    name: str
    policy: str
    rules: tuple[RuleLine, ...]


def iptables(view: NetworkView, node: str) -> tuple[ChainListing, ...]:
    """The chains of a node, table by table; raw only if it has rules."""
    tables = tables_of(view, node)
    found = [chain for table in (RAW, NAT, FILTER) for chain in tables.chains(table)]
    names = {chain.name for chain in found}
    has_raw = any(chain.rules for chain in found if chain.table == RAW)
    return tuple(_chain(chain, names) for chain in found if has_raw or chain.table != RAW)


def iptables_save(view: NetworkView, node: str) -> str:
    """What `iptables-save` prints on a node."""
    return tables_of(view, node).text


def _chain(chain: Chain, names: set[str]) -> ChainListing:
    rules = tuple(_line(rule, names) for rule in chain.rules)
    return ChainListing(table=chain.table, name=chain.name, policy=chain.policy, rules=rules)


def _line(rule: Rule, names: set[str]) -> RuleLine:
    return RuleLine(
        matches=rule.matches_text,
        target=rule.target_text,
        leads_to=rule.target if rule.target in names else "",
        text=rule.text,
    )
