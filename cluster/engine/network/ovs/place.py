"""What a node's flows are derived from: its place in the network and the cluster's projects.

The cluster-wide part (`Projects`) is worked out once a view and shared by all nodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from cluster.engine.network.addresses import mac_of
from cluster.engine.network.ovs.fields import mac_number
from cluster.engine.network.plugins.facts import BY_POLICY, BY_VNID
from cluster.engine.network.view import NetworkView, NodeSite, PodSite
from cluster.objects.namespace import Namespace
from cluster.objects.netnamespace import GLOBAL_VNID, MULTICAST, NetNamespace
from cluster.objects.service import HEADLESS, Service


class Projects:
    """The projects' virtual networks, and their pods and services."""

    def __init__(self, view: NetworkView) -> None:
        self.view = view
        self._pods: dict[str, list[PodSite]] = {}

    @cached_property
    def by_vnid(self) -> dict[int, list[str]]:
        """VNID → projects on it, by name."""
        found: dict[int, list[str]] = {}
        for each in self.view.objects.list(NetNamespace):
            found.setdefault(each.netid, []).append(each.metadata.name)
        return {vnid: sorted(names) for vnid, names in found.items()}

    @cached_property
    def names(self) -> list[str]:
        """All projects."""
        return [each.metadata.name for each in self.view.objects.list(Namespace)]

    @cached_property
    def served_vnids(self) -> frozenset[int]:
        """The VNIDs of projects with services that have cluster IPs."""
        spaces = {
            each.metadata.namespace
            for each in self.view.objects.list(Service)
            if each.spec.cluster_ip not in ("", HEADLESS)
        }
        return frozenset(map(self.view.vnid, spaces))

    @cached_property
    def multicast_vnids(self) -> list[int]:
        """The VNIDs all of whose projects have multicast enabled (SDN311 `node/vnids.go`)."""
        enabled: dict[int, bool] = {}
        for each in self.view.objects.list(NetNamespace):
            wants = each.metadata.annotations.get(MULTICAST) == "true"
            enabled[each.netid] = enabled.get(each.netid, True) and wants
        return sorted(vnid for vnid, on in enabled.items() if on)

    def pods(self, namespace: str) -> list[PodSite]:
        """The pods of a project with addresses of their own."""
        held = self._pods.get(namespace)
        if held is None:
            sites = self.view.pods_in(namespace)
            held = self._pods[namespace] = [each for each in sites if not each.on_host_network]
        return held


@dataclass(frozen=True)
class Place:
    """A node that runs OpenShift SDN."""

    view: NetworkView
    node: NodeSite

    @cached_property
    def projects(self) -> Projects:
        """The cluster's projects."""
        return self.view.derived(Projects)

    @cached_property
    def clusters(self) -> tuple[str, ...]:
        """The cluster networks."""
        return tuple(map(str, self.view.cluster_networks))

    @cached_property
    def services(self) -> str:
        """The service network."""
        return str(self.view.service_network)

    @cached_property
    def subnet(self) -> str:
        """The node's subnet; "" while it has none."""
        return "" if self.node.subnet is None else str(self.node.subnet)

    @property
    def gateway(self) -> str:
        """tun0's address."""
        return self.node.gateway

    @cached_property
    def tun_mac(self) -> int:
        """tun0's MAC. The switch makes up a random one; here it is the one of the address."""
        return mac_number(mac_of(self.node.gateway))

    @property
    def is_modern(self) -> bool:
        """OpenShift 4's tables."""
        return self.view.is_modern

    @cached_property
    def by_vnid(self) -> bool:
        """ovs-multitenant."""
        return self.view.plugin.isolation == BY_VNID

    @cached_property
    def by_policy(self) -> bool:
        """ovs-networkpolicy."""
        return self.view.plugin.isolation == BY_POLICY

    @cached_property
    def tracks(self) -> bool:
        """Whether packets go through connection tracking: with policies, and always in OpenShift 4."""
        return self.by_policy or self.is_modern

    @cached_property
    def pods(self) -> list[PodSite]:
        """The node's pods, by port."""
        return sorted(self.view.pods_on(self.node.name), key=self.view.port_of)

    @cached_property
    def pod_by_port(self) -> dict[int, PodSite]:
        """OpenFlow port → pod."""
        return {self.view.port_of(site): site for site in self.pods}

    @cached_property
    def local_vnids(self) -> frozenset[int]:
        """The VNIDs of the node's pods."""
        return frozenset(self.view.vnid(name) for name in {site.namespace for site in self.pods})

    @cached_property
    def checked_vnids(self) -> frozenset[int]:
        """The VNIDs for which ovs-multitenant has a rule: of pods here, in 3.11 of all services too."""
        served = frozenset() if self.is_modern else self.projects.served_vnids
        return (self.local_vnids | served) - {GLOBAL_VNID}
