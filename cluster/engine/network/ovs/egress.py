"""The flows out of the cluster: EgressNetworkPolicies and egress IPs.

Stands for `UpdateEgressNetworkPolicyRules` and `SetNamespaceEgress*` of openshift/sdn `ovscontroller.go`,
`egressIPActive` of `common/egressip.go`. Tables 100 (egress IPs) and 101 (policies) in 3.11; 4.x asks
the policies first: 100 policies, 101 egress IPs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from cluster.engine.network.addresses import AddressError
from cluster.engine.network.ovs.fields import Field, Packet, block
from cluster.engine.network.ovs.fields import number as ip_number
from cluster.engine.network.ovs.flow import (
    TO_TUN0,
    TO_VXLAN0,
    Action,
    Ct,
    Flow,
    Goto,
    Group,
    SetField,
)
from cluster.engine.network.ovs.matching import match
from cluster.engine.network.ovs.members import TO_TUNNEL
from cluster.engine.network.ovs.place import Place, Projects
from cluster.engine.network.policy.egress import EgressRules, simulated_addresses
from cluster.engine.network.view import NetworkView, NodeSite
from cluster.objects.egressnetworkpolicy import (
    ALLOW,
    EgressNetworkPolicy,
    EgressNetworkPolicyRule,
)
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.netnamespace import GLOBAL_VNID, NetNamespace

EVERYWHERE = ("0.0.0.0/0", "0.0.0.0/32")
"""The second is read as the first."""
MASQUERADE_MARK, DROP_MARK = 0x4000, 0x8000
"""The bits of kube-proxy's marks (KUBE-MARK-MASQ, KUBE-MARK-DROP)."""


@dataclass(frozen=True, slots=True)
class EgressIP:
    """An address that a project's packets leave with, and the node that holds it."""

    ip: str
    vnid: int
    node: NodeSite

    @property
    def mark(self) -> int:
        """The mark by which iptables knows the project: never 0, never kube-proxy's bit."""
        vnid = self.vnid or 0xFF00_0000
        return (vnid | 0x0100_0000) ^ MASQUERADE_MARK if vnid & MASQUERADE_MARK else vnid


