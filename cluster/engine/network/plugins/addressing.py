"""How each family of plugins gives addresses to nodes and pods, behind one face.

Three ways: a subnet per node with host-local inside it (OpenShift SDN, Flannel, OVN-Kubernetes), one network
for the whole cluster (Contiv), subnets per project (Nuage).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from cluster.engine.config import EngineConfig
from cluster.engine.network.addresses import AddressError
from cluster.engine.network.node_subnets import NodeSubnetAllocator
from cluster.engine.network.plugins import contiv, flannel, ovn
from cluster.engine.network.plugins.facts import (
    CONTIV_FAMILY,
    FLANNEL,
    NUAGE_FAMILY,
    OVN,
    Plugin,
    flannel_backend,
)
from cluster.engine.network.plugins.nuage import ProjectSubnets
from cluster.engine.network.pod_addresses import HostLocal
from cluster.engine.rng import RandomStream
from cluster.objects.meta import EMPTY
from cluster.objects.pod import Pod


class NetworkNotReadyError(Exception):
    """The node has no subnet yet; its pods wait."""


class Addressing(Protocol):
    """What the address plan asks of a plugin."""

    def capacity(self) -> int | None:
        """How many nodes can get a subnet; None where nodes get none."""
        ...

    def allocate_subnet(self, node: str, ip: str) -> str:
        """A node's subnet, the one it has or a new one. Raises NoSubnetsAvailableError."""
        ...

    def learn_subnet(self, node: str, ip: str, subnet: str) -> None:
        """An object says that a node has this subnet."""
        ...

    def forget_subnet(self, node: str) -> None:
        """The object is gone."""
        ...

    def is_ready(self, node: str) -> bool:
        """Whether pods on a node can have addresses."""
        ...

    def allocate(self, pod: Pod) -> str:
        """A pod's address. Raises NetworkNotReadyError, AddressesExhaustedError."""
        ...

    def annotations(self, node: str, address: str) -> Mapping[str, str]:
        """What the plugin writes on a pod with this address."""
        ...

    def mark(self, pod: Pod) -> bool:
        """Record a pod's address; False when it cannot be the pod's."""
        ...

    def release(self, pod: Pod) -> None:
        """Take back the address that the pod's status shows."""
        ...

    def holds(self, pod: Pod) -> bool:
        """Whether the pod has an address of its own."""
        ...

    def drop_project(self, name: str) -> None:
        """A project is gone."""
        ...

    def cursors(self) -> dict[str, Any]:
        """What the next allocations depend on beside the objects, as JSON."""
        ...

    def restore(self, cursors: Mapping[str, Any]) -> None:
        """Go on where `cursors()` was taken; before subnets are learnt and pods marked."""
        ...


class NodeSubnets(Protocol):
    """Who gives subnets to nodes."""

    def acquire(self, node: str, ip: str) -> str:
        """A subnet. Raises NoSubnetsAvailableError."""
        ...

    def mark(self, node: str, ip: str, subnet: str) -> None:
        """Record a subnet that a node has. Raises AddressError."""
        ...

    def release(self, node: str, subnet: str) -> None:
        """Take a subnet back. Raises AddressError."""
        ...

    def capacity(self) -> int:
        """How many there are."""
        ...

    def cursors(self) -> Any:
        """What comes next, as JSON."""
        ...

    def restore(self, cursors: Any) -> None:
        """Go on there."""
        ...


class SdnSubnets:
    """The SDN master's allocator."""

    def __init__(self, network: tuple[str, int]) -> None:
        self._allocator = NodeSubnetAllocator([network])

    def acquire(self, node: str, ip: str) -> str:
        """The next free subnet."""
        return self._allocator.allocate()

    def mark(self, node: str, ip: str, subnet: str) -> None:
        """Record it; HostSubnets made by hand may lie outside."""
        self._allocator.mark(subnet)

    def release(self, node: str, subnet: str) -> None:
        """Clear the mark; the cursor stays."""
        self._allocator.release(subnet)

    def capacity(self) -> int:
        """All subnets of the cluster network."""
        return self._allocator.capacity()

    def cursors(self) -> Any:
        """The cursor of each range."""
        return list(self._allocator.cursors())

    def restore(self, cursors: Any) -> None:
        """Put it back."""
        for index, cursor in enumerate(cursors):
            self._allocator.set_cursor(index, cursor)


class OvnSubnets:
    """ovnkube-master's allocator."""

    def __init__(self, network: tuple[str, int]) -> None:
        self._allocator = ovn.OwnedSubnets([network])

    def acquire(self, node: str, ip: str) -> str:
        """The node's own subnet, or the next."""
        return self._allocator.allocate(node)

    def mark(self, node: str, ip: str, subnet: str) -> None:
        """Record it as the node's."""
        self._allocator.mark(node, subnet)

    def release(self, node: str, subnet: str) -> None:
        """Take it from the node."""
        if subnet in self._allocator.subnets_of(node):
            self._allocator.release(node, subnet)

    def capacity(self) -> int:
        """All subnets of the cluster network."""
        return self._allocator.capacity()

    def cursors(self) -> Any:
        """The cursor of each range."""
        return list(self._allocator.cursors())

    def restore(self, cursors: Any) -> None:
        """Put it back."""
        for index, cursor in enumerate(cursors):
            self._allocator.set_cursor(index, cursor)


