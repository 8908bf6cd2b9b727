"""The kubelets' word on their nodes: they boot, report, fall silent, and come back.

Stands for `kubelet_node_status.go` and for the machine below it. A heartbeat that says nothing new is not
stored; what is stored is the last one before the silence. A boot ends every sandbox of the node.
"""

from __future__ import annotations

from cluster.engine.cluster import Cluster
from cluster.engine.config import EngineConfig
from cluster.engine.copying import changed
from cluster.engine.kubelet.entries import COMPONENT
from cluster.engine.kubelet.reboot import end_sandboxes
from cluster.engine.nodes import conditions
from cluster.engine.nodes.registration import addresses, is_modern
from cluster.engine.watch import Change
from cluster.objects.clusternetwork import ClusterNetwork
from cluster.objects.event import NORMAL, WARNING
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.meta import Key
from cluster.objects.node import (
    ADDRESS,
    BOOT_ID,
    MACHINE,
    STARTS_AT,
    Node,
    are_linked,
    condition,
    cut_from,
    internal_ip,
    is_machine_on,
    is_master,
    is_ready,
    pod_cidr,
    silent_since,
    starts_at,
)


class NodeStatusReporter:
    """Controller `nodestatus`: keys are nodes."""

    name = "nodestatus"
    watches: tuple[type, ...] = (Node, HostSubnet, ClusterNetwork)

    def __init__(self, config: EngineConfig) -> None:
        self._modern = is_modern(config)
        self._masters: dict[str, None] = {}
        self._schedulable: dict[Key, bool] = {}

    def keys(self, change: Change, cluster: Cluster) -> list[Key]:
        """A node that changed or got its subnet; all nodes when a master can be reached differently."""
        if isinstance(change.object, HostSubnet):
            came_or_went = change.old is None or change.new is None
            return [Key("", change.object.host)] if came_or_went else []
        if isinstance(change.object, ClusterNetwork):
            # Whether nodes have a network may have changed with the plugin.
            return [each.metadata.key for each in cluster.store.list(Node)]
        old, new = change.old, change.new
        was_master = change.key.name in self._masters
        if new is not None and is_master(new):
            self._masters[change.key.name] = None
        else:
            self._masters.pop(change.key.name, None)
        self._follow_schedulable(change)
        if old is not None and new is not None and _facts(old) == _facts(new):
            return []
        is_master_now = change.key.name in self._masters
        if was_master is not is_master_now or (is_master_now and _moved(old, new)):
            return [each.metadata.key for each in cluster.store.list(Node)]
        return [change.key]

    def reconcile(self, key: Key, cluster: Cluster) -> float | None:
        """Bring a node's status up to what its kubelet says, or to its silence."""
        node = cluster.store.get(Node, *key)
        if node is None:
            return None
        if not is_machine_on(node):
            due = starts_at(node)
            if due is None or due > cluster.now:
                self._stop(node, cluster)
                return None if due is None else due - cluster.now
            node = _switched_on(node, cluster)
        if not self._is_heard(node, cluster):
            self._fall_silent(node, cluster)
            return None
        return self._report(node, cluster)

    def _is_heard(self, node: Node, cluster: Cluster) -> bool:
        """Whether a master hears it. A cluster whose nodes are all workers has its masters elsewhere."""
        masters = [cluster.store.get(Node, "", name) for name in self._masters]
        return not masters or any(each is not None and are_linked(node, each) for each in masters)

    # --- silence -------------------------------------------------------------------------------------

    def _stop(self, node: Node, cluster: Cluster) -> None:
        """The machine has stopped: this boot is over."""
        if node.status.node_info.get(BOOT_ID) != "":
            info = {**node.status.node_info, BOOT_ID: ""}
            node = cluster.update_status(node, changed(node.status, node_info=info))
        self._fall_silent(node, cluster)

    def _fall_silent(self, node: Node, cluster: Cluster) -> None:
        if silent_since(node) is None:
            found = conditions.frozen(node.status.conditions, cluster.now)
            cluster.update_status(node, changed(node.status, conditions=found))

    # --- reports ---------------------------------------------------------------------------------------

    def _report(self, node: Node, cluster: Cluster) -> float | None:
        if _must_boot(node):
            node = self._boot(node, cluster)
        else:
            self._tell_schedulable(node, cluster)
        wait = 0.0 if is_ready(node) else self._wait(node, cluster.now)
        has_network = cluster.addresses.has_network(node.metadata.name)
        ready = conditions.IS_READY
        if not has_network or wait > 0:
            ready = conditions.not_ready(self._modern)
        self._post(node, ready, cluster)
        return wait if has_network and wait > 0 else None

    def _boot(self, node: Node, cluster: Cluster) -> Node:
        """The kubelet starts: nothing of what ran before runs any more."""
        name, known = node.metadata.name, BOOT_ID in node.status.node_info
        boot = cluster.rng.uuid()
        ready = conditions.not_ready(self._modern)
        status = changed(
            node.status,
            node_info={**node.status.node_info, BOOT_ID: boot},
            conditions=conditions.posted(
                tuple(each for each in node.status.conditions if each.type != ready[0]),
                ready,
                cluster.now,
            ),
        )
        was_ready = is_ready(node)
        node = cluster.update_status(node, status)
        self._record(node, NORMAL, "Starting", "Starting kubelet.", cluster)
        if known:
            text = f"Node {name} has been rebooted, boot id: {boot}"
            self._record(node, WARNING, "Rebooted", text, cluster)
            end_sandboxes(name, cluster)
        if was_ready:
            self._record_status(node, "NodeNotReady", cluster)
        return node

    def _wait(self, node: Node, now: float) -> float:
        """Seconds that the node's network still takes after the kubelet's start."""
        ready = condition(node)
        if ready is None or ready.status != "False" or ready.last_transition_time is None:
            return 0.0
        return max(ready.last_transition_time + conditions.NETWORK_START - now, 0.0)

    def _post(self, node: Node, ready: conditions.Posted, cluster: Cluster) -> None:
        held = condition(node)
        status = changed(
            node.status, conditions=conditions.posted(node.status.conditions, ready, cluster.now)
        )
        address = node.metadata.annotations.get(ADDRESS, "")
        if address and address != internal_ip(node):
            status = changed(status, addresses=addresses(node.metadata.name, address))
        if status == node.status:
            return
        node = cluster.update_status(node, status)
        if held is None or held.status != ready[1]:
            self._record_status(
                node, "NodeReady" if ready[1] == "True" else "NodeNotReady", cluster
            )

    # --- cordons ---------------------------------------------------------------------------------------

    def _follow_schedulable(self, change: Change) -> None:
        old, new = change.old, change.new
        if new is None:
            self._schedulable.pop(change.key, None)
        elif old is not None and old.spec.unschedulable is not new.spec.unschedulable:
            self._schedulable[change.key] = not new.spec.unschedulable

    def _tell_schedulable(self, node: Node, cluster: Cluster) -> None:
        """The kubelet tells of a cordon that it sees; who does not report does not tell."""
        now_schedulable = self._schedulable.pop(node.metadata.key, None)
        if now_schedulable is not None:
            self._record_status(
                node, "NodeSchedulable" if now_schedulable else "NodeNotSchedulable", cluster
            )

    # --- events ----------------------------------------------------------------------------------------

    def _record_status(self, node: Node, reason: str, cluster: Cluster) -> None:
        text = f"Node {node.metadata.name} status is now: {reason}"
        self._record(node, NORMAL, reason, text, cluster)

    def _record(self, node: Node, type_: str, reason: str, text: str, cluster: Cluster) -> None:
        cluster.record(node, type_, reason, text, COMPONENT, node.metadata.name)


def _switched_on(node: Node, cluster: Cluster) -> Node:
    annotations = {
        name: value
        for name, value in node.metadata.annotations.items()
        if name not in (MACHINE, STARTS_AT)
    }
    return cluster.update(changed(node, metadata=changed(node.metadata, annotations=annotations)))


def _must_boot(node: Node) -> bool:
    """Whether the kubelet has not started since the machine did: also on a node that is new."""
    boot = node.status.node_info.get(BOOT_ID)
    ready = condition(node)
    return boot == "" or (boot is None and (ready is None or ready.status == "False"))


def _facts(node: Node) -> tuple[object, ...]:
    annotations = node.metadata.annotations
    return (
        annotations.get(MACHINE),
        annotations.get(STARTS_AT),
        annotations.get(ADDRESS),
        cut_from(node),
        node.spec.unschedulable,
        pod_cidr(node),
        node.status,
    )


def _moved(old: Node | None, new: Node | None) -> bool:
    """Whether the other nodes may reach a master differently."""
    if old is None or new is None:
        return True
    return is_machine_on(old) is not is_machine_on(new) or cut_from(old) != cut_from(new)
