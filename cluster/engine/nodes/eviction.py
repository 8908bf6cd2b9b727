"""When pods leave a node that is not ready, and how many nodes may be emptied at a time.

Stands for kubernetes `controller/nodelifecycle`: `ComputeZoneState`, its rate limiters, and the default
tolerations of 300 s. All nodes are in one zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from cluster.objects.node import NO_EXECUTE, Taint
from cluster.objects.pod import PodSpec

GRACE_PERIOD: Final = 40.0
"""Seconds without a heartbeat until a node is not ready (`node-monitor-grace-period`)."""
TOLERATION: Final = 300.0
"""Seconds that pods stay on a node that is not ready (`tolerationSeconds`, `pod-eviction-timeout`)."""
BETWEEN_NODES: Final = 10.0
"""Seconds between two nodes: `node-eviction-rate` is 0.1 nodes/s."""
BETWEEN_NODES_SLOW: Final = 100.0
"""`secondary-node-eviction-rate`, 0.01 nodes/s, in a large zone of which much is unhealthy."""
LARGE: Final = 50
"""Nodes beyond which a zone is large (`large-cluster-size-threshold`)."""
UNHEALTHY_SHARE: Final = 0.55
"""`unhealthy-zone-threshold`."""


class Disruption(Enum):
    """How much of the zone is unhealthy."""

    NORMAL = "normal"
    PARTIAL = "partial"
    FULL = "full"


def disruption(ready: int, not_ready: int) -> Disruption:
    """The state of a zone with so many nodes that are ready and that are not."""
    if not ready and not_ready:
        return Disruption.FULL
    if not_ready > 2 and not_ready / (ready + not_ready) >= UNHEALTHY_SHARE:
        return Disruption.PARTIAL
    return Disruption.NORMAL


def pause(state: Disruption, nodes: int) -> float | None:
    """Seconds between two nodes that are emptied; None: none is."""
    if state is Disruption.NORMAL:
        return BETWEEN_NODES
    return BETWEEN_NODES_SLOW if state is Disruption.PARTIAL and nodes > LARGE else None


def toleration_seconds(spec: PodSpec, taint: Taint) -> float | None:
    """How long a pod stays with a NoExecute taint; None: for ever.

    A pod that says nothing of the taint's key has been given 300 s (DefaultTolerationSeconds).
    """
    found: list[float] = []
    for each in spec.tolerations:
        if not _concerns(each, taint):
            continue
        seconds = each.get("tolerationSeconds")
        if seconds is None:
            return None
        found.append(max(float(seconds), 0.0))
    return min(found, default=TOLERATION)


def _concerns(toleration: Mapping[str, Any], taint: Taint) -> bool:
    if toleration.get("effect") not in (None, "", NO_EXECUTE):
        return False
    key = toleration.get("key") or ""
    if toleration.get("operator") == "Exists":
        return key in ("", taint.key)
    return bool(key == taint.key and (toleration.get("value") or "") == taint.value)