class FlannelSubnets:
    """The leases of all flannelds. Chance decides, so the state of its stream is the cursor."""

    def __init__(self, network: tuple[str, int], backend: str, rng: RandomStream) -> None:
        config = flannel.config_of_cluster(*network, backend).ipv4
        if config is None:
            raise AddressError(f"{network[0]} is no IPv4 network")
        self._leases = flannel.FlannelLeases(config, rng)

    def acquire(self, node: str, ip: str) -> str:
        """The lease of the node's address, or a random one."""
        return self._leases.acquire(ip)

    def mark(self, node: str, ip: str, subnet: str) -> None:
        """Record a lease."""
        self._leases.mark(subnet, ip)

    def release(self, node: str, subnet: str) -> None:
        """End a lease."""
        self._leases.release(subnet)

    def capacity(self) -> int:
        """All but the first subnet."""
        return self._leases.capacity()

    def cursors(self) -> Any:
        """Nothing of its own: the stream is kept by the plan."""
        return []

    def restore(self, cursors: Any) -> None:
        """Nothing to put back."""


class ByNode:
    """A subnet per node; the pods on a node take addresses of it in turn."""

    def __init__(
        self,
        subnets: NodeSubnets,
        pool: Callable[[str], HostLocal] = HostLocal,
        annotate: Callable[[str, str], Mapping[str, str]] = lambda address, subnet: EMPTY,
    ) -> None:
        self._subnets = subnets
        self._new_pool = pool
        self._annotate = annotate
        self._subnet_of: dict[str, str] = {}
        self._pools: dict[str, HostLocal] = {}
        self._last: dict[str, str] = {}

    def capacity(self) -> int | None:
        """How many nodes can have a subnet."""
        return self._subnets.capacity()

    def allocate_subnet(self, node: str, ip: str) -> str:
        """A node's subnet; whoever asked stores it in an object, from which it is learnt."""
        return self._subnets.acquire(node, ip)

    def learn_subnet(self, node: str, ip: str, subnet: str) -> None:
        """The node has this subnet, though it may be one that somebody wrote by hand."""
        if self._subnet_of.get(node) == subnet:
            return
        self.forget_subnet(node)
        self._subnet_of[node] = subnet
        try:
            self._subnets.mark(node, ip, subnet)
        except AddressError:
            # openshift/sdn only logs this: "Failed to mark … as allocated".
            return

    def forget_subnet(self, node: str) -> None:
        """The node has no subnet any more, and no pool."""
        subnet = self._subnet_of.pop(node, None)
        self._pools.pop(node, None)
        if subnet is None:
            return
        try:
            self._subnets.release(node, subnet)
        except AddressError:
            return

    def is_ready(self, node: str) -> bool:
        """Whether the node has a subnet."""
        return node in self._subnet_of

    def pool(self, node: str) -> HostLocal | None:
        """The pod addresses of a node; None while it has no subnet."""
        held = self._pools.get(node)
        if held is None and node in self._subnet_of:
            held = self._pools[node] = self._new_pool(self._subnet_of[node])
            if node in self._last:
                held.last_reserved = self._last.pop(node)
        return held

    def allocate(self, pod: Pod) -> str:
        """The next address of the pod's node."""
        pool = self.pool(pod.node_name)
        if pool is None:
            raise NetworkNotReadyError(pod.node_name)
        return pool.allocate(pod.metadata.uid)

    def annotations(self, node: str, address: str) -> Mapping[str, str]:
        """OVN-Kubernetes alone writes on pods."""
        return self._annotate(address, self._subnet_of[node])

    def mark(self, pod: Pod) -> bool:
        """Record the address in its node's pool."""
        pool = self.pool(pod.node_name)
        try:
            if pool is None or pool.owner_of(pod.status.pod_ip) is not None:
                return False
            pool.mark(pod.status.pod_ip, pod.metadata.uid)
        except AddressError:
            return False
        return True

    def release(self, pod: Pod) -> None:
        """Give it back to its node."""
        pool = self._pools.get(pod.node_name)
        if pool is not None and pool.owner_of(pod.status.pod_ip) == pod.metadata.uid:
            pool.release(pod.status.pod_ip)

    def holds(self, pod: Pod) -> bool:
        """Whether the node's pool knows the pod. Without a subnet nobody can say otherwise."""
        pool = self.pool(pod.node_name)
        return pool is None or pool.address_of(pod.metadata.uid) is not None

    def drop_project(self, name: str) -> None:
        """Projects have nothing of their own."""

    def cursors(self) -> dict[str, Any]:
        """The allocator's cursor, and each node's last reserved address."""
        last = {node: held.last_reserved for node, held in self._pools.items()}
        return {"nodes": self._subnets.cursors(), "pods": {**self._last, **last}}

    def restore(self, cursors: Mapping[str, Any]) -> None:
        """Pools are made later: their cursors wait for them."""
        self._subnets.restore(cursors.get("nodes", ()))
        self._last = {node: last for node, last in cursors.get("pods", {}).items() if last}


