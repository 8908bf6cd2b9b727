"""The two ends of a connection as policies see them, and where policies, pods and labels come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeGuard

from cluster.engine.network.walk.model import Outside
from cluster.objects.meta import Key
from cluster.objects.networkpolicy import NetworkPolicy

__all__ = [
    "End",
    "NodeEnd",
    "Outside",
    "PolicyPod",
    "PolicySource",
    "is_pod",
    "node_of",
    "source_ip",
    "title",
]

NamedPort = tuple[str, str, int]
"""Name, protocol and number of a port that a container declares."""


class PolicyPod(Protocol):
    """A pod that has its network. `PodSite` is one."""

    @property
    def key(self) -> Key:
        """The pod's key."""
        ...

    @property
    def namespace(self) -> str:
        """The pod's project."""
        ...

    @property
    def labels(self) -> Mapping[str, str]:
        """The pod's labels."""
        ...

    @property
    def ip(self) -> str:
        """The pod's address; the node's for a pod on the host's network."""
        ...

    @property
    def source_ip(self) -> str:
        """The address that its packets come with: on the host's network the node's towards pods."""
        ...

    @property
    def node(self) -> str:
        """The name of the pod's node."""
        ...

    @property
    def on_host_network(self) -> bool:
        """Whether the pod has no network of its own."""
        ...

    @property
    def named_ports(self) -> tuple[NamedPort, ...]:
        """The named ports of the pod's containers."""
        ...


@dataclass(frozen=True, slots=True)
class NodeEnd:
    """A process in a node's own network, as the kubelet. `ip` is the address that the packet has."""

    name: str
    ip: str


End = PolicyPod | NodeEnd | Outside


class PolicySource(Protocol):
    """The cluster as far as policies look at it. `NetworkView` is one."""

    def namespaces(self) -> Iterable[str]:
        """The names of all projects."""
        ...

    def namespace_labels(self, name: str) -> Mapping[str, str]:
        """The labels of a project."""
        ...

    def vnid(self, namespace: str) -> int:
        """The VNID of a project: what OpenShift SDN tells projects apart by."""
        ...

    def policies_in(self, namespace: str) -> Sequence[NetworkPolicy]:
        """The NetworkPolicies of a project."""
        ...

    def pods_in(self, namespace: str) -> Sequence[PolicyPod]:
        """The pods of a project that have their network."""
        ...


def title(end: End) -> str:
    """An end in a sentence."""
    if isinstance(end, Outside):
        return end.ip
    return f"node {end.name}" if isinstance(end, NodeEnd) else str(end.key)


def source_ip(end: End) -> str:
    """The address with which an end's packets come to others."""
    return end.source_ip if is_pod(end) else end.ip


def is_pod(end: End) -> TypeGuard[PolicyPod]:
    """Whether an end is a pod."""
    return not isinstance(end, (NodeEnd, Outside))


def node_of(end: End) -> str | None:
    """The node whose own network an end is in; None for pods on the pod network and outside ends."""
    if isinstance(end, NodeEnd):
        return end.name
    if isinstance(end, Outside) or not end.on_host_network:
        return None
    return end.node
