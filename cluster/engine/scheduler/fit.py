"""Which nodes a pod may run on: the scheduler's predicates, in their order and with their words.

Stands for kubernetes `scheduler/algorithm/predicates` (node condition, then the general predicates,
then taints) and for the framework's plugins of OpenShift 4 (unschedulable, taints, selector), to which a
node that is not ready is a tainted one. A pod's demands are what these look at: pods of one template
demand the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cluster.objects.node import (
    NO_EXECUTE,
    NO_SCHEDULE,
    UNSCHEDULABLE_TAINT,
    Node,
    Taint,
    is_ready,
)
from cluster.objects.pod import PodSpec

NOT_READY = "node(s) were not ready"
UNSCHEDULABLE = "node(s) were unschedulable"
SELECTOR_MISMATCH = "node(s) didn't match node selector"
TAINTED = "node(s) had taints that the pod didn't tolerate"
FULL = "Insufficient pods"
AFFINITY_MISMATCH = "node(s) didn't match Pod's node affinity/selector"
TOO_MANY = "Too many pods"
_REPELLING = (NO_SCHEDULE, NO_EXECUTE)


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


def refusals(node: Node, demands: Demands, *, modern: bool = False) -> tuple[str, ...]:
    """Why a node refuses such pods whatever else runs on it; empty if it takes them.

    `modern` stands for OpenShift 4: kubernetes 1.27's order and words.
    """
    return _framework(node, demands) if modern else _predicates(node, demands)


def _predicates(node: Node, demands: Demands) -> tuple[str, ...]:
    # The first predicate of all says everything that it finds (CheckNodeConditionPredicate).
    found = [NOT_READY] if not is_ready(node) else []
    if node.spec.unschedulable:
        found.append(UNSCHEDULABLE)
    if found:
        return tuple(found)
    if not _selected(node, demands):
        return (SELECTOR_MISMATCH,)
    if not all(_tolerated(taint, demands) for taint in node.spec.taints):
        return (TAINTED,)
    return ()


def _framework(node: Node, demands: Demands) -> tuple[str, ...]:
    cordon = Taint(key=UNSCHEDULABLE_TAINT, effect=NO_SCHEDULE)
    if node.spec.unschedulable and not _tolerated(cordon, demands):
        return (UNSCHEDULABLE,)
    for taint in node.spec.taints:
        if not _tolerated(taint, demands):
            return (f"node(s) had untolerated taint {{{taint.key}: {taint.value}}}",)
    return () if _selected(node, demands) else (AFFINITY_MISMATCH,)


def _selected(node: Node, demands: Demands) -> bool:
    labels = node.metadata.labels
    return all(labels.get(name) == value for name, value in demands.selector)


def capacity(node: Node, default: int) -> int:
    """How many pods a node takes: what it says itself, or the cluster's setting."""
    stated = node.status.allocatable.get("pods", "")
    return int(stated) if stated.isdecimal() else default


def explanation(nodes: int, reasons: Mapping[str, int], *, modern: bool = False) -> str:
    """`0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient pods.`"""
    if not nodes:
        return "no nodes available to schedule pods"
    text = f"0/{nodes} nodes are available: {_listed(reasons)}."
    return f"{text} {_preemption(nodes, reasons)}" if modern else text


def _preemption(nodes: int, reasons: Mapping[str, int]) -> str:
    """What the plugin DefaultPreemption adds: nobody here has a priority to lose a place by."""
    full = reasons.get(TOO_MANY, 0)
    found = {
        "No preemption victims found for incoming pod": full,
        "Preemption is not helpful for scheduling": sum(reasons.values()) - full,
    }
    shown = {reason: count for reason, count in found.items() if count}
    return f"preemption: 0/{nodes} nodes are available: {_listed(shown)}.."


def _listed(reasons: Mapping[str, int]) -> str:
    return ", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items()))


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
