"""What the network plugin knows of the cluster: nodes, pods, services and projects at one moment.

Built from the store for one question or for many; it reads lazily and remembers, so that a walk
between two pods of a cluster of 2,000 nodes touches two nodes. Throw it away when the store has changed.
"""

from __future__ import annotations

import ipaddress
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, TypeVar, cast

from cluster.engine.config import EngineConfig
from cluster.engine.network.plugins.facts import OVN, PLUGINS, Plugin
from cluster.objects.clusternetwork import ClusterNetwork
from cluster.objects.egressnetworkpolicy import EgressNetworkPolicy
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.meta import EMPTY, Key
from cluster.objects.namespace import Namespace
from cluster.objects.netnamespace import GLOBAL_VNID, NetNamespace
from cluster.objects.networkpolicy import NetworkPolicy
from cluster.objects.node import Node, cut_from, internal_ip, is_machine_on, pod_cidr
from cluster.objects.pod import Pod
from cluster.objects.service import HEADLESS, Service

T = TypeVar("T")
FIRST_POD_PORT = 3
"""OpenFlow ports 1 and 2 are vxlan0 and tun0 (SDN311 `ovscontroller.go`)."""
FIRST_POD_OFFSET = 2
"""A subnet's addresses 0 and 1 are the network and the gateway."""
MANAGEMENT_OFFSET = 2
"""Under OVN-Kubernetes the subnet's second host address is ovn-k8s-mp0's."""


