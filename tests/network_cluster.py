"""A cluster for tests of the network, built object by object in a store: no controllers, no time.

`fixture(…)` is the one of the packet walks: nodes A and B, P1 and P2 on A, P3 on B, service web in front
of P2 and P3, a second project hr with a pod on B.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cluster.engine.config import OPENSHIFT_3_11, OPENSHIFT_4, Profile
from cluster.engine.network.view import NetworkView
from cluster.engine.store import Store
from cluster.objects.clusternetwork import ClusterNetwork, ClusterNetworkEntry
from cluster.objects.endpoints import (
    EndpointAddress,
    EndpointPort,
    Endpoints,
    EndpointSubset,
    ObjectReference,
)
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.meta import Key
from cluster.objects.namespace import Namespace
from cluster.objects.netnamespace import MULTICAST, NetNamespace
from cluster.objects.node import CUT_FROM, MACHINE, OFF, Node, NodeAddress, NodeStatus
from cluster.objects.pod import Container, ContainerPort, Pod, PodSpec, PodStatus
from cluster.objects.service import Service, ServicePort, ServiceSpec
from tests.builders import a_config, metadata

OVS_SUBNET = "redhat/openshift-ovs-subnet"
OVS_MULTITENANT = "redhat/openshift-ovs-multitenant"
OVS_NETWORKPOLICY = "redhat/openshift-ovs-networkpolicy"
SHOP, HR = 5_000_001, 7_000_002
P1, P2, P3 = Key("shop", "p1"), Key("shop", "p2"), Key("shop", "p3")
CLERK = Key("hr", "clerk")
WEB, PAYROLL = Key("shop", "web"), Key("hr", "payroll")


class NetworkCluster:
    """A store to fill, and the view of it."""

    def __init__(self, plugin: str = OVS_SUBNET, profile: Profile = OPENSHIFT_3_11) -> None:
        self.store = Store()
        self.config = a_config(profile=profile)
        network = ClusterNetwork(
            metadata=metadata("default", ""),
            cluster_networks=(ClusterNetworkEntry(cidr="10.128.0.0/14", host_subnet_length=9),),
            service_network="172.30.0.0/16",
            plugin_name=plugin,
        )
        self.store.put(network)

    @property
    def view(self) -> NetworkView:
        """The network as it is now."""
        return NetworkView(self.store, self.config)

    def add(self, *objects: Any) -> None:
        """Store objects."""
        for each in objects:
            self.store.put(each)

    def node(
        self,
        name: str,
        ip: str,
        subnet: str,
        *,
        off: bool = False,
        cut_from: str = "",
        egress_ips: Iterable[str] = (),
        **fields: Any,
    ) -> None:
        """A node with its HostSubnet."""
        annotations = {MACHINE: OFF} if off else {}
        annotations |= {CUT_FROM: cut_from} if cut_from else {}
        addresses = (NodeAddress(type="InternalIP", address=ip),)
        meta = metadata(name, "", annotations=annotations, **fields)
        self.add(Node(metadata=meta, status=NodeStatus(addresses=addresses)))
        if subnet:
            self.add(
                HostSubnet(
                    metadata=metadata(name, ""),
                    host=name,
                    host_ip=ip,
                    subnet=subnet,
                    egress_ips=tuple(egress_ips),
                )
            )

    def project(
        self,
        name: str,
        vnid: int = 0,
        *,
        labels: Mapping[str, str] | None = None,
        multicast: bool = False,
        egress_ips: Iterable[str] = (),
    ) -> None:
        """A project with its NetNamespace."""
        self.add(Namespace(metadata=metadata(name, "", labels=labels or {})))
        annotations = {MULTICAST: "true"} if multicast else {}
        self.add(
            NetNamespace(
                metadata=metadata(name, "", annotations=annotations),
                netname=name,
                netid=vnid,
                egress_ips=tuple(egress_ips),
            )
        )

    def pod(
        self,
        key: Key,
        node: str,
        ip: str,
        *,
        port: int = 8080,
        labels: Mapping[str, str] | None = None,
        on_host: bool = False,
    ) -> None:
        """A running pod that listens on a port (0: on none)."""
        ports = (ContainerPort(container_port=port, name="web"),) if port else ()
        image = "example/web:1" if port else "busybox"
        spec = PodSpec(
            containers=(Container(name="main", image=image, ports=ports),),
            extra={"hostNetwork": True} if on_host else {},
        )
        host = self.view.node(node)
        host_ip = "" if host is None else host.ip
        status = PodStatus(phase="Running", pod_ip=ip, host_ip=host_ip, ready=True)
        meta = metadata(key.name, key.namespace, labels=labels or {"app": key.name})
        self.add(Pod(metadata=meta, spec=spec, node_name=node, status=status))

    def service(
        self,
        key: Key,
        ip: str,
        pods: Iterable[Key] = (),
        *,
        port: int = 80,
        target: int = 8080,
        node_port: int = 0,
        **spec: Any,
    ) -> None:
        """A service with Endpoints of these pods."""
        ports = (ServicePort(port=port, protocol="TCP", target_port=target, node_port=node_port),)
        kind = "NodePort" if node_port else "ClusterIP"
        given = {"ports": ports, "cluster_ip": ip, "type": kind, **spec}
        self.add(Service(metadata=metadata(key.name, key.namespace), spec=ServiceSpec(**given)))
        addresses = tuple(map(self._address, pods))
        subset = EndpointSubset(addresses=addresses, ports=(EndpointPort(port=target),))
        self.add(
            Endpoints(
                metadata=metadata(key.name, key.namespace), subsets=(subset,) if addresses else ()
            )
        )

    def _address(self, key: Key) -> EndpointAddress:
        pod = self.store.get(Pod, *key)
        assert pod is not None
        reference = ObjectReference(kind="Pod", namespace=key.namespace, name=key.name)
        return EndpointAddress(ip=pod.status.pod_ip, node_name=pod.node_name, target_ref=reference)


def fixture(plugin: str = OVS_SUBNET, *, modern: bool = False, **project: Any) -> NetworkCluster:
    """The cluster of the walks (reference §2.5). `project` are further fields of project shop."""
    cluster = NetworkCluster(plugin, OPENSHIFT_4 if modern else OPENSHIFT_3_11)
    cluster.node("node-a", "192.168.122.11", "10.128.0.0/23")
    cluster.node("node-b", "192.168.122.12", "10.129.0.0/23")
    cluster.project("default", 0, labels={"name": "default"})
    cluster.project("shop", SHOP, labels={"name": "shop"}, **project)
    cluster.project("hr", HR, labels={"name": "hr"})
    cluster.pod(P1, "node-a", "10.128.0.5")
    cluster.pod(P2, "node-a", "10.128.0.6")
    cluster.pod(P3, "node-b", "10.129.0.7")
    cluster.pod(CLERK, "node-b", "10.129.0.9")
    cluster.service(WEB, "172.30.44.5", [P2, P3], node_port=31080)
    cluster.service(PAYROLL, "172.30.44.6", [CLERK])
    return cluster
