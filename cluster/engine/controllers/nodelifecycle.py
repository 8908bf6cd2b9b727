"""Watches over the nodes' health and takes pods off those that have gone silent.

Stands for kubernetes `controller/nodelifecycle` and its taint manager: 40 s after the last heartbeat a
node is not ready and its pods leave the endpoints; 300 s later they are deleted, a node at a time. What it
knows stands in the nodes, so that a restarted engine goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Iterable

from cluster.engine.cluster import Cluster
from cluster.engine.config import EngineConfig
from cluster.engine.copying import changed
from cluster.engine.nodes import conditions
from cluster.engine.nodes.eviction import (
    GRACE_PERIOD,
    TOLERATION,
    Disruption,
    disruption,
    pause,
    toleration_seconds,
)
from cluster.engine.nodes.registration import is_modern
from cluster.engine.nodes.taints import health_taint, marked, with_taints
from cluster.engine.watch import Change
from cluster.objects.event import NORMAL, WARNING
from cluster.objects.meta import Key, Timestamp
from cluster.objects.node import (
    NO_EXECUTE,
    UNKNOWN,
    Node,
    condition,
    evicting_since,
    is_ready,
    silent_since,
)
from cluster.objects.pod import Pod

COMPONENT, TAINT_COMPONENT = "node-controller", "taint-controller"
ZONE = Key("zone", "")
"""The key that asks for a look at all unhealthy nodes together."""


class NodeLifecycle:
    """Controller `nodelifecycle`: keys are nodes, and the zone that all of them are in."""

    name = "nodelifecycle"
    watches: tuple[type, ...] = (Node, Pod)

    def __init__(self, config: EngineConfig) -> None:
        self._modern = is_modern(config)
        self._new: set[Key] = set()
        self._gone: dict[Key, Node] = {}
        self._unhealthy: dict[Key, None] = {}

    def keys(self, change: Change, cluster: Cluster) -> list[Key]:
        """A node, and the zone if it is healthier or less so; a pod that comes to an unhealthy node."""
        old, new = change.old, change.new
        if isinstance(change.object, Pod):
            return [ZONE] if _comes_to_unhealthy(old, new, cluster) else []
        if new is None:
            self._gone[change.key] = change.object
            self._unhealthy.pop(change.key, None)
            return [change.key, ZONE]
        if is_ready(new):
            self._unhealthy.pop(change.key, None)
        else:
            self._unhealthy[change.key] = None
        if old is not None and condition(old) == condition(new):
            lost_mark = evicting_since(old) is not None and evicting_since(new) is None
            return [change.key, ZONE] if lost_mark else [change.key] if _spec(old, new) else []
        if old is None and new.metadata.creation_timestamp == cluster.now:
            self._new.add(change.key)
        return [change.key, ZONE]

    def reconcile(self, key: Key, cluster: Cluster) -> float | None:
        """Bring one node's conditions and taints into order, or let the next pods go."""
        if key == ZONE:
            return self._watch_zone(cluster)
        node = cluster.store.get(Node, *key)
        gone = self._gone.pop(key, None)
        if node is None:
            if gone is not None:
                self._tell(
                    gone, "RemovingNode", f"Removing Node {key.name} from Controller", cluster
                )
            return None
        if key in self._new:
            self._new.discard(key)
            text = f"Registered Node {key.name} in Controller"
            self._tell(node, "RegisteredNode", text, cluster)
        wait = self._grace(node, cluster.now)
        if wait is not None and wait <= 0:
            node, wait = self._give_up(node, cluster), None
        if is_ready(node):
            node = self._store(marked(node, None), cluster)
        else:
            _mark_pods_not_ready(node, cluster, self._modern)
        if self._modern:
            self._store(with_taints(node, cluster.now), cluster)
        return wait

    def _tell(self, node: Node, reason: str, text: str, cluster: Cluster) -> None:
        message = f"Node {node.metadata.name} event: {text}"
        cluster.record(node, NORMAL, reason, message, COMPONENT)

    def _store(self, node: Node, cluster: Cluster) -> Node:
        held = cluster.store.get(Node, *node.metadata.key)
        return node if held is node else cluster.update(node)

    # --- one node ----------------------------------------------------------------------------------

    def _grace(self, node: Node, now: float) -> float | None:
        """Seconds until a silent node counts as not ready; None for one that is not silent, or does."""
        silent, ready = silent_since(node), condition(node)
        if silent is None or ready is None or ready.status == UNKNOWN:
            return None
        return silent + GRACE_PERIOD - now

    def _give_up(self, node: Node, cluster: Cluster) -> Node:
        """Nobody reports: the conditions are unknown."""
        was_ready = is_ready(node)
        found = conditions.unknown(node.status.conditions, cluster.now)
        node = cluster.update_status(node, changed(node.status, conditions=found))
        if was_ready:
            text = f"Node {node.metadata.name} status is now: NodeNotReady"
            cluster.record(node, NORMAL, "NodeNotReady", text, COMPONENT)
        return node

    # --- the zone ------------------------------------------------------------------------------------

    def _watch_zone(self, cluster: Cluster) -> float | None:
        """Mark unhealthy nodes at the zone's rate; let pods go whose time is over."""
        found = (cluster.store.get(Node, *key) for key in self._unhealthy)
        unhealthy = sorted((each for each in found if each is not None), key=order)
        total = cluster.store.count(Node)
        state = disruption(total - len(unhealthy), len(unhealthy))
        if state is Disruption.FULL:
            # All are silent: the network of the masters is to blame. Time starts anew afterwards.
            for each in unhealthy:
                self._mark(each, None, cluster)
            return None
        between = pause(state, total)
        wait = None if between is None else self._mark_next(unhealthy, between, cluster)
        if between is None and not self._modern:
            return None
        return _sooner([wait, *(self._evict(each, cluster) for each in unhealthy)])

    def _mark_next(self, unhealthy: list[Node], between: float, cluster: Cluster) -> float | None:
        """Let time run for the unhealthy nodes, one every `between` seconds."""
        last = max((since for each in unhealthy if (since := evicting_since(each))), default=None)
        waiting = [each for each in unhealthy if evicting_since(each) is None]
        for each in waiting:
            due = cluster.now if last is None else last + between
            if due > cluster.now:
                return due - cluster.now
            self._mark(each, cluster.now, cluster)
            last = cluster.now
        return None

    def _mark(self, node: Node, since: float | None, cluster: Cluster) -> None:
        node = self._store(marked(node, since), cluster)
        if self._modern:
            self._store(with_taints(node, cluster.now), cluster)

    def _evict(self, node: Node, cluster: Cluster) -> float | None:
        """Delete the pods of a marked node whose time is over; seconds until the next one's is."""
        node = cluster.store.get(Node, *node.metadata.key) or node
        since = evicting_since(node)
        if since is None:
            return None
        due: dict[float, list[Pod]] = {}
        for pod in cluster.store.pods_on(node.metadata.name):
            patience = self._patience(pod, node)
            if patience is not None and not pod.is_terminating:
                due.setdefault(since + patience, []).append(pod)
        for at in sorted(due):
            if at > cluster.now:
                return at - cluster.now
            self._delete(node, due[at], cluster)
        return None

    def _patience(self, pod: Pod, node: Node) -> float | None:
        if not self._modern:
            return TOLERATION
        return toleration_seconds(pod.spec, health_taint(node, NO_EXECUTE))

    def _delete(self, node: Node, pods: list[Pod], cluster: Cluster) -> None:
        name = node.metadata.name
        if not self._modern:
            self._tell(node, "DeletingAllPods", f"Deleting all Pods from Node {name}.", cluster)
        for pod in pods:
            where = pod.metadata.key
            if self._modern:
                text = f"Marking for deletion Pod {where}"
                cluster.record(pod, NORMAL, "TaintManagerEviction", text, TAINT_COMPONENT)
            else:
                text = f"Marking for deletion Pod {where.name} from Node {name}"
                cluster.record(pod, NORMAL, "NodeControllerEviction", text, COMPONENT)
            cluster.delete(pod)