class EgressIPs:
    """Which project leaves by which address."""

    def __init__(self, view: NetworkView) -> None:
        self._view = view

    @cached_property
    def _holders(self) -> dict[str, list[str]]:
        """Egress IP → nodes that claim it."""
        found: dict[str, list[str]] = {}
        for each in self._view.objects.list(HostSubnet):
            for ip in each.egress_ips:
                found.setdefault(ip, []).append(each.metadata.name)
        return found

    @cached_property
    def requested(self) -> dict[int, tuple[str, ...]]:
        """VNID → the egress IPs that its project asks for."""
        spaces = self._view.objects.list(NetNamespace)
        return {each.netid: each.egress_ips for each in spaces if each.egress_ips}

    @cached_property
    def _users(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for ips in self.requested.values():
            for ip in ips:
                found[ip] = found.get(ip, 0) + 1
        return found

    def usable(self, vnid: int) -> list[EgressIP]:
        """The egress IPs that a project can use, best first; several only in 4.x."""
        ips = self.requested.get(vnid, ())
        if any(self._users[ip] > 1 for ip in ips):
            return []
        found = []
        for ip in ips:
            names = self._holders.get(ip, [])
            node = self._view.node(names[0]) if len(names) == 1 else None
            # With another to fall back on, the address of a node that is down is passed over.
            if node is not None and (node.is_on or len(ips) == 1):
                found.append(EgressIP(ip, vnid, node))
        return found if self._view.is_modern else found[:1]

    def holder(self, ip: str) -> NodeSite | None:
        """The node that has an egress IP in use on its network card."""
        for vnid, ips in self.requested.items():
            if ip in ips:
                used = self.usable(vnid)
                return next((each.node for each in used if each.ip == ip), None)
        return None

    def of_node(self, name: str) -> list[EgressIP]:
        """The egress IPs in use on a node."""
        return [
            each
            for vnid in sorted(self.requested)
            for each in self.usable(vnid)
            if each.node.name == name
        ]


class EgressIPFlows:
    """Table 100 (3.11) or 101 (4.x): by which address and node a project's packets leave."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._table = 101 if place.is_modern else 100

    def of_table(self, table: int) -> Iterator[Flow]:
        """All flows."""
        for vnid in sorted(self._ips.requested):
            yield self._of(vnid)

    def near(self, table: int, packet: Packet) -> Iterator[Flow]:
        """The flow of the project that a packet is from."""
        if packet[Field.REG0] in self._ips.requested:
            yield self._of(packet[Field.REG0])

    def bucket(self, vnid: int, packet: Packet) -> tuple[Action, ...]:
        """4.x: what the group of a project does with a packet; it spreads connections by their hash."""
        usable = self._ips.usable(vnid)
        own = [each for each in usable if each.node.name == self._place.node.name]
        if own:
            return (*self._marked(own[0]), TO_TUN0)
        spread = packet[Field.NW_SRC] ^ packet[Field.NW_DST] ^ packet[Field.TP_SRC]
        return self._tunnelled(usable[spread % len(usable)])

    @property
    def _ips(self) -> EgressIPs:
        return self._place.view.derived(EgressIPs)

    def _of(self, vnid: int) -> Flow:
        usable = self._ips.usable(vnid)
        if not usable:
            return Flow(self._table, 100, match(reg0=vnid))
        leaving = match("ip", reg0=vnid)
        is_own = any(each.node.name == self._place.node.name for each in usable)
        if self._place.is_modern:
            tracked: tuple[Action, ...] = () if is_own else (Ct(commit=True),)
            return Flow(self._table, 100, leaving, (*tracked, Group(vnid)))
        if is_own:
            return Flow(self._table, 100, leaving, (*self._marked(usable[0]), Goto(101)))
        return Flow(self._table, 100, leaving, self._tunnelled(usable[0]))

    def _marked(self, egress: EgressIP) -> tuple[Action, ...]:
        return (
            SetField(self._place.tun_mac, Field.ETH_DST),
            SetField(egress.mark, Field.PKT_MARK),
        )

    def _tunnelled(self, egress: EgressIP) -> tuple[Action, ...]:
        node_ip = ip_number(egress.node.ip)
        return (TO_TUNNEL, SetField(node_ip, Field.TUN_DST), TO_VXLAN0)


class EgressPolicyFlows:
    """Table 101 (3.11) or 100 (4.x): where the pods of a project may go outside."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._table = 100 if place.is_modern else 101

    def of_table(self, table: int) -> Iterator[Flow]:
        """All flows."""
        for vnid in sorted(self._vnids()):
            yield from self._of(vnid)

    def near(self, table: int, packet: Packet) -> Iterator[Flow]:
        """The flows of the project that a packet is from."""
        if packet[Field.REG0]:
            yield from self._of(packet[Field.REG0])

    def _vnids(self) -> set[int]:
        policies = self._place.view.objects.list(EgressNetworkPolicy)
        return {self._place.view.vnid(each.metadata.namespace) for each in policies}

    def _of(self, vnid: int) -> Iterator[Flow]:
        policies = policies_of(self._place.view, vnid)
        # The global network cannot be restricted: the SDN logs an error and goes on.
        if not policies or vnid == GLOBAL_VNID:
            return
        if is_contradictory(self._place.view, vnid):
            yield Flow(self._table, 1, match(reg0=vnid))
            return
        rules = policies[0].spec.egress
        for index, rule in enumerate(rules):
            yield from self._rule(vnid, rule, len(rules) - index)

    def _rule(self, vnid: int, rule: EgressNetworkPolicyRule, priority: int) -> Iterator[Flow]:
        allowed: Action = Goto(101) if self._place.is_modern else TO_TUN0
        actions = (allowed,) if rule.type == ALLOW else ()
        selector = rule.to.cidr_selector
        if not selector:
            # A DNS name has flows for the addresses that the node resolves it to.
            for ip in simulated_addresses(rule.to.dns_name):
                yield Flow(self._table, priority, match("ip", reg0=vnid, dst=ip), actions)
            return
        if selector in EVERYWHERE:
            yield Flow(self._table, priority, match("ip", reg0=vnid), actions)
            return
        try:
            target = block(selector)
        except AddressError:
            return
        yield Flow(self._table, priority, match("ip", reg0=vnid, dst=target), actions)


def policies_of(view: NetworkView, vnid: int) -> list[EgressNetworkPolicy]:
    """The EgressNetworkPolicies of the projects on a virtual network."""
    names = view.derived(Projects).by_vnid.get(vnid, [])
    return [each for name in names for each in view.objects.list(EgressNetworkPolicy, name)]


def is_denied(view: NetworkView, project: str, ip: str) -> bool:
    """Whether an EgressNetworkPolicy keeps a project from an address outside."""
    return not view.derived(EgressRules.of).verdict(project, ip).allowed


def is_contradictory(view: NetworkView, vnid: int) -> bool:
    """Whether a network has several policies, or several projects and one: all traffic is dropped."""
    policies = policies_of(view, vnid)
    shared = len(view.derived(Projects).by_vnid.get(vnid, [])) > 1
    return bool(policies) and (shared or len(policies) > 1)
