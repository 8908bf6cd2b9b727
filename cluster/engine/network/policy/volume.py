"""How many flows a policy needs in OpenShift SDN of 4.x, which gives up on those that need too many.

Stands for `skipIfTooManyFlows` of SDN4 `node/networkpolicy.go`: the pods of such a policy stay isolated,
its rules admit nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from cluster.engine.network.addresses import AddressError
from cluster.engine.network.policy.compiling import CompiledPolicy
from cluster.engine.network.policy.ends import PolicySource
from cluster.engine.network.policy.parts import Block, Peer, PodsOf, Ports, Rule, VnidsOf
from cluster.engine.network.policy.projects import Projects
from cluster.engine.network.policy.selectors import Selector
from cluster.engine.network.ranges import cidrs_of_block, port_masks
from cluster.objects.networkpolicy import EGRESS, INGRESS

TOO_MANY_FLOWS: Final = 10_000


class Volume:
    """Counts flows; each peer of a cluster is counted once."""

    def __init__(self, source: PolicySource, projects: Projects) -> None:
        self._source = source
        self._projects = projects
        self._pods: dict[tuple[str, Selector], int] = {}
        self._labels: dict[str, list[Mapping[str, str]]] = {}
        self._peers: dict[Peer, int] = {}

    def limited(self, policy: CompiledPolicy) -> CompiledPolicy:
        """The policy as it is carried out: without its rules if they need too many flows."""
        count = self.flows(policy)
        if count < TOO_MANY_FLOWS:
            return policy
        why = f"OpenShift SDN ignores its rules, because they need {count} flows"
        empty = {name: None if policy.rules(name) is None else () for name in (INGRESS, EGRESS)}
        return replace(policy, ingress=empty[INGRESS], egress=empty[EGRESS], fallback=why)

    def flows(self, policy: CompiledPolicy) -> int:
        """Targets times, for each rule, peers times ports."""
        rules = [*(policy.ingress or ()), *(policy.egress or ())]
        each = sum(self._count_peers(rule) * count_ports(rule.ports) for rule in rules)
        if not each or not policy.pods.requirements:
            return each
        return each * self._count_pods(policy.key.namespace, policy.pods)

    def _count_peers(self, rule: Rule) -> int:
        found = 0
        for peer in rule.peers:
            held = self._peers.get(peer)
            if held is None:
                held = self._peers[peer] = self._count_peer(peer)
            found += held
        return found

    def _count_peer(self, peer: Peer) -> int:
        if isinstance(peer, PodsOf):
            if peer.namespace is not None:
                return self._count_pods(peer.namespace, peer.pods)
            return sum(
                self._count_pods(name, peer.pods) for name in self._matching(peer.namespaces)
            )
        if isinstance(peer, VnidsOf):
            return len(self._matching(peer.namespaces))
        return count_block(peer) if isinstance(peer, Block) else 1

    def _matching(self, namespaces: Selector) -> list[str]:
        names = self._source.namespaces()
        return [name for name in names if namespaces.matches(self._projects.labels(name))]

    def _count_pods(self, namespace: str, pods: Selector) -> int:
        key = namespace, pods
        held = self._pods.get(key)
        if held is None:
            held = self._pods[key] = sum(map(pods.matches, self._labels_in(namespace)))
        return held

    def _labels_in(self, namespace: str) -> list[Mapping[str, str]]:
        """The labels of a project's pods, those on the host's network left out."""
        held = self._labels.get(namespace)
        if held is None:
            pods = self._source.pods_in(namespace)
            held = [pod.labels for pod in pods if not pod.on_host_network]
            self._labels[namespace] = held
        return held


def count_ports(ports: Ports) -> int:
    """One flow for all ports or for a single one, several for a range."""
    if ports.all_of_them:
        return 1
    return sum(
        1 if each.low == each.high or each.is_whole else len(port_masks(each.low, each.high))
        for each in ports.ranges
    )


def count_block(block: Block) -> int:
    """One flow for each network that is left of a block without its exceptions."""
    try:
        return len(cidrs_of_block(block.cidr, block.written))
    except AddressError:
        return 0