class _NoNodeSubnets:
    """For plugins whose nodes have no subnets."""

    def capacity(self) -> int | None:
        """As many nodes as one likes."""
        return None

    def allocate_subnet(self, node: str, ip: str) -> str:
        """There is none to be had."""
        raise NetworkNotReadyError(node)

    def learn_subnet(self, node: str, ip: str, subnet: str) -> None:
        """Of no interest."""

    def forget_subnet(self, node: str) -> None:
        """Of no interest."""

    def is_ready(self, node: str) -> bool:
        """Always: addresses do not hang on the node."""
        return True

    def annotations(self, node: str, address: str) -> Mapping[str, str]:
        """Nothing is written on pods."""
        return EMPTY


class ClusterWide(_NoNodeSubnets):
    """Contiv: one network, whichever node the pod is on."""

    def __init__(self, cluster_network: str) -> None:
        self._net = contiv.default_net(cluster_network)

    def allocate(self, pod: Pod) -> str:
        """The lowest free address."""
        return self._net.allocate(pod.metadata.uid)

    def mark(self, pod: Pod) -> bool:
        """Record the address."""
        try:
            if self._net.owner_of(pod.status.pod_ip) is not None:
                return False
            self._net.mark(pod.status.pod_ip, pod.metadata.uid)
        except AddressError:
            return False
        return True

    def release(self, pod: Pod) -> None:
        """Give it back."""
        if self._net.owner_of(pod.status.pod_ip) == pod.metadata.uid:
            self._net.release(pod.status.pod_ip)

    def holds(self, pod: Pod) -> bool:
        """Whether netmaster knows the pod."""
        return self._net.address_of(pod.metadata.uid) is not None

    def drop_project(self, name: str) -> None:
        """Projects have nothing of their own."""

    def cursors(self) -> dict[str, Any]:
        """The objects tell everything."""
        return {}

    def restore(self, cursors: Mapping[str, Any]) -> None:
        """Nothing to put back."""


class ByProject(_NoNodeSubnets):
    """Nuage: a zone per project, with subnets of its own that span the nodes."""

    def __init__(self, cluster_network: str, host_bits: int) -> None:
        self._subnets = ProjectSubnets(cluster_network, host_bits)

    def allocate(self, pod: Pod) -> str:
        """An address of the project's subnets."""
        return self._subnets.allocate(pod.metadata.namespace, pod.metadata.uid)

    def mark(self, pod: Pod) -> bool:
        """Record the address, and its subnet as the project's."""
        namespace, address = pod.metadata.namespace, pod.status.pod_ip
        try:
            if self._subnets.owner_of(namespace, address) is not None:
                return False
            self._subnets.mark(namespace, address, pod.metadata.uid)
        except AddressError:
            return False
        return True

    def release(self, pod: Pod) -> None:
        """Give it back; the subnet stays the project's."""
        namespace, address = pod.metadata.namespace, pod.status.pod_ip
        if self._subnets.owner_of(namespace, address) == pod.metadata.uid:
            self._subnets.release(namespace, address)

    def holds(self, pod: Pod) -> bool:
        """Whether VSD knows the pod."""
        return self._subnets.address_of(pod.metadata.namespace, pod.metadata.uid) is not None

    def drop_project(self, name: str) -> None:
        """The zone goes, its subnets go back."""
        self._subnets.drop(name)

    def cursors(self) -> dict[str, Any]:
        """Which subnets a project has: those without pods stand in no object."""
        return {"projects": {name: list(held) for name, held in self._subnets.subnets().items()}}

    def restore(self, cursors: Mapping[str, Any]) -> None:
        """Give the projects their subnets again, in order."""
        for project, subnets in cursors.get("projects", {}).items():
            for subnet in subnets:
                self._subnets.restore(project, subnet)


def _ovn_annotations(address: str, subnet: str) -> Mapping[str, str]:
    return {ovn.POD_NETWORKS: ovn.pod_networks(address, subnet)}


def addressing_of(plugin: Plugin, config: EngineConfig, leases: RandomStream) -> Addressing:
    """A plugin's addressing with nothing given out yet; `leases` is the chance of Flannel's leases.

    Raises AddressError when the plugin cannot work with the cluster network.
    """
    network = (config.cluster_network, config.host_subnet_length)
    if plugin.family == CONTIV_FAMILY:
        return ClusterWide(config.cluster_network)
    if plugin.family == NUAGE_FAMILY:
        return ByProject(*network)
    if plugin.family == OVN:
        return ByNode(OvnSubnets(network), ovn.node_pool, _ovn_annotations)
    if plugin.family == FLANNEL:
        return ByNode(FlannelSubnets(network, flannel_backend(plugin), leases))
    return ByNode(SdnSubnets(network))
