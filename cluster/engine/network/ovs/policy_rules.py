"""NetworkPolicies as OpenShift SDN reads them: the pods selected, and for each rule peers and ports in
the terms of a switch.

Stands for `parseNetworkPolicy` of openshift/sdn `node/networkpolicy.go`, with what 3.11 and 4.x leave
out or read otherwise than Kubernetes (reference §4.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from cluster.engine.network.addresses import AddressError
from cluster.engine.network.ovs.fields import ALL_32, block
from cluster.engine.network.ovs.fields import number as ip_number
from cluster.engine.network.ovs.place import Projects
from cluster.engine.network.ranges import cidrs_of_block, port_masks
from cluster.engine.network.view import NetworkView
from cluster.objects.label_selector import LabelSelector, selects
from cluster.objects.networkpolicy import (
    EGRESS,
    INGRESS,
    NetworkPolicy,
    NetworkPolicyEgressRule,
    NetworkPolicyIngressRule,
    NetworkPolicyPeer,
    NetworkPolicyPort,
)

Pair = tuple[int, int]
"""Value and mask."""
HOST_NETWORK_PROJECT = "openshift-host-network"
"""4.x: stands for the nodes' own network, whose packets carry VNID 0."""
MANY_FLOWS, TOO_MANY_FLOWS = 1_000, 10_000
"""4.x warns from the first number on and ignores a policy from the second."""
_SWITCH_PROTOCOLS: Final = {"": "tcp", "TCP": "tcp", "UDP": "udp", "SCTP": "sctp"}


class DenyAll(Exception):
    """3.11 takes a policy that it cannot read for one that admits nothing to the whole project."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Who the other side is: a VNID, an address block, both, or with neither anybody."""

    vnid: int | None = None
    block: Pair | None = None


@dataclass(frozen=True, slots=True)
class Port:
    """A protocol and perhaps a port; "" for any."""

    protocol: str = ""
    port: Pair | None = None


ANYBODY, ANY_PORT = Peer(), Port()


@dataclass(frozen=True)
class Rule:
    """A rule of a policy."""

    peers: tuple[Peer, ...]
    ports: tuple[Port, ...]

    @cached_property
    def _by_address(self) -> Mapping[int, list[int]]:
        """Address → places of the peers that are it alone."""
        found: dict[int, list[int]] = {}
        for place, peer in enumerate(self.peers):
            if peer.block is not None and peer.block[1] == ALL_32:
                found.setdefault(peer.block[0], []).append(place)
        return found

    @cached_property
    def _others(self) -> list[int]:
        return [
            place
            for place, peer in enumerate(self.peers)
            if peer.block is None or peer.block[1] != ALL_32
        ]

    def peers_near(self, address: int) -> list[Peer]:
        """The peers that may be this address, in their order."""
        places = sorted([*self._others, *self._by_address.get(address, ())])
        return [self.peers[place] for place in places]


@dataclass(frozen=True)
class Policy:
    """A policy; `selected` are the addresses of its pods, None for all pods of the project."""

    policy: NetworkPolicy
    selected: frozenset[int] | None
    ingress: tuple[Rule, ...] | None
    egress: tuple[Rule, ...] | None
    """None: the policy is not about this direction."""

    @cached_property
    def flow_count(self) -> int:
        """How many flows admit connections."""
        targets = 1 if self.selected is None else len(self.selected)
        rules = [*(self.ingress or ()), *(self.egress or ())]
        return targets * sum(len(rule.peers) * len(rule.ports) for rule in rules)

    def rules(self, direction: str) -> tuple[Rule, ...] | None:
        """The rules of Ingress or Egress."""
        return self.ingress if direction == INGRESS else self.egress


