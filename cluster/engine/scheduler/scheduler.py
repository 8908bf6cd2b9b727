"""The scheduler: binds every pending pod to a node. Stands for kube-scheduler.

It spreads: first by the pods of the same controller, then by all pods. A pod that fits nowhere stays
Pending with the reason in its condition and an event, and is tried again when a node or a pod that
went may have made room, and from time to time.
"""

from __future__ import annotations

from cluster.engine.cluster import Cluster
from cluster.engine.config import EngineConfig
from cluster.engine.copying import changed
from cluster.engine.nodes.registration import is_modern
from cluster.engine.scheduler.fit import Demands, demands_of, static_facts
from cluster.engine.scheduler.loads import NodeLoads, owner_of
from cluster.engine.watch import Change
from cluster.objects.event import NORMAL, WARNING
from cluster.objects.meta import Key, Timestamp
from cluster.objects.node import Node
from cluster.objects.pod import Pod, PodSpec

COMPONENT = "default-scheduler"
MADE_ROOM = Key("", "made-room")
"""The key that asks for another look at the pods that fitted nowhere."""
SHORTEST_RETRY, LONGEST_RETRY = 1.0, 60.0


class Scheduler:
    """Controller `scheduler`: keys are pods without a node."""

    name = "scheduler"
    watches: tuple[type, ...] = (Pod, Node)

    def __init__(self, config: EngineConfig) -> None:
        self._loads = NodeLoads(config.pods_per_node, modern=is_modern(config))
        self._waiting: dict[Key, None] = {}
        self._demands: dict[int, tuple[PodSpec, Demands]] = {}

    def keys(self, change: Change, cluster: Cluster) -> list[Key]:
        """Follow the loads; a new pod is due, and after room was made those that wait."""
        if isinstance(change.object, Node):
            return self._follow_node(change)
        old, new = change.old, change.new
        if old is not None and new is not None and old.node_name == new.node_name:
            if new.node_name and _takes_place(old) and not _takes_place(new):
                self._loads.count(old, -1)
                return self._look_at_waiting()
            return [change.key] if not new.node_name and _demands_changed(old, new) else []
        if old is not None and _takes_place(old):
            self._loads.count(old, -1)
        if new is not None and _takes_place(new):
            self._loads.count(new, +1)
        if new is None:
            self._waiting.pop(change.key, None)
            return self._look_at_waiting() if change.object.node_name else []
        return [] if new.node_name else [change.key]

    def reconcile(self, key: Key, cluster: Cluster) -> float | None:
        """Bind a pod, or say why not and when to try again."""
        if key == MADE_ROOM:
            self._retry_waiting(cluster)
            return None
        pod = cluster.store.get(Pod, *key)
        if pod is None or pod.node_name or pod.is_terminating:
            self._waiting.pop(key, None)
            return None
        if self._bind(pod, cluster):
            return None
        self._refuse(pod, cluster)
        waited = cluster.now - (pod.metadata.creation_timestamp or cluster.now)
        return min(max(waited, SHORTEST_RETRY), LONGEST_RETRY)

    def _follow_node(self, change: Change) -> list[Key]:
        old, new = change.old, change.new
        if old is not None and new is not None and static_facts(old) == static_facts(new):
            return []
        self._loads.set_node(change.key.name, new)
        return self._look_at_waiting() if new is not None else []

    def _look_at_waiting(self) -> list[Key]:
        return [MADE_ROOM] if self._waiting else []

    def _retry_waiting(self, cluster: Cluster) -> None:
        """Bind those that now fit. Of pods with the same demands the first that does not speaks for all."""
        hopeless: set[Demands] = set()
        for key in list(self._waiting):
            pod = cluster.store.get(Pod, *key)
            if pod is None or pod.node_name:
                del self._waiting[key]
            elif (demands := self._demands_of(pod.spec)) not in hopeless and not self._bind(
                pod, cluster
            ):
                hopeless.add(demands)

    def _bind(self, pod: Pod, cluster: Cluster) -> bool:
        node = self._loads.best(self._demands_of(pod.spec), owner_of(pod))
        if node is None:
            return False
        self._waiting.pop(pod.metadata.key, None)
        status = changed(pod.status, scheduled_at=Timestamp(cluster.now), unschedulable="")
        cluster.update(changed(pod, node_name=node, status=status))
        namespace, name = pod.metadata.key
        message = f"Successfully assigned {namespace}/{name} to {node}"
        cluster.record(pod, NORMAL, "Scheduled", message, COMPONENT)
        return True

    def _refuse(self, pod: Pod, cluster: Cluster) -> None:
        message = self._loads.refusals(self._demands_of(pod.spec))
        self._waiting[pod.metadata.key] = None
        if pod.status.unschedulable != message:
            status = changed(pod.status, scheduled_at=Timestamp(cluster.now), unschedulable=message)
            cluster.update_status(pod, status)
        cluster.record(pod, WARNING, "FailedScheduling", message, COMPONENT)

    def _demands_of(self, spec: PodSpec) -> Demands:
        """Pods of one template share its spec object, so the answer is kept by identity."""
        known = self._demands.get(id(spec))
        if known is None or known[0] is not spec:
            if len(self._demands) > 4096:
                self._demands.clear()
            known = self._demands[id(spec)] = (spec, demands_of(spec))
        return known[1]


def _takes_place(pod: Pod) -> bool:
    return bool(pod.node_name) and not pod.is_finished


def _demands_changed(old: Pod, new: Pod) -> bool:
    return bool(old.spec != new.spec)
