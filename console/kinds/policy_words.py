"""The rules of a policy in plain words, as the console's tables of ingress and egress rules show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cluster.objects.label_selector import LabelSelector, text
from cluster.objects.networkpolicy import (
    EGRESS,
    INGRESS,
    NetworkPolicy,
    NetworkPolicyEgressRule,
    NetworkPolicyIngressRule,
    NetworkPolicyPeer,
    NetworkPolicyPort,
)

Rule = NetworkPolicyIngressRule | NetworkPolicyEgressRule


@dataclass(frozen=True, slots=True)
class RuleWords:
    """A line of the rules' table: who on the other side, and on which ports."""

    number: int
    peers: tuple[str, ...]
    ports: tuple[str, ...]


def is_everything(selector: LabelSelector) -> bool:
    """Whether a selector has no conditions."""
    return not selector.match_labels and not selector.match_expressions


def target(policy: NetworkPolicy) -> str:
    """The pods that the policy is about."""
    selector = policy.spec.pod_selector
    if is_everything(selector):
        return f"All pods of {policy.metadata.namespace}"
    return f"Pods with {text(selector)}"


def rules(policy: NetworkPolicy, direction: str) -> list[RuleWords]:
    """The rules of a direction."""
    spec = policy.spec
    found: Sequence[Rule] = spec.ingress if direction == INGRESS else spec.egress
    return [
        RuleWords(
            number,
            tuple(_peer(each, policy.metadata.namespace) for each in rule.peers)
            or (("Any source" if direction == INGRESS else "Any destination"),),
            tuple(map(_port, rule.ports)) or ("Any port",),
        )
        for number, rule in enumerate(found, 1)
    ]


def tables(policy: NetworkPolicy) -> list[dict[str, Any]]:
    """Both tables; a direction that the policy is not about says so."""
    return [
        {
            "direction": direction,
            "slug": direction.lower(),
            "governed": direction in policy.spec.policy_types,
            "peers_title": "From" if direction == INGRESS else "To",
            "rules": rules(policy, direction),
        }
        for direction in (INGRESS, EGRESS)
    ]


def _peer(peer: NetworkPolicyPeer, namespace: str) -> str:
    if peer.ip_block is not None:
        holes = f" except {', '.join(peer.ip_block.excluded)}" if peer.ip_block.excluded else ""
        return f"Addresses in {peer.ip_block.cidr}{holes}"
    pods, spaces = peer.pod_selector, peer.namespace_selector
    who = "All pods" if pods is None or is_everything(pods) else f"Pods with {text(pods)}"
    if spaces is None:
        return f"{who} of {namespace}"
    if is_everything(spaces):
        return f"{who} of all namespaces"
    return f"{who} of namespaces with {text(spaces)}"


def _port(port: NetworkPolicyPort) -> str:
    protocol = port.protocol or "TCP"
    if port.port is None:
        return f"Any {protocol} port"
    return f"{protocol} {port.port}-{port.end_port}" if port.end_port else f"{protocol} {port.port}"
