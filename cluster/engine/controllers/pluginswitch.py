"""Takes the cluster from one network plugin to another.

Stands for what administrators do by hand in OpenShift 3 (change the configuration, restart masters and
nodes) and the network operator by migration in OpenShift 4. Between plugins of one family the daemons
start again and re-attach the pods, which keep their addresses. Between families the old network is taken
apart node by node; only when no pod holds an address of it does the new one begin to give out its own.
"""

from __future__ import annotations

from cluster.engine.cluster import Cluster
from cluster.engine.copying import changed
from cluster.engine.kubelet.sandbox import lose_sandbox
from cluster.engine.network.plugins.facts import FLANNEL, PLUGINS, SDN, Plugin
from cluster.engine.network.plugins.switching import SPREAD, restart_delay
from cluster.engine.watch import Change
from cluster.objects.clusternetwork import SWITCHING_FROM, ClusterNetwork
from cluster.objects.event import NORMAL, WARNING
from cluster.objects.meta import Key
from cluster.objects.node import Node
from cluster.objects.pod import Pod

NETWORK = Key("clusternetwork", "default")
"""The key of the network itself; a node may be named `default` too."""
AT_ONCE = 25
"""Sandboxes ended in one reconcile, so that a crowded node does not hold up the engine."""
LOOK_AGAIN = 0.5
"""Seconds between two looks whether the old network is gone."""
LOST = "The pod's network interface has been lost and the pod will be stopped."
"""Event of openshift-sdn for a pod that it cannot re-attach (SDN311 `node/node.go`)."""
SDN_DAEMON, OPERATOR = "openshift-sdn", "network-operator"


class PluginSwitchController:
    """Controller `pluginswitch`: keys are nodes, and the network."""

    name = "pluginswitch"
    watches: tuple[type, ...] = (ClusterNetwork,)

    def __init__(self) -> None:
        self._began = 0.0
        self._restarting: set[str] = set()

    def keys(self, change: Change, cluster: Cluster) -> list[Key]:
        """All nodes, when the network was given another plugin."""
        old, new = change.old, change.new
        if new is None or new.metadata.name != "default":
            return []
        is_switching = SWITCHING_FROM in new.metadata.annotations
        if old is not None and old.plugin_name == new.plugin_name:
            return []
        if not is_switching and old is None:
            return []
        self._began = cluster.now
        nodes = [node.metadata.key for node in cluster.store.list(Node)]
        if not is_switching:
            self._restarting = {key.name for key in nodes}
        return [*nodes, NETWORK]

    def reconcile(self, key: Key, cluster: Cluster) -> float | None:
        """Take a node off the old network, or begin the new one."""
        network = cluster.store.get(ClusterNetwork, "", "default")
        if network is None:
            return None
        left = PLUGINS.get(network.metadata.annotations.get(SWITCHING_FROM, ""))
        if key == NETWORK:
            return None if left is None else self._begin_the_new(network, cluster)
        node = cluster.store.get(Node, *key)
        if node is None:
            return None
        due = self._began + restart_delay(node.metadata.name)
        if due > cluster.now:
            return due - cluster.now
        if left is None:
            self._tell_restart(node, cluster)
            return None
        return self._take_off(node, left, cluster)

    def _tell_restart(self, node: Node, cluster: Cluster) -> None:
        """Within a family the node's daemon starts again; its pods are re-attached."""
        name = node.metadata.name
        if name not in self._restarting:
            return
        self._restarting.discard(name)
        daemon = "flanneld" if cluster.addresses.plugin.family == FLANNEL else SDN_DAEMON
        cluster.record(node, NORMAL, "Starting", f"Starting {daemon}.", daemon, name)

    def _take_off(self, node: Node, left: Plugin, cluster: Cluster) -> float | None:
        """End the sandboxes of some of a node's pods; soon those of the others."""
        held = [pod for pod in cluster.store.pods_on(node.metadata.name) if _has_address(pod)]
        sdn = SDN in (left.family, cluster.addresses.plugin.family)
        for pod in held[:AT_ONCE]:
            if sdn:
                cluster.record(pod, WARNING, "NetworkFailed", LOST, SDN_DAEMON, pod.node_name)
            lose_sandbox(pod, cluster)
        return 0.0 if len(held) > AT_ONCE else None

    def _begin_the_new(self, network: ClusterNetwork, cluster: Cluster) -> float | None:
        # Later than the last node: its kubelet, too, finds no network at first and waits its turn.
        due = self._began + SPREAD + LOOK_AGAIN
        if due > cluster.now:
            return due - cluster.now
        if any(_has_address(pod) for pod in cluster.store.list(Pod)):
            return LOOK_AGAIN
        annotations = dict(network.metadata.annotations)
        old = PLUGINS[annotations.pop(SWITCHING_FROM)]
        metadata = changed(network.metadata, annotations=annotations)
        network = cluster.update(changed(network, metadata=metadata))
        text = f"The network of {old.name} is gone, that of {network.plugin_name} begins."
        cluster.record(network, NORMAL, "PluginChanged", text, OPERATOR)
        return None


def _has_address(pod: Pod) -> bool:
    """Whether a pod still lives in the old network."""
    return bool(pod.status.pod_ip) and not pod.is_finished and not pod.is_on_host_network
