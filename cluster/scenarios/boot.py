"""The bare cluster: its nodes, its network, its own namespaces, and the `kubernetes` service.

Stands for what the installer (openshift-ansible) and the masters make before any user comes.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from cluster.engine.access import SYSTEM_ADMIN
from cluster.engine.config import EngineConfig
from cluster.engine.engine import Engine
from cluster.engine.network.plugins.addressing import addressing_of
from cluster.engine.network.plugins.facts import PLUGINS
from cluster.engine.rng import RandomStream
from cluster.objects import kinds
from cluster.objects.clusternetwork import ClusterNetwork, ClusterNetworkEntry
from cluster.objects.document import from_document
from cluster.objects.meta import ObjectMeta, Timestamp
from cluster.objects.node import (
    ROLE_PREFIX,
    Node,
    NodeAddress,
    NodeCondition,
    NodeSpec,
    NodeStatus,
    Taint,
)
from cluster.scenarios.manifests import apply_all

MASTER = "master"
FIRST_NODE_ADDRESS = ipaddress.IPv4Address("192.168.122.11")
NAMESPACES = (
    "default",
    "kube-public",
    "kube-system",
    "openshift",
    "openshift-infra",
    "openshift-node",
    "openshift-sdn",
)
API_PORT, DNS_PORT = 8443, 8053
"""Where the master serves the API and DNS (OpenShift 3: behind 443 and 53 of the service)."""


def boot(engine: Engine, nodes: int) -> None:
    """Make the bare cluster with one master and `nodes` workers.

    Raises ValueError if the cluster network has no room for so many.
    """
    config = engine.config
    plugin = PLUGINS[config.plugin_name]
    room = addressing_of(plugin, config, RandomStream(0)).capacity()
    if room is not None and not 0 <= nodes < room:
        raise ValueError(
            f"nodes: {nodes} is not between 0 and {room - 1},"
            f" the subnets of {config.cluster_network} beside the master's"
        )
    engine.cluster.create(cluster_network(config), intent=True)
    apply_all(engine, SYSTEM_ADMIN, [_namespace(name) for name in NAMESPACES])
    for number in range(nodes + 1):
        engine.cluster.create(node(config, number), intent=True)
    # The address is kept for this service, so no command could ask for it: the master writes it.
    for document in _kubernetes_service(config):
        obj, _ = from_document(document)
        engine.cluster.create(kinds.kind_of(obj).default(obj), intent=True)
    engine.settle()


def node_name(number: int) -> str:
    """The master is number 0; workers count from 1."""
    return f"node-{number}" if number else MASTER


def node_address(number: int) -> str:
    """The address of a node in its machine network."""
    return str(FIRST_NODE_ADDRESS + number)


def node(config: EngineConfig, number: int) -> Node:
    """A node as its kubelet registers it."""
    name = node_name(number)
    role = "worker" if number else "master"
    resources = {
        "cpu": "4",
        "memory": "16265560Ki",
        "pods": str(config.pods_per_node),
    }
    return Node(
        metadata=ObjectMeta(
            name=name,
            labels={
                "beta.kubernetes.io/arch": "amd64",
                "beta.kubernetes.io/os": "linux",
                "kubernetes.io/hostname": name,
                f"{ROLE_PREFIX}{role}": "",
            },
        ),
        spec=NodeSpec(
            taints=() if number else (Taint(key=f"{ROLE_PREFIX}master", effect="NoSchedule"),)
        ),
        status=NodeStatus(
            addresses=(
                NodeAddress(type="InternalIP", address=node_address(number)),
                NodeAddress(type="Hostname", address=name),
            ),
            conditions=_conditions(Timestamp(config.epoch)),
            capacity=resources,
            allocatable={**resources, "memory": "16163160Ki"},
            node_info=_node_info(config),
        ),
    )


def _node_info(config: EngineConfig) -> dict[str, str]:
    """What the kubelet reports of its machine, by OpenShift's generation."""
    modern = config.profile.name == "4"
    return {
        "architecture": "amd64",
        "operatingSystem": "linux",
        "osImage": "Red Hat Enterprise Linux CoreOS" if modern else "CentOS Linux 7 (Core)",
        "kernelVersion": "5.14.0-284.el9.x86_64" if modern else "3.10.0-957.el7.x86_64",
        "containerRuntimeVersion": "cri-o://1.27.4" if modern else "docker://1.13.1",
        "kubeletVersion": config.profile.version,
        "kubeProxyVersion": config.profile.version,
    }


def _conditions(since: Timestamp) -> tuple[NodeCondition, ...]:
    def condition(kind: str, status: str, reason: str, message: str) -> NodeCondition:
        return NodeCondition(
            type=kind,
            status=status,
            reason=reason,
            message=message,
            last_heartbeat_time=since,
            last_transition_time=since,
        )

    return (
        condition(
            "MemoryPressure",
            "False",
            "KubeletHasSufficientMemory",
            "kubelet has sufficient memory available",
        ),
        condition(
            "DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"
        ),
        condition(
            "PIDPressure",
            "False",
            "KubeletHasSufficientPID",
            "kubelet has sufficient PID available",
        ),
        condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
    )


def cluster_network(config: EngineConfig) -> ClusterNetwork:
    """The ClusterNetwork `default`, as the master writes it from its configuration."""
    cidr, length = config.cluster_network, config.host_subnet_length
    return ClusterNetwork(
        metadata=ObjectMeta(name="default"),
        network=cidr,
        hostsubnetlength=length,
        service_network=config.service_network,
        plugin_name=config.plugin_name,
        mtu=PLUGINS[config.plugin_name].mtu,
        cluster_networks=(ClusterNetworkEntry(cidr=cidr, host_subnet_length=length),),
    )


def _namespace(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def _kubernetes_service(config: EngineConfig) -> list[dict[str, Any]]:
    """The API behind the first address of the service network; its endpoints are the master."""
    metadata = {
        "name": "kubernetes",
        "namespace": "default",
        "labels": {"component": "apiserver", "provider": "kubernetes"},
    }
    ports = [("https", "TCP", 443, API_PORT)]
    if config.profile.name != "4":
        ports += [("dns", "UDP", 53, DNS_PORT), ("dns-tcp", "TCP", 53, DNS_PORT)]
    first = ipaddress.IPv4Network(config.service_network)[1]
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata,
        "spec": {
            "clusterIP": str(first),
            "ports": [
                {"name": name, "protocol": protocol, "port": port, "targetPort": target}
                for name, protocol, port, target in ports
            ],
        },
    }
    endpoints = {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": metadata,
        "subsets": [
            {
                "addresses": [{"ip": node_address(0)}],
                "ports": [
                    {"name": name, "protocol": protocol, "port": target}
                    for name, protocol, _, target in ports
                ],
            }
        ],
    }
    return [service, endpoints]
