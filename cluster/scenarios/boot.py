"""The bare cluster: its nodes, its network, its own namespaces, and the `kubernetes` service.

Stands for what the installer (openshift-ansible) and the masters make before any user comes.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from cluster.engine.access import SYSTEM_ADMIN
from cluster.engine.config import EngineConfig
from cluster.engine.engine import Engine
from cluster.engine.network.plugins.facts import PLUGINS
from cluster.engine.network.plugins.switching import node_capacity
from cluster.engine.nodes.registration import node_address, running_node
from cluster.engine.routing.router_object import first_router_object, router_object
from cluster.objects import kinds
from cluster.objects.clusternetwork import ClusterNetwork, ClusterNetworkEntry
from cluster.objects.document import from_document
from cluster.objects.ingresscontroller import NAMESPACE, ROUTER_NAMESPACE
from cluster.objects.meta import ObjectMeta
from cluster.objects.namespace import Namespace
from cluster.objects.node import Node
from cluster.scenarios.manifests import apply_all

NAMESPACES = (
    "default",
    "kube-public",
    "kube-system",
    "openshift",
    "openshift-infra",
    ROUTER_NAMESPACE,
    NAMESPACE,
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
    room = node_capacity(PLUGINS[config.plugin_name], config)
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
    ensure_router(engine)
    engine.settle()


def ensure_router(engine: Engine) -> None:
    """Make the router's object and its namespaces where they are missing.

    A cluster that was made before there was such an object gets it when it is recovered.
    """
    store = engine.store
    missing = [
        each for each in (ROUTER_NAMESPACE, NAMESPACE) if store.get(Namespace, "", each) is None
    ]
    apply_all(engine, SYSTEM_ADMIN, [_namespace(name) for name in missing])
    if router_object(store) is None:
        engine.cluster.create(first_router_object(engine.config), intent=True)


def node(config: EngineConfig, number: int) -> Node:
    """A node as the installer leaves it."""
    return running_node(config, number)


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
