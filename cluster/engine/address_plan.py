"""All addresses of the cluster: node subnets, pod addresses, cluster IPs.

The objects are the truth (HostSubnet, Pod, Service); the allocators are an index of them, rebuilt on
recovery. Only the cursors, which say what comes next, are kept beside the objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cluster.engine.config import EngineConfig
from cluster.engine.network.node_ports import NodePorts
from cluster.engine.network.node_subnets import NodeSubnetAllocator
from cluster.engine.network.pod_addresses import HostLocal
from cluster.engine.network.service_addresses import ServiceAddresses
from cluster.engine.rng import RandomStream
from cluster.engine.watch import Change
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.pod import Pod
from cluster.objects.service import HEADLESS, Service, node_ports


class AddressPlan:
    """The allocators of one cluster."""

    def __init__(self, config: EngineConfig, rng: RandomStream) -> None:
        self._rng = rng
        self.nodes = NodeSubnetAllocator([(config.cluster_network, config.host_subnet_length)])
        self.services = ServiceAddresses(config.service_network, rng)
        self.node_ports = NodePorts(rng)
        self._pods: dict[str, HostLocal] = {}

    def pods_on(self, subnet: HostSubnet) -> HostLocal:
        """The pod addresses of a node, by its HostSubnet."""
        held = self._pods.get(subnet.host)
        if held is None:
            held = self._pods[subnet.host] = HostLocal(subnet.subnet)
        return held

    def follow(self, change: Change) -> None:
        """Take back what an object gave up by a commit: it ended, it went, it moved."""
        old, new = change.old, change.new
        if isinstance(old, Pod):
            if old.status.pod_ip and (new is None or _gave_up(old, new)):
                self._release_pod(old)
        elif isinstance(old, Service):
            address = old.spec.cluster_ip
            if address not in ("", HEADLESS) and (new is None or new.spec.cluster_ip != address):
                self.services.release(address)
            for port in node_ports(old) - (frozenset() if new is None else node_ports(new)):
                self.node_ports.release(port)
        elif isinstance(old, HostSubnet) and (new is None or new.subnet != old.subnet):
            self.nodes.release(old.subnet)
            self._pods.pop(old.host, None)

    def _release_pod(self, pod: Pod) -> None:
        held = self._pods.get(pod.node_name)
        if held is not None and held.owner_of(pod.status.pod_ip) == pod.metadata.uid:
            held.release(pod.status.pod_ip)

    def recover(
        self, subnets: Iterable[HostSubnet], pods: Iterable[Pod], services: Iterable[Service]
    ) -> list[Pod]:
        """Mark what the objects hold; returns the pods whose address somebody else holds already."""
        by_host = {subnet.host: subnet for subnet in subnets}
        for subnet in by_host.values():
            self.nodes.mark(subnet.subnet)
        for service in services:
            if service.spec.cluster_ip not in ("", HEADLESS):
                self.services.mark(service.spec.cluster_ip)
            for port in node_ports(service):
                self.node_ports.mark(port)
        return [
            pod
            for pod in pods
            if pod.status.pod_ip
            and not pod.is_finished
            and pod.node_name in by_host
            and not self._mark(pod, by_host)
        ]

    def _mark(self, pod: Pod, by_host: Mapping[str, HostSubnet]) -> bool:
        held = self.pods_on(by_host[pod.node_name])
        if held.owner_of(pod.status.pod_ip) is not None:
            return False
        held.mark(pod.status.pod_ip, pod.metadata.uid)
        return True

    def cursors(self) -> dict[str, Any]:
        """What the next allocations depend on, as JSON."""
        return {
            "nodes": list(self.nodes.cursors()),
            "pods": {host: held.last_reserved for host, held in self._pods.items()},
            "services": str(self._rng.state),
        }

    def restore_cursors(self, cursors: Mapping[str, Any], subnets: Iterable[HostSubnet]) -> None:
        """Go on where `cursors()` was taken."""
        for index, cursor in enumerate(cursors.get("nodes", ())):
            self.nodes.set_cursor(index, cursor)
        last = cursors.get("pods", {})
        for subnet in subnets:
            if subnet.host in last:
                self.pods_on(subnet).last_reserved = last[subnet.host]
        if "services" in cursors:
            self._rng.restore(int(cursors["services"]))


def _gave_up(old: Pod, new: Pod) -> bool:
    """Whether a pod's sandbox was torn down or made anew."""
    return new.status.pod_ip != old.status.pod_ip or (new.is_finished and not old.is_finished)
