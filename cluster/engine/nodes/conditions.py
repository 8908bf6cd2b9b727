"""A node's conditions: what the kubelet posts, and what the node controller writes when it stops.

Stands for `kubelet/nodestatus` and for the words of `controller/nodelifecycle`. Heartbeats come every
ten seconds and change nothing, so none is stored: see `NodeCondition`.
"""

from __future__ import annotations

from cluster.engine.copying import changed
from cluster.objects.meta import Timestamp
from cluster.objects.node import READY, UNKNOWN, Node, NodeCondition, silent_since

HEARTBEAT = 10.0
"""Seconds from heartbeat to heartbeat (`nodeStatusUpdateFrequency`)."""
NETWORK_START = 10.0
"""Seconds from the kubelet's start until the network plugin on the node is ready."""
Posted = tuple[str, str, str, str]
HEALTHY: tuple[Posted, ...] = (
    (
        "MemoryPressure",
        "False",
        "KubeletHasSufficientMemory",
        "kubelet has sufficient memory available",
    ),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
)
IS_READY: Posted = (READY, "True", "KubeletReady", "kubelet is posting ready status")
STOPPED = ("NodeStatusUnknown", "Kubelet stopped posting node status.")
NO_NETWORK = (
    "runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady"
    " message:docker: network plugin is not ready: cni config uninitialized"
)
NO_NETWORK_4 = (
    "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady"
    " message:Network plugin returns error: No CNI configuration file in"
    " /etc/kubernetes/cni/net.d/. Has your network provider started?"
)


def not_ready(modern: bool) -> Posted:
    """What a kubelet says of its node while the network plugin is not there."""
    return (READY, "False", "KubeletNotReady", NO_NETWORK_4 if modern else NO_NETWORK)


def posted(old: tuple[NodeCondition, ...], ready: Posted, now: float) -> tuple[NodeCondition, ...]:
    """The kubelet's report. A condition that says the same as before keeps its transition time."""
    held = {each.type: each for each in old}
    found = []
    for kind, status, reason, message in (*HEALTHY, ready):
        before = held.pop(kind, None)
        since = Timestamp(now)
        if before is not None and before.status == status and before.last_transition_time:
            since = before.last_transition_time
        found.append(
            NodeCondition(
                type=kind,
                status=status,
                reason=reason,
                message=message,
                last_transition_time=since,
            )
        )
    return (*held.values(), *found)


def frozen(old: tuple[NodeCondition, ...], now: float) -> tuple[NodeCondition, ...]:
    """The conditions with the last heartbeat that came: no more follow."""
    return tuple(changed(each, last_heartbeat_time=Timestamp(now)) for each in old)


def unknown(old: tuple[NodeCondition, ...], now: float) -> tuple[NodeCondition, ...]:
    """What the node controller makes of conditions that nobody reports any more."""
    reason, message = STOPPED
    return tuple(
        each
        if each.status == UNKNOWN
        else changed(
            each,
            status=UNKNOWN,
            reason=reason,
            message=message,
            last_transition_time=Timestamp(now),
        )
        for each in old
    )


def with_heartbeats(node: Node, now: float) -> Node:
    """The node as the API shows it at a time: with the heartbeats that are implied."""
    if silent_since(node) is not None:
        return node
    born = float(node.metadata.creation_timestamp or now)
    last = Timestamp(born + max(now - born, 0.0) // HEARTBEAT * HEARTBEAT)
    conditions = frozen(node.status.conditions, last)
    return changed(node, status=changed(node.status, conditions=conditions))
