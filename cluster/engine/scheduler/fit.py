"""Which nodes a pod may run on: the scheduler's predicates, in their order and with their words.

Stands for kubernetes `scheduler/algorithm/predicates` (node condition, then the general predicates,
then taints). A pod's demands are what these look at: pods of one template demand the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cluster.objects.node import Node, Taint, is_ready
from cluster.objects.pod import PodSpec

NOT_READY = "node(s) were not ready"
UNSCHEDULABLE = "node(s) were unschedulable"
SELECTOR_MISMATCH = "node(s) didn't match node selector"
TAINTED = "node(s) had taints that the pod didn't tolerate"
FULL = "Insufficient pods"
_REPELLING = ("NoSchedule", "NoExecute")


class Demands(NamedTuple):
    """What a pod asks of its node, hashable."""

    selector: tuple[tuple[str, str], ...]
    tolerations: tuple[tuple[str, str, str, str], ...]


def demands_of(spec: PodSpec) -> Demands:
    """The demands of a pod's spec."""
    return Demands(
        tuple(sorted(spec.node_selector.items())),
        tuple(
            (
                str(each.get("key") or ""),
                str(each.get("operator") or "Equal"),
                str(each.get("value") or ""),
                str(each.get("effect") or ""),
            )
            for each in spec.tolerations
        ),
    )


def refusal(node: Node, demands: Demands) -> str:
    """Why a node refuses such pods whatever else runs on it, or ""."""
    if not is_ready(node):
        return NOT_READY
    if node.spec.unschedulable:
        return UNSCHEDULABLE
    labels = node.metadata.labels
    if any(labels.get(name) != value for name, value in demands.selector):
        return SELECTOR_MISMATCH
    if not all(_tolerated(taint, demands) for taint in node.spec.taints):
        return TAINTED
    return ""


def capacity(node: Node, default: int) -> int:
    """How many pods a node takes: what it says itself, or the cluster's setting."""
    stated = node.status.allocatable.get("pods", "")
    return int(stated) if stated.isdecimal() else default


def explanation(nodes: int, reasons: Mapping[str, int]) -> str:
    """`0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient pods.`"""
    if not nodes:
        return "no nodes available to schedule pods"
    listed = sorted(f"{count} {reason}" for reason, count in reasons.items())
    return f"0/{nodes} nodes are available: {', '.join(listed)}."


def _tolerated(taint: Taint, demands: Demands) -> bool:
    """kubernetes `v1helper: ToleratesTaint`."""
    if taint.effect not in _REPELLING:
        return True
    return any(
        (not effect or effect == taint.effect)
        and (not key or key == taint.key)
        and (operator == "Exists" or (key != "" and value == taint.value))
        for key, operator, value, effect in demands.tolerations
    )


def static_facts(node: Node) -> Any:
    """What of a node the predicates look at: two nodes that agree here are alike to them."""
    return (
        is_ready(node),
        node.spec.unschedulable,
        node.spec.taints,
        node.metadata.labels,
        node.status.allocatable,
    )