class PolicyReader:
    """Reads the policies of projects; every project once a view."""

    def __init__(self, view: NetworkView) -> None:
        self._view = view
        self._projects = view.derived(Projects)
        self._read: dict[str, tuple[Policy, ...]] = {}
        self._selected: dict[tuple[str, str], frozenset[int]] = {}

    def policies(self, project: str) -> tuple[Policy, ...]:
        """The policies of a project."""
        held = self._read.get(project)
        if held is None:
            found = self._view.objects.list(NetworkPolicy, project)
            held = self._read[project] = tuple(map(self._policy, found))
        return held

    def _policy(self, policy: NetworkPolicy) -> Policy:
        types = policy.spec.policy_types or (
            (INGRESS, EGRESS) if policy.spec.egress else (INGRESS,)
        )
        selected = self._targets(policy)
        if not self._view.is_modern:
            return self._policy_of_3(policy, INGRESS in types, selected)
        ingress = self._rules(policy, policy.spec.ingress, INGRESS) if INGRESS in types else None
        egress = self._rules(policy, policy.spec.egress, EGRESS) if EGRESS in types else None
        read = Policy(policy, selected, ingress, egress)
        if read.flow_count >= TOO_MANY_FLOWS:
            # The pods stay isolated: only what would admit something is left out.
            return Policy(
                policy,
                selected,
                None if ingress is None else (),
                None if egress is None else (),
            )
        return read

    def _policy_of_3(
        self, policy: NetworkPolicy, is_about_ingress: bool, selected: frozenset[int] | None
    ) -> Policy:
        if not is_about_ingress:
            return Policy(policy, frozenset(), None, None)
        try:
            rules = self._rules(policy, policy.spec.ingress, INGRESS)
        except DenyAll:
            return Policy(policy, None, (), None)
        return Policy(policy, selected, rules, None)

    def _targets(self, policy: NetworkPolicy) -> frozenset[int] | None:
        selector = policy.spec.pod_selector
        return None if _is_empty(selector) else self._pods(policy.metadata.namespace, selector)

    def _rules(
        self,
        policy: NetworkPolicy,
        rules: Sequence[NetworkPolicyIngressRule] | Sequence[NetworkPolicyEgressRule],
        direction: str,
    ) -> tuple[Rule, ...]:
        project = policy.metadata.namespace
        return tuple(
            Rule(
                tuple(self._peers(project, rule.peers, direction)),
                tuple(self._ports(rule.ports)),
            )
            for rule in rules
        )

    # --- ports -------------------------------------------------------------------------------------

    def _ports(self, ports: Sequence[NetworkPolicyPort]) -> list[Port]:
        if not ports:
            return [ANY_PORT]
        read = self._port_of_4 if self._view.is_modern else self._port_of_3
        return [each for port in ports for each in read(port)]

    def _port_of_3(self, port: NetworkPolicyPort) -> list[Port]:
        protocol = _SWITCH_PROTOCOLS.get(port.protocol, "sctp")
        if protocol == "sctp" or not isinstance(port.port, int):
            raise DenyAll
        # Its API knew no endPort: one that is there is read as written.
        return self._port_of_4(port)

    def _port_of_4(self, port: NetworkPolicyPort) -> list[Port]:
        protocol = _SWITCH_PROTOCOLS.get(port.protocol)
        if protocol is None or isinstance(port.port, str):
            return []
        if port.port is None:
            return [Port(protocol)]
        if port.end_port:
            masks = port_masks(port.port, port.end_port)
            return [Port(protocol, _pair(mask)) for mask in masks]
        return [Port(protocol, (port.port, 0xFFFF))]

    # --- peers -------------------------------------------------------------------------------------

    def _peers(
        self, project: str, peers: Sequence[NetworkPolicyPeer], direction: str
    ) -> list[Peer]:
        if not peers:
            return [ANYBODY]
        return [each for peer in peers for each in self._peer(project, peer, direction)]

    def _peer(self, project: str, peer: NetworkPolicyPeer, direction: str) -> list[Peer]:
        pods, spaces = peer.pod_selector, peer.namespace_selector
        if pods is not None and spaces is None:
            return self._pods_of_project(project, pods, direction)
        if spaces is not None and pods is None:
            if _is_empty(spaces):
                return [ANYBODY]
            if direction == INGRESS:
                return [Peer(vnid=self._vnid(name)) for name in self._matching(spaces)]
            return self._blocks(self._pods_of_projects(spaces, LabelSelector()))
        if not self._view.is_modern:
            return []
        if spaces is not None and pods is not None:
            return self._blocks(self._pods_of_projects(spaces, pods))
        return self._ip_block(peer)

    def _pods_of_project(self, project: str, pods: LabelSelector, direction: str) -> list[Peer]:
        own = self._view.vnid(project)
        if direction == INGRESS and _is_empty(pods):
            return [Peer(vnid=own)]
        vnid = None if self._view.is_modern else own
        addresses = sorted(self._pods(project, pods))
        return [Peer(vnid, (each, ALL_32)) for each in addresses]

    def _ip_block(self, peer: NetworkPolicyPeer) -> list[Peer]:
        if peer.ip_block is None or ":" in peer.ip_block.cidr:
            return []
        try:
            cidrs = cidrs_of_block(peer.ip_block.cidr, peer.ip_block.excluded)
        except AddressError:
            return []
        return [Peer(block=block(cidr)) for cidr in cidrs]

    def _blocks(self, addresses: Iterable[int]) -> list[Peer]:
        return [Peer(block=(each, ALL_32)) for each in sorted(addresses)]

    def _pods_of_projects(self, spaces: LabelSelector, pods: LabelSelector) -> set[int]:
        return {address for name in self._matching(spaces) for address in self._pods(name, pods)}

    def _matching(self, spaces: LabelSelector) -> list[str]:
        names = self._projects.names
        return [name for name in names if selects(spaces, self._view.namespace_labels(name))]

    def _vnid(self, project: str) -> int:
        if self._view.is_modern and project == HOST_NETWORK_PROJECT:
            return 0
        return self._view.vnid(project)

    def _pods(self, project: str, selector: LabelSelector) -> frozenset[int]:
        key = project, repr(selector)
        held = self._selected.get(key)
        if held is None:
            sites = self._projects.pods(project)
            matching = (site for site in sites if selects(selector, site.labels))
            held = self._selected[key] = frozenset(ip_number(site.ip) for site in matching)
        return held


def _pair(text: str) -> Pair:
    """`0x1770/0xfff0` as numbers."""
    value, _, mask = text.partition("/")
    return int(value, 16), int(mask, 16)


def _is_empty(selector: LabelSelector) -> bool:
    return not selector.match_labels and not selector.match_expressions
