"""All chains of a node: for a listing whole, for a packet the rules that may match it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cluster.engine.network.iptables.host import (
    BUILT_IN,
    filter_rules,
    last_service_rule,
    nat_rules,
    raw_rules,
)
from cluster.engine.network.iptables.port_rules import (
    EXTERNAL,
    NODEPORTS,
    PROXY_FIREWALL,
    SERVICES,
    Chains,
)
from cluster.engine.network.iptables.rule import ACCEPT, FILTER, NAT, RAW, HostPacket, Rule
from cluster.engine.network.iptables.services import ServiceChains
from cluster.engine.network.view import NetworkView

SHARED = {
    (NAT, SERVICES),
    (NAT, NODEPORTS),
    (FILTER, SERVICES),
    (FILTER, EXTERNAL),
    (FILTER, PROXY_FIREWALL),
}
"""The chains to which every service adds."""
_EMPTY = {
    NAT: (SERVICES, NODEPORTS),
    FILTER: (SERVICES, EXTERNAL, "KUBE-FIREWALL", "OPENSHIFT-ADMIN-OUTPUT-RULES"),
    RAW: (),
}
"""Chains that are there even without rules."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain with its rules; `policy` is `ACCEPT` for a built-in chain, `-` for others."""

    table: str
    name: str
    policy: str
    rules: tuple[Rule, ...]


class NodeTables:
    """iptables of one node."""

    def __init__(self, view: NetworkView, node: str) -> None:
        self._has_proxy = view.plugin.has_kube_proxy
        self._services = ServiceChains(view, node)
        self._fixed: Chains = {}
        sources: tuple[tuple[str, Iterable[Rule]], ...] = (
            (RAW, raw_rules(view)),
            (NAT, nat_rules(view, node)),
            (FILTER, filter_rules(view, node)),
        )
        for table, rules in sources:
            for rule in rules:
                self._fixed.setdefault((table, rule.chain), []).append(rule)

    def near(self, table: str, chain: str, packet: HostPacket) -> Sequence[Rule]:
        """The rules of a chain that may match a packet, in their order."""
        if (table, chain) in SHARED:
            return self._shared(table, chain, packet)
        own = self._services.own(table, chain) if self._has_proxy else None
        return self._fixed.get((table, chain), ()) if own is None else own

    def chains(self, table: str) -> list[Chain]:
        """The chains of a table: the built-in ones, then by name."""
        made = self._services.all_own() if self._has_proxy else {}
        own = {name: rules for (held, name), rules in made.items() if held == table}
        fixed = {name: rules for (held, name), rules in self._fixed.items() if held == table}
        built_in = BUILT_IN[table]
        names = sorted({*own, *fixed, *self._always(table)} - set(built_in))
        found = []
        for name in (*built_in, *names):
            rules = own.get(name) or fixed.get(name) or ()
            if (table, name) in SHARED:
                rules = self._shared(table, name, None)
            policy = ACCEPT if name in built_in else "-"
            found.append(Chain(table, name, policy, tuple(rules)))
        return found

    def _always(self, table: str) -> set[str]:
        """The chains that are there without rules: those that some rule jumps to."""
        if not self._has_proxy:
            return set()
        jumps = {
            rule.target
            for (held, _), rules in self._fixed.items()
            if held == table
            for rule in rules
        }
        names = {*_EMPTY[table], PROXY_FIREWALL}
        return names & {*jumps, NODEPORTS} if table == NAT else names & jumps

    def _shared(self, table: str, chain: str, packet: HostPacket | None) -> list[Rule]:
        rules = list(self._services.shared(table, chain, packet))
        return [*rules, last_service_rule()] if (table, chain) == (NAT, SERVICES) else rules

    @property
    def text(self) -> str:
        """As `iptables-save` prints it, without counters and dates."""
        parts = []
        for table in (RAW, NAT, FILTER):
            chains = self.chains(table)
            if table == RAW and not any(chain.rules for chain in chains):
                continue
            parts.append(f"*{table}")
            parts += [f":{chain.name} {chain.policy} [0:0]" for chain in chains]
            parts += [rule.text for chain in chains for rule in chain.rules]
            parts.append("COMMIT")
        return "\n".join(parts) + "\n"


class AllTables:
    """iptables of the nodes of a cluster."""

    def __init__(self, view: NetworkView) -> None:
        self._view = view
        self._held: dict[str, NodeTables] = {}

    def of(self, node: str) -> NodeTables:
        """iptables of a node."""
        held = self._held.get(node)
        if held is None:
            held = self._held[node] = NodeTables(self._view, node)
        return held


def tables_of(view: NetworkView, node: str) -> NodeTables:
    """iptables of a node."""
    return view.derived(AllTables).of(node)
