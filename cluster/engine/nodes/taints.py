"""The taints that the node controller keeps on a node, by OpenShift's generation.

kubernetes 1.12 and later taint by condition (`TaintNodesByCondition`, `TaintBasedEvictions`); 1.11, which
is OpenShift 3.11, looks at the conditions and at `spec.unschedulable` themselves.
"""

from __future__ import annotations

from cluster.engine.copying import changed
from cluster.objects.meta import Timestamp, rfc3339_exact
from cluster.objects.node import (
    EVICTING_SINCE,
    NO_EXECUTE,
    NO_SCHEDULE,
    NOT_READY_TAINT,
    UNKNOWN,
    UNREACHABLE_TAINT,
    UNSCHEDULABLE_TAINT,
    Node,
    Taint,
    condition,
    evicting_since,
    is_ready,
)

_OWN = (NOT_READY_TAINT, UNREACHABLE_TAINT, UNSCHEDULABLE_TAINT)


def health_taint(node: Node, effect: str) -> Taint:
    """The taint of a node that is not ready."""
    ready = condition(node)
    silent = ready is None or ready.status == UNKNOWN
    return Taint(key=UNREACHABLE_TAINT if silent else NOT_READY_TAINT, effect=effect)


def with_taints(node: Node, now: float) -> Node:
    """The node with the taints of OpenShift 4 that its conditions and its mark ask for."""
    wanted: list[Taint] = []
    if not is_ready(node):
        wanted.append(health_taint(node, NO_SCHEDULE))
        if (since := evicting_since(node)) is not None:
            taint = health_taint(node, NO_EXECUTE)
            wanted.append(changed(taint, time_added=Timestamp(since)))
    if node.spec.unschedulable:
        wanted.append(Taint(key=UNSCHEDULABLE_TAINT, effect=NO_SCHEDULE))
    held = {(each.key, each.effect): each for each in node.spec.taints if each.key in _OWN}
    own = [held.get((each.key, each.effect)) or _added(each, now) for each in wanted]
    taints = (*(each for each in node.spec.taints if each.key not in _OWN), *own)
    if set(taints) == set(node.spec.taints):
        return node
    return changed(node, spec=changed(node.spec, taints=taints))


def _added(taint: Taint, now: float) -> Taint:
    return taint if taint.time_added is not None else changed(taint, time_added=Timestamp(now))


def marked(node: Node, since: float | None) -> Node:
    """The node with the moment since which its pods' time to leave runs; None: it does not run."""
    annotations = dict(node.metadata.annotations)
    annotations.pop(EVICTING_SINCE, None)
    if since is not None:
        annotations[EVICTING_SINCE] = rfc3339_exact(since)
    if annotations == node.metadata.annotations:
        return node
    return changed(node, metadata=changed(node.metadata, annotations=annotations))
