"""All addresses of the cluster: node subnets, pod addresses, cluster IPs.

The objects are the truth (HostSubnet, Node, Pod, Service); the allocators are an index of them, rebuilt on
recovery. Only the cursors, which say what comes next, are kept beside the objects. How nodes and pods get
theirs is the network plugin's affair; while the cluster goes from one plugin to another nobody gets any.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from cluster.engine.config import EngineConfig
from cluster.engine.copying import changed
from cluster.engine.network.node_ports import NodePorts
from cluster.engine.network.plugins.addressing import (
    Addressing,
    NetworkNotReadyError,
    addressing_of,
)
from cluster.engine.network.plugins.facts import PLUGINS, Plugin
from cluster.engine.network.service_addresses import ServiceAddresses
from cluster.engine.rng import RandomStream
from cluster.engine.watch import Change
from cluster.objects.clusternetwork import SWITCHING_FROM, ClusterNetwork
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.namespace import Namespace
from cluster.objects.node import Node, internal_ip, pod_cidr
from cluster.objects.pod import Pod
from cluster.objects.service import HEADLESS, Service, node_ports

T = TypeVar("T")


class Objects(Protocol):
    """Where the plan finds what exists: the store."""

    def get(self, cls: type[T], namespace: str, name: str, /) -> T | None:
        """An object."""
        ...

    def list(self, cls: type[T], /) -> list[T]:
        """All objects of a kind."""
        ...


class AddressPlan:
    """The allocators of one cluster."""

    def __init__(self, config: EngineConfig, rng: RandomStream, objects: Objects) -> None:
        self._config = config
        self._objects = objects
        self._rng = rng
        self._leases = rng.child("flannel-leases")
        self.plugin: Plugin = PLUGINS[config.plugin_name]
        self._addressing: Addressing = addressing_of(self.plugin, config, self._leases)
        self.is_closed = False
        """Whether the cluster is between two plugins: no subnet and no address is given out."""
        self.services = ServiceAddresses(config.service_network, rng)
        self.node_ports = NodePorts(rng)
        self._following: Mapping[type, Callable[[Any, Any], None]] = {
            Pod: self._follow_pod,
            Service: self._follow_service,
            HostSubnet: self._follow_subnet,
            Node: self._follow_node,
            ClusterNetwork: self._follow_network,
            Namespace: self._follow_namespace,
        }

    # --- giving out ----------------------------------------------------------------------------------

    def allocate_subnet(self, node: Node) -> str:
        """A subnet for a node; the caller stores it in an object.

        Raises NoSubnetsAvailableError; NetworkNotReadyError while the plugin is being changed, and
        always if it gives nodes none.
        """
        if self.is_closed:
            raise NetworkNotReadyError(node.metadata.name)
        return self._addressing.allocate_subnet(node.metadata.name, internal_ip(node))

    def allocate_pod(self, pod: Pod) -> str:
        """An address for a pod's sandbox. Raises NetworkNotReadyError, AddressesExhaustedError."""
        if self.is_closed:
            raise NetworkNotReadyError(pod.node_name)
        return self._addressing.allocate(pod)

    def has_network(self, node: str) -> bool:
        """Whether the plugin can give addresses to pods on a node."""
        return not self.is_closed and self._addressing.is_ready(node)

    def annotated(self, pod: Pod, address: str) -> Pod:
        """The pod with what the plugin writes on it beside its address."""
        written = self._addressing.annotations(pod.node_name, address)
        if not written or pod.is_on_host_network:
            return pod
        annotations = {**pod.metadata.annotations, **written}
        return changed(pod, metadata=changed(pod.metadata, annotations=annotations))

    def holds(self, pod: Pod) -> bool:
        """Whether the address in a pod's status is its own: another may hold it after a recovery."""
        if not pod.status.pod_ip:
            return False
        return self.is_closed or pod.is_on_host_network or self._addressing.holds(pod)

    @property
    def lease_state(self) -> int:
        """Where the chance of Flannel's leases stands: a plan of a switch draws from there."""
        return self._leases.state

    # --- following the objects -------------------------------------------------------------------------

    def follow(self, change: Change) -> None:
        """Learn what a commit says, and take back what an object gave up: it ended, went, moved."""
        react = self._following.get(change.kind.cls)
        if react is not None:
            react(change.old, change.new)

    def _follow_pod(self, old: Pod | None, new: Pod | None) -> None:
        if old is not None and old.status.pod_ip and (new is None or _gave_up(old, new)):
            self._addressing.release(old)

    def _follow_service(self, old: Service | None, new: Service | None) -> None:
        address = HEADLESS if old is None else old.spec.cluster_ip
        if address not in ("", HEADLESS) and (new is None or new.spec.cluster_ip != address):
            self.services.release(address)
        if old is not None:
            for port in node_ports(old) - (frozenset() if new is None else node_ports(new)):
                self.node_ports.release(port)

    def _follow_subnet(self, old: HostSubnet | None, new: HostSubnet | None) -> None:
        if not self.plugin.has_hostsubnets:
            return
        if old is not None and (new is None or new.subnet != old.subnet):
            self._addressing.forget_subnet(old.host)
        if new is not None and new.subnet:
            self._addressing.learn_subnet(new.host, new.host_ip, new.subnet)

    def _follow_node(self, old: Node | None, new: Node | None) -> None:
        if not self.plugin.has_pod_cidrs:
            return
        before = "" if old is None else pod_cidr(old)
        after = "" if new is None else pod_cidr(new)
        if old is not None and before and before != after:
            self._addressing.forget_subnet(old.metadata.name)
        if new is not None and after and before != after:
            self._addressing.learn_subnet(new.metadata.name, internal_ip(new), after)

    def _follow_namespace(self, old: Namespace | None, new: Namespace | None) -> None:
        if old is not None and new is None:
            self._addressing.drop_project(old.metadata.name)

    def _follow_network(self, old: ClusterNetwork | None, new: ClusterNetwork | None) -> None:
        if new is None or new.metadata.name != "default":
            return
        self.is_closed = SWITCHING_FROM in new.metadata.annotations
        plugin = PLUGINS.get(new.plugin_name, self.plugin)
        if plugin.family != self.plugin.family:
            self.plugin = plugin
            self._addressing = addressing_of(plugin, self._config, self._leases)
            self._learn_subnets()
        self.plugin = plugin

    def _learn_subnets(self) -> None:
        for subnet in self._objects.list(HostSubnet):
            self._follow_subnet(None, subnet)
        for node in self._objects.list(Node):
            self._follow_node(None, node)

    # --- recovery ----------------------------------------------------------------------------------------

    def recover(self, cursors: Mapping[str, Any]) -> list[Pod]:
        """Mark what the objects hold, and go on where `cursors()` was taken.

        Returns the pods whose address somebody else holds already: their sandboxes are made anew.
        """
        self._follow_network(None, self._objects.get(ClusterNetwork, "", "default"))
        if "services" in cursors:
            self._rng.restore(int(cursors["services"]))
        if "leases" in cursors:
            self._leases.restore(int(cursors["leases"]))
        if cursors.get("family", self.plugin.family) == self.plugin.family:
            self._addressing.restore(cursors)
        for service in self._objects.list(Service):
            if service.spec.cluster_ip not in ("", HEADLESS):
                self.services.mark(service.spec.cluster_ip)
            for port in node_ports(service):
                self.node_ports.mark(port)
        self._learn_subnets()
        if self.is_closed:
            return []
        return [
            pod
            for pod in self._objects.list(Pod)
            if pod.status.pod_ip
            and not pod.is_finished
            and not pod.is_on_host_network
            and not self._addressing.mark(pod)
        ]

    def cursors(self) -> dict[str, Any]:
        """What the next allocations depend on, as JSON."""
        return {
            **self._addressing.cursors(),
            "family": self.plugin.family,
            "services": str(self._rng.state),
            "leases": str(self._leases.state),
        }


def _gave_up(old: Pod, new: Pod) -> bool:
    """Whether a pod's sandbox was torn down or made anew."""
    return new.status.pod_ip != old.status.pod_ip or (new.is_finished and not old.is_finished)
