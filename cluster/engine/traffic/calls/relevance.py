"""Which commits may change what calls come to: so that a busy cluster does not have them walked anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from cluster.engine.nodes.reach import reach
from cluster.engine.traffic.calls.dialling import Dialling
from cluster.engine.watch import Change
from cluster.objects.clusternetwork import ClusterNetwork
from cluster.objects.egressnetworkpolicy import EgressNetworkPolicy
from cluster.objects.endpoints import Endpoints
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.meta import Key
from cluster.objects.namespace import Namespace
from cluster.objects.netnamespace import NetNamespace
from cluster.objects.networkpolicy import NetworkPolicy
from cluster.objects.node import Node, internal_ip
from cluster.objects.pod import Pod
from cluster.objects.service import HEADLESS, Service

WATCHED: Final[tuple[type, ...]] = (
    Pod,
    Service,
    Endpoints,
    NetNamespace,
    NetworkPolicy,
    EgressNetworkPolicy,
    Namespace,
    Node,
    ClusterNetwork,
    HostSubnet,
)
"""The kinds on which names, addresses and the way of packets depend."""


def runs(pod: Pod) -> bool:
    """Whether a process of a pod runs, that can call somebody."""
    return (
        bool(pod.status.pod_ip)
        and pod.status.phase == "Running"
        and any(each.state == "running" for each in pod.status.container_statuses)
    )


def _pod_facts(pod: Pod) -> object:
    status = pod.status
    return (status.pod_ip, pod.is_finished, pod.node_name, runs(pod), pod.metadata.labels, pod.spec)


def _node_facts(node: Node) -> object:
    return reach(node), internal_ip(node), node.metadata.labels


_FACTS: Final[Mapping[type, Callable[[Any], object]]] = MappingProxyType(
    {
        Pod: _pod_facts,
        Node: _node_facts,
        Endpoints: lambda each: each.subsets,
        Service: lambda each: (each.spec, each.status, each.metadata.annotations),
        Namespace: lambda each: each.metadata.labels,
    }
)
"""What counts of an object, where it is not the whole."""


class Relevance:
    """What the calls of now depend on."""

    def __init__(self, namespaces: Iterable[str] = ()) -> None:
        self._namespaces = frozenset(namespaces)
        self._services: set[Key] = set()
        self._ips: set[str] = set()

    def add(self, dialling: Dialling) -> None:
        """Take note of what somebody dials."""
        if dialling.service is not None:
            self._services.add(dialling.service)
        for way in dialling.ways:
            self._ips |= {way.ip, way.destination}

    def concerns(self, change: Change) -> bool:
        """Whether a commit may change what calls come to."""
        if _is_same(change):
            return False
        if change.kind.cls is Pod:
            return self._concerns_pod(change)
        return change.kind.cls is not Endpoints or change.key in self._services

    def _concerns_pod(self, change: Change) -> bool:
        """A caller, or somebody who is called."""
        ips = {pod.status.pod_ip for pod in (change.old, change.new) if pod is not None}
        return change.key.namespace in self._namespaces or bool(ips & self._ips)


def _is_same(change: Change) -> bool:
    """Whether a commit leaves alone what counts of an object."""
    facts, old, new = _FACTS.get(change.kind.cls), change.old, change.new
    if facts is None or old is None or new is None:
        return False
    return facts(old) == facts(new)


def is_headless(service: Service | None) -> bool:
    """Whether DNS gives a service's endpoints themselves, so that they decide on names."""
    return service is None or service.spec.cluster_ip in ("", HEADLESS)