class Objects(Protocol):
    """What is read: the store."""

    def get(self, cls: type[T], namespace: str, name: str) -> T | None:
        """The object, or None."""
        ...

    def pods_on(self, node_name: str) -> list[Pod]:
        """The pods bound to a node."""
        ...

    def list(self, cls: type[T], namespace: str | None = None) -> list[T]:
        """The objects of a kind, of one namespace or of all."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSite:
    """A node's place in the network. `subnet` is None where the plugin gives nodes none.

    `cut_from` names the nodes that its packets do not reach, and whose packets do not reach it.
    """

    name: str
    ip: str
    subnet: ipaddress.IPv4Network | None
    is_on: bool
    cut_from: frozenset[str]

    @property
    def gateway(self) -> str:
        """The first address of the subnet: tun0's."""
        return "" if self.subnet is None else str(self.subnet[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class PodSite:
    """A pod's place in the network. `ip` is the node's for a pod on the host's network.

    `source_ip` is the address that other pods see: on the host's network the one by which the node
    talks to pods.
    """

    pod: Pod
    ip: str
    node: str
    on_host_network: bool
    source_ip: str

    @property
    def key(self) -> Key:
        """The pod's key."""
        return self.pod.metadata.key

    @property
    def namespace(self) -> str:
        """The pod's project."""
        return self.pod.metadata.namespace

    @property
    def labels(self) -> Mapping[str, str]:
        """The pod's labels."""
        return self.pod.metadata.labels

    @property
    def named_ports(self) -> tuple[tuple[str, str, int], ...]:
        """Name, protocol and number of the ports that the containers name."""
        return tuple(
            (port.name, port.protocol, port.container_port)
            for container in self.pod.spec.containers
            for port in container.ports
            if port.name
        )

    @property
    def mac(self) -> str:
        """eth0's MAC: `0a:58` and the address (CNI `utils/hwaddr`)."""
        return "0a:58:" + ":".join(f"{int(part):02x}" for part in self.ip.split("."))

    @property
    def veth(self) -> str:
        """The host's end of the pair: one name for the life of the sandbox."""
        return f"veth{zlib.crc32(f'{self.pod.metadata.uid}{self.ip}'.encode()):08x}"


class NetworkView:
    """The cluster's network as its plugin sees it."""

    def __init__(self, objects: Objects, config: EngineConfig) -> None:
        self.objects = objects
        self.config = config
        settings = objects.get(ClusterNetwork, "", "default")
        name = config.plugin_name if settings is None else settings.plugin_name
        self.plugin: Plugin = PLUGINS[name]
        blocks = [each.cidr for each in settings.cluster_networks] if settings else []
        self.cluster_networks = tuple(
            ipaddress.IPv4Network(block) for block in blocks or [config.cluster_network]
        )
        self.service_network = ipaddress.IPv4Network(
            settings.service_network if settings else config.service_network
        )
        self.is_modern = config.profile.name == "4"
        """OpenShift 4's tables and NetworkPolicy, not 3.11's."""
        self._nodes: dict[str, NodeSite | None] = {}
        self._pods_on: dict[str, dict[str, PodSite]] = {}
        self._pods_in: dict[str, list[PodSite]] = {}
        self._node_of_ip: dict[str, str] | None = None
        self._node_of_subnet: dict[tuple[int, int], str] | None = None
        self._subnet_lengths: frozenset[int] = frozenset()
        self._node_of_pod: dict[str, str] | None = None
        self._services: dict[str, Service] | None = None
        self._derived: dict[Callable[[NetworkView], Any], Any] = {}

    def derived(self, make: Callable[[NetworkView], T]) -> T:
        """What is worked out from the whole view: made once, kept as long as the view."""
        held = self._derived.get(make)
        if held is None:
            held = self._derived[make] = make(self)
        return cast(T, held)

    # --- nodes -----------------------------------------------------------------------------------

    def node(self, name: str) -> NodeSite | None:
        """A node by its name."""
        if name not in self._nodes:
            self._nodes[name] = self._read_node(name)
        return self._nodes[name]

    def nodes(self) -> list[NodeSite]:
        """All nodes, in order of creation."""
        names = [each.metadata.name for each in self.objects.list(Node)]
        return [site for site in map(self.node, names) if site is not None]

    def node_at(self, ip: str) -> NodeSite | None:
        """The node with this InternalIP."""
        if self._node_of_ip is None:
            self._node_of_ip = {
                internal_ip(each): each.metadata.name for each in self.objects.list(Node)
            }
        name = self._node_of_ip.get(ip)
        return None if name is None else self.node(name)

    def node_of(self, ip: str) -> NodeSite | None:
        """The node in whose subnet an address lies, whether a pod holds it or not."""
        if self._node_of_subnet is None:
            self._homes(ip)
        if not self._node_of_subnet:
            return None
        homes = self._homes(ip)
        return self.node(homes[0]) if homes else None

    def are_linked(self, one: str, other: str) -> bool:
        """Whether packets between two nodes arrive: both run, and nothing cuts them apart."""
        first, second = self.node(one), self.node(other)
        if first is None or second is None or not (first.is_on and second.is_on):
            return False
        return one not in second.cut_from and other not in first.cut_from

    def _read_node(self, name: str) -> NodeSite | None:
        node = self.objects.get(Node, "", name)
        if node is None:
            return None
        return NodeSite(
            name=name,
            ip=internal_ip(node),
            subnet=self._subnet_of(node),
            is_on=is_machine_on(node),
            # A machine reaches itself by its loopback, whatever somebody wrote.
            cut_from=cut_from(node) - {name},
        )

    def _subnet_of(self, node: Node) -> ipaddress.IPv4Network | None:
        held = self.objects.get(HostSubnet, "", node.metadata.name)
        text = held.subnet if held is not None else pod_cidr(node)
        return ipaddress.IPv4Network(text) if text else None

    # --- pods ------------------------------------------------------------------------------------

    def pod(self, key: Key) -> PodSite | None:
        """A pod that has its network, by its key."""
        pod = self.objects.get(Pod, *key)
        return None if pod is None else self._site(pod)

    def pods_on(self, node: str) -> list[PodSite]:
        """The pods with addresses of their own on a node."""
        return list(self._by_address(node).values())

    def pod_at(self, ip: str) -> PodSite | None:
        """The pod that holds an address; pods on the host's network hold none."""
        for name in self._homes(ip):
            found = self._by_address(name).get(ip)
            if found is not None:
                return found
        return None

    def pod_on(self, node: str, ip: str) -> PodSite | None:
        """The pod with an address, if it is on this node."""
        return self._by_address(node).get(ip)

    def pods_in(self, namespace: str) -> list[PodSite]:
        """The pods of a project that have their network, those on the host's network too."""
        held = self._pods_in.get(namespace)
        if held is None:
            sites = map(self._site, self.objects.list(Pod, namespace))
            held = self._pods_in[namespace] = [site for site in sites if site is not None]
        return held

    def port_of(self, site: PodSite) -> int:
        """The OpenFlow port of a pod on br0: by its place in the node's subnet."""
        node = self.node(site.node)
        if node is None or node.subnet is None:
            return FIRST_POD_PORT
        offset = int(_address(site.ip)) - int(node.subnet.network_address)
        return FIRST_POD_PORT + offset - FIRST_POD_OFFSET

    def _by_address(self, node: str) -> dict[str, PodSite]:
        held = self._pods_on.get(node)
        if held is None:
            sites = map(self._site, self.objects.pods_on(node))
            held = self._pods_on[node] = {
                site.ip: site for site in sites if site is not None and not site.on_host_network
            }
        return held

    def _homes(self, ip: str) -> list[str]:
        """The nodes on which a pod with this address may be: one, if the plugin gives nodes subnets."""
        if self._node_of_subnet is None:
            self._node_of_subnet = {
                (int(site.subnet.network_address), site.subnet.prefixlen): site.name
                for site in self.nodes()
                if site.subnet is not None
            }
            self._subnet_lengths = frozenset(length for _, length in self._node_of_subnet)
        if not self._node_of_subnet:
            return self._homes_by_pods(ip)
        try:
            address = int(_address(ip))
        except ValueError:
            return []
        blocks = ((address >> 32 - each << 32 - each, each) for each in self._subnet_lengths)
        return [self._node_of_subnet[block] for block in blocks if block in self._node_of_subnet]

    def _homes_by_pods(self, ip: str) -> list[str]:
        """The same where nodes have no subnets: only the pods themselves tell."""
        if self._node_of_pod is None:
            self._node_of_pod = {
                pod.status.pod_ip: pod.node_name
                for pod in self.objects.list(Pod)
                if pod.status.pod_ip and not pod.is_finished and not pod.is_on_host_network
            }
        return [self._node_of_pod[ip]] if ip in self._node_of_pod else []

    def address_towards_pods(self, node: NodeSite) -> str:
        """What pods see as the source of a node's own processes: tun0, ovn-k8s-mp0, or the node itself."""
        if node.subnet is not None and self.plugin.family == OVN:
            return str(node.subnet[MANAGEMENT_OFFSET])
        return node.gateway or node.ip

    def _site(self, pod: Pod) -> PodSite | None:
        """A pod's place, if its sandbox has its network."""
        ip = pod.status.pod_ip
        if not ip or pod.is_finished:
            return None
        is_on_host = pod.is_on_host_network
        node = self.node(pod.node_name) if is_on_host else None
        return PodSite(
            pod=pod,
            ip=ip,
            node=pod.node_name,
            on_host_network=is_on_host,
            source_ip=ip if node is None else self.address_towards_pods(node),
        )

    # --- services and projects ---------------------------------------------------------------------

    def service_at(self, ip: str) -> Service | None:
        """The service with this cluster IP."""
        if self._services is None:
            self._services = {
                each.spec.cluster_ip: each
                for each in self.objects.list(Service)
                if each.spec.cluster_ip not in ("", HEADLESS)
            }
        return self._services.get(ip)

    def is_cluster_address(self, ip: str) -> bool:
        """Whether an address is of the cluster networks."""
        address = _address(ip)
        return any(address in block for block in self.cluster_networks)

    def is_service_address(self, ip: str) -> bool:
        """Whether an address is of the service network."""
        return _address(ip) in self.service_network

    def vnid(self, namespace: str) -> int:
        """The VNID of a project: 0 for all where the plugin has no NetNamespaces."""
        if not self.plugin.has_netnamespaces:
            return GLOBAL_VNID
        held = self.objects.get(NetNamespace, "", namespace)
        return GLOBAL_VNID if held is None else held.netid

    def namespaces(self) -> list[str]:
        """The names of all projects."""
        return [each.metadata.name for each in self.objects.list(Namespace)]

    def policies_in(self, namespace: str) -> list[NetworkPolicy]:
        """The NetworkPolicies of a project, in order of creation."""
        return self.objects.list(NetworkPolicy, namespace)

    def egress_policies_in(self, namespace: str) -> list[EgressNetworkPolicy]:
        """The EgressNetworkPolicies of a project, in order of creation."""
        return self.objects.list(EgressNetworkPolicy, namespace)

    def namespace_labels(self, name: str) -> Mapping[str, str]:
        """The labels of a project, with the one that Kubernetes itself sets."""
        held = self.objects.get(Namespace, "", name)
        labels = EMPTY if held is None else held.metadata.labels
        return {**labels, "kubernetes.io/metadata.name": name} if self.is_modern else labels


@lru_cache(maxsize=1 << 14)
def _address(ip: str) -> ipaddress.IPv4Address:
    """An address; parsing one takes longer than all else that is done with it."""
    return ipaddress.IPv4Address(ip)