def order(node: Node) -> tuple[float, str]:
    """The order in which unhealthy nodes are emptied: the one that has been so for longest first."""
    ready = condition(node)
    since = ready.last_transition_time if ready is not None else None
    return since or 0.0, node.metadata.name


def _spec(old: Node, new: Node) -> bool:
    """Whether cordon or taints differ, or the mark that the taints follow."""
    return old.spec != new.spec or evicting_since(old) != evicting_since(new)


def _comes_to_unhealthy(old: Pod | None, new: Pod | None, cluster: Cluster) -> bool:
    if new is None or not new.node_name or (old is not None and old.node_name == new.node_name):
        return False
    node = cluster.store.get(Node, "", new.node_name)
    return node is not None and not is_ready(node)


def _mark_pods_not_ready(node: Node, cluster: Cluster, modern: bool) -> None:
    """Nobody knows whether they serve: they leave the endpoints (`MarkAllPodsNotReady`)."""
    for pod in cluster.store.pods_on(node.metadata.name):
        if not pod.status.ready:
            continue
        cluster.update_status(
            pod, changed(pod.status, ready=False, ready_at=Timestamp(cluster.now))
        )
        if modern:
            cluster.record(pod, WARNING, "NodeNotReady", "Node is not ready", COMPONENT)


def _sooner(waits: Iterable[float | None]) -> float | None:
    return min((each for each in waits if each is not None), default=None)
