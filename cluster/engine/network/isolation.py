"""Who is kept from whom by the plugin, one way of isolation a class; pair by pair and in a matrix.

These are the rules that the flow tables carry out, said once more without tables: fast enough for
matrices of many pods. A property test holds them against walks through the tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cluster.engine.network.policy import EgressRules, PolicyIndex
from cluster.engine.network.view import NetworkView, PodSite
from cluster.engine.network.vnids import DEFAULT_PROJECT
from cluster.objects.netnamespace import GLOBAL_VNID

Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether a connection passes; `reason` is a slug, `said` a sentence that names the rule."""

    allowed: bool
    reason: str
    said: str


class Isolation(Protocol):
    """One way of keeping pods apart."""

    def permits(
        self, source: PodSite, destination: PodSite, port: int, protocol: str
    ) -> Permission:
        """Whether a pod may open a connection to another."""
        ...

    def matrix(self, pods: Sequence[PodSite], port: int, protocol: str) -> Booleans:
        """Rows are sources, columns destinations: shape (n, n)."""
        ...


class NoIsolation:
    """ovs-subnet, Flannel, Contiv without policies: everybody reaches everybody."""

    def __init__(self, view: NetworkView) -> None:
        self._title = view.plugin.title

    def permits(
        self, source: PodSite, destination: PodSite, port: int, protocol: str
    ) -> Permission:
        """Always."""
        return Permission(True, "flat", f"{self._title} keeps no pods apart.")

    def matrix(self, pods: Sequence[PodSite], port: int, protocol: str) -> Booleans:
        """All True."""
        return np.ones((len(pods), len(pods)), dtype=np.bool_)


class VnidIsolation:
    """ovs-multitenant: one virtual network a project; network 0 reaches all and is reached by all."""

    def __init__(self, view: NetworkView) -> None:
        self._view = view

    def vnid(self, site: PodSite) -> int:
        """The network that a pod's packets carry: a host's own are on network 0."""
        return GLOBAL_VNID if site.on_host_network else self._view.vnid(site.namespace)

    def permits(
        self, source: PodSite, destination: PodSite, port: int, protocol: str
    ) -> Permission:
        """Equal VNIDs, or one that is 0 (table 80)."""
        one, other = self.vnid(source), self.vnid(destination)
        if GLOBAL_VNID in (one, other):
            return Permission(True, "global-network", "One of both is on the global network 0.")
        if one == other:
            return Permission(True, "same-network", f"Both are on the virtual network {one}.")
        said = (
            f"Project {source.namespace} is on the virtual network {one},"
            f" project {destination.namespace} on {other}."
        )
        return Permission(False, "other-network", said)

    def matrix(self, pods: Sequence[PodSite], port: int, protocol: str) -> Booleans:
        """Compares all VNIDs with all."""
        vnids = np.array([self.vnid(pod) for pod in pods], dtype=np.int64)
        is_global = vnids == GLOBAL_VNID
        same = vnids[:, None] == vnids[None, :]
        return np.asarray(same | is_global[:, None] | is_global[None, :], dtype=np.bool_)


class ZoneIsolation:
    """Nuage: one zone a project; `default` is privileged (nuagekubemon's default ACLs)."""

    def zone(self, site: PodSite) -> str:
        """The zone of a pod; the nodes' own network is outside of all, as the privileged one."""
        return DEFAULT_PROJECT if site.on_host_network else site.namespace

    def permits(
        self, source: PodSite, destination: PodSite, port: int, protocol: str
    ) -> Permission:
        """The same zone, or the privileged one on either side."""
        return self.between(self.zone(source), self.zone(destination))

    def between(self, one: str, other: str) -> Permission:
        """What the ACLs say of a packet from a zone to a pod or a service of another."""
        if one == other:
            return Permission(True, "same-zone", f"Both are in the zone {one}.")
        if DEFAULT_PROJECT in (one, other):
            return Permission(True, "privileged-zone", "The zone default reaches all.")
        return Permission(False, "other-zone", f"No ACL lets the zone {one} into the zone {other}.")

    def matrix(self, pods: Sequence[PodSite], port: int, protocol: str) -> Booleans:
        """Compares all zones with all."""
        zones = np.array([self.zone(pod) for pod in pods])
        privileged = zones == DEFAULT_PROJECT
        same = zones[:, None] == zones[None, :]
        return np.asarray(same | privileged[:, None] | privileged[None, :], dtype=np.bool_)


class PolicyIsolation:
    """ovs-networkpolicy and OVN-Kubernetes: what the projects' NetworkPolicies say."""

    def __init__(self, view: NetworkView) -> None:
        self._index = PolicyIndex.of(view)

    def permits(
        self, source: PodSite, destination: PodSite, port: int, protocol: str
    ) -> Permission:
        """The policies' verdict on the connection."""
        found = self._index.verdict(source, destination, port, protocol)
        return Permission(found.allowed, "policy" if found.decided_by else "no-policy", found.said)

    def matrix(self, pods: Sequence[PodSite], port: int, protocol: str) -> Booleans:
        """The policies' verdicts on all pairs."""
        return self._index.matrix(pods, port, protocol)


class EgressFence:
    """EgressNetworkPolicies: they are about addresses outside, and a pod on the host's network has its
    node's, which is one (tables 100 and 101)."""

    def __init__(self, view: NetworkView) -> None:
        self._view = view
        self._rules = view.derived(EgressRules.of)

    def permits(
        self, source: PodSite, destination: PodSite, port: int, protocol: str
    ) -> Permission:
        """What the project's policy says of the destination's node."""
        if source.on_host_network or not destination.on_host_network:
            return Permission(True, "inside", "EgressNetworkPolicies are about the world outside.")
        node = self._view.node(source.node)
        own = "" if node is None else node.ip
        found = self._rules.verdict(source.namespace, destination.ip, port, protocol, own)
        return Permission(found.allowed, "egress-policy", found.said)

    def matrix(self, pods: Sequence[PodSite], port: int, protocol: str) -> Booleans:
        """Asks once for the pods of a project on a node, and a node that is dialled."""
        allowed = np.ones((len(pods), len(pods)), dtype=np.bool_)
        asked: dict[tuple[str, str, str], bool] = {}
        inner = [(row, pod) for row, pod in enumerate(pods) if not pod.on_host_network]
        dialled = [(column, pod) for column, pod in enumerate(pods) if pod.on_host_network]
        for row, source in inner:
            for column, target in dialled:
                key = source.namespace, source.node, target.ip
                if key not in asked:
                    asked[key] = self.permits(source, target, port, protocol).allowed
                allowed[row, column] = asked[key]
        return allowed


class Both:
    """Two ways of isolation at once: Nuage's zones and the ACLs that it makes of policies; the fences of
    EgressNetworkPolicies and the rest."""

    def __init__(self, first: Isolation, second: Isolation) -> None:
        self._first = first
        self._second = second

    def permits(
        self, source: PodSite, destination: PodSite, port: int, protocol: str
    ) -> Permission:
        """What the first refuses, else what the second says."""
        found = self._first.permits(source, destination, port, protocol)
        return self._second.permits(source, destination, port, protocol) if found.allowed else found

    def matrix(self, pods: Sequence[PodSite], port: int, protocol: str) -> Booleans:
        """What both let pass."""
        first = self._first.matrix(pods, port, protocol)
        return first & self._second.matrix(pods, port, protocol)
