"""Gives every node its part of the cluster network. Stands for OpenShift SDN's subnet master.

openshift/sdn `pkg/network/master/subnets.go`: the subnet stays for the life of the node, whatever
happens to its address, and goes back when the node is deleted.
"""

from __future__ import annotations

from cluster.engine.cluster import Cluster
from cluster.engine.copying import changed
from cluster.engine.network.node_subnets import NoSubnetsAvailableError
from cluster.engine.watch import Change
from cluster.objects.clusternetwork import ClusterNetwork
from cluster.objects.event import NORMAL, WARNING
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.meta import Key, ObjectMeta
from cluster.objects.node import Node, internal_ip

NODE_UID = "pod.network.openshift.io/node-uid"
"""Guards the subnet of a node that registered anew under the same name."""
MASTER, NODE_SDN = "openshift-sdn-controller", "openshift-sdn"
RETRY = 60.0


class HostSubnetController:
    """Controller `hostsubnet`: keys are nodes."""

    name = "hostsubnet"
    watches: tuple[type, ...] = (Node, ClusterNetwork)

    def keys(self, change: Change, cluster: Cluster) -> list[Key]:
        """The node, unless it only reported its health; all nodes when the plugin changed."""
        old, new = change.old, change.new
        if change.kind.cls is ClusterNetwork:
            return [node.metadata.key for node in cluster.store.list(Node)]
        if old is not None and new is not None and internal_ip(old) == internal_ip(new):
            return []
        return [change.key]

    def reconcile(self, key: Key, cluster: Cluster) -> float | None:
        """Create, correct or take back a node's subnet."""
        node = cluster.store.get(Node, *key)
        held = cluster.store.get(HostSubnet, *key)
        plan = cluster.addresses
        if node is None or plan.is_closed or not plan.plugin.has_hostsubnets:
            if held is not None and NODE_UID in held.metadata.annotations:
                cluster.remove(held)
            return None
        address = internal_ip(node)
        if not address:
            return None
        if held is None:
            return self._create(node, address, cluster)
        annotations = {**held.metadata.annotations, NODE_UID: node.metadata.uid}
        metadata = held.metadata
        if metadata.annotations != annotations:
            metadata = changed(metadata, annotations=annotations)
        wanted = changed(held, metadata=metadata, host_ip=address)
        if wanted != held:
            cluster.update(wanted)
        return None

    def _create(self, node: Node, address: str, cluster: Cluster) -> float | None:
        name = node.metadata.name
        try:
            subnet = cluster.addresses.allocate_subnet(node)
        except NoSubnetsAvailableError as error:
            text = f"error allocating network for node {name}: {error}"
            cluster.record(node, WARNING, "FailedToAllocateSubnet", text, MASTER)
            return RETRY
        metadata = ObjectMeta(name=name, annotations={NODE_UID: node.metadata.uid})
        cluster.create(HostSubnet(metadata=metadata, host=name, host_ip=address, subnet=subnet))
        text = f"Created HostSubnet {name} (host: {name!r}, ip: {address!r}, subnet: {subnet!r})"
        cluster.record(node, NORMAL, "CreatedHostSubnet", text.replace("'", '"'), MASTER)
        cluster.record(node, NORMAL, "Starting", "Starting openshift-sdn.", NODE_SDN, name)
        return None
