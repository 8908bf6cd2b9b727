"""Gives nodes their subnets where these stand in the nodes themselves: Flannel and OVN-Kubernetes.

Stands for flanneld's lease on each node and for ovnkube-master: the subnet is in `spec.podCIDR`, beside the
annotations that the real ones write. Under other plugins a node carries nothing of them.
"""

from __future__ import annotations

import json

from cluster.engine.cluster import Cluster
from cluster.engine.copying import changed
from cluster.engine.network.node_subnets import NoSubnetsAvailableError
from cluster.engine.network.plugins.facts import (
    FLANNEL,
    FLANNEL_VXLAN,
    OVN,
    Plugin,
    flannel_backend,
)
from cluster.engine.network.plugins.flannel import vtep_mac
from cluster.engine.watch import Change
from cluster.objects.clusternetwork import ClusterNetwork
from cluster.objects.event import NORMAL, WARNING
from cluster.objects.meta import Key
from cluster.objects.node import Node, internal_ip, pod_cidr

PUBLIC_IP = "flannel.alpha.coreos.com/public-ip"
BACKEND_TYPE = "flannel.alpha.coreos.com/backend-type"
BACKEND_DATA = "flannel.alpha.coreos.com/backend-data"
NODE_SUBNETS = "k8s.ovn.org/node-subnets"
PRIMARY_ADDRESS = "k8s.ovn.org/node-primary-ifaddr"
OURS = (PUBLIC_IP, BACKEND_TYPE, BACKEND_DATA, NODE_SUBNETS, PRIMARY_ADDRESS)
DAEMONS = {FLANNEL: "flanneld", OVN: "ovnkube"}
RETRY = 60.0


class PodCIDRController:
    """Controller `podcidr`: keys are nodes."""

    name = "podcidr"
    watches: tuple[type, ...] = (Node, ClusterNetwork)

    def keys(self, change: Change, cluster: Cluster) -> list[Key]:
        """A node that came or got another address; all nodes when the plugin changed."""
        old, new = change.old, change.new
        if change.kind.cls is ClusterNetwork:
            return [node.metadata.key for node in cluster.store.list(Node)]
        if new is None or (old is not None and internal_ip(old) == internal_ip(new)):
            return []
        return [change.key]

    def reconcile(self, key: Key, cluster: Cluster) -> float | None:
        """Give a node its subnet, or take away what another plugin left."""
        node, plan = cluster.store.get(Node, *key), cluster.addresses
        if node is None:
            return None
        if plan.is_closed or not plan.plugin.has_pod_cidrs:
            _write(node, "", {}, cluster)
            return None
        address = internal_ip(node)
        if not address:
            return None
        subnet = pod_cidr(node)
        if not subnet:
            try:
                subnet = plan.allocate_subnet(node)
            except NoSubnetsAvailableError as error:
                return self._refused(node, str(error), cluster)
            text = f"Starting {DAEMONS[plan.plugin.family]}."
            cluster.record(
                node, NORMAL, "Starting", text, DAEMONS[plan.plugin.family], node.metadata.name
            )
        _write(node, subnet, annotations_of(plan.plugin, node, subnet), cluster)
        return None

    def _refused(self, node: Node, why: str, cluster: Cluster) -> float:
        family = cluster.addresses.plugin.family
        name = node.metadata.name
        text = f"error allocating network for node {name}: {why}"
        if family == FLANNEL:
            text = f"failed to acquire lease: {why}"
        cluster.record(node, WARNING, "FailedToAllocateSubnet", text, DAEMONS[family], name)
        return RETRY


def annotations_of(plugin: Plugin, node: Node, subnet: str) -> dict[str, str]:
    """What the plugin's daemons write on a node."""
    address = internal_ip(node)
    if plugin.family == OVN:
        return {
            NODE_SUBNETS: json.dumps({"default": [subnet]}, separators=(",", ":")),
            PRIMARY_ADDRESS: json.dumps({"ipv4": f"{address}/24"}, separators=(",", ":")),
        }
    written = {PUBLIC_IP: address, BACKEND_TYPE: flannel_backend(plugin)}
    if plugin.name == FLANNEL_VXLAN:
        data = {"VNI": 1, "VtepMAC": vtep_mac(node.metadata.name)}
        written[BACKEND_DATA] = json.dumps(data, separators=(",", ":"))
    return written


def _write(node: Node, subnet: str, ours: dict[str, str], cluster: Cluster) -> None:
    """Store the node with this subnet and these annotations, unless it has them."""
    metadata, spec = node.metadata, node.spec
    kept = {name: each for name, each in metadata.annotations.items() if name not in OURS}
    if dict(metadata.annotations) != {**kept, **ours}:
        metadata = changed(metadata, annotations={**kept, **ours})
    if pod_cidr(node) != subnet:
        rest = {name: each for name, each in spec.extra.items() if not name.startswith("podCIDR")}
        cidrs = {"podCIDR": subnet, "podCIDRs": [subnet]} if subnet else {}
        spec = changed(spec, extra={**rest, **cidrs})
    if metadata is not node.metadata or spec is not node.spec:
        cluster.update(changed(node, metadata=metadata, spec=spec))
