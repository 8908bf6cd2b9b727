"""What the console and the data plane ask of the cluster's network. Part of the client: reading only,
from any thread."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from cluster.engine.config import EngineConfig
from cluster.engine.network.iptables.listing import ChainListing, RuleLine, iptables, iptables_save
from cluster.engine.network.kube_proxy import port_of, targets
from cluster.engine.network.ovs.bridge import Interface
from cluster.engine.network.ovs.listing import (
    BridgeListing,
    FlowLine,
    FlowTable,
    dump_flows,
    flow_table,
)
from cluster.engine.network.plugins import switching, words
from cluster.engine.network.plugins.facts import (
    CONTIV_FAMILY,
    NUAGE_FAMILY,
    OVS_MULTITENANT,
    PLUGINS,
    SDN,
    Plugin,
)
from cluster.engine.network.plugins.switching import SwitchPlan
from cluster.engine.network.policy import EgressRules, EgressVerdict, PolicyIndex, PolicyVerdict
from cluster.engine.network.reachability import Cell, Matrix, Reachability
from cluster.engine.network.view import NetworkView, PodSite
from cluster.engine.network.walk.checks import BadConnectionError
from cluster.engine.network.walk.dispatch import NoWalkError, node_listing, walk
from cluster.engine.network.walk.model import (
    TCP,
    Connection,
    Fix,
    Header,
    OfPod,
    OnNode,
    Outside,
    Step,
    ToAddress,
    ToNodePort,
    ToService,
    Walk,
)
from cluster.engine.store import Store
from cluster.objects import kinds
from cluster.objects.meta import Key
from cluster.objects.service import Service
from cluster.runtime.policies import PolicyQuestions
from cluster.runtime.policy_effect import PolicyEffect

__all__ = [
    "OVS_MULTITENANT",
    "PLUGINS",
    "BadConnectionError",
    "BridgeListing",
    "Cell",
    "ChainListing",
    "Connection",
    "EgressRules",
    "EgressVerdict",
    "Fix",
    "FlowLine",
    "FlowTable",
    "Header",
    "Interface",
    "Matrix",
    "NetworkPort",
    "NetworkView",
    "NoWalkError",
    "OfPod",
    "OnNode",
    "Outside",
    "Plugin",
    "PodSite",
    "PolicyEffect",
    "PolicyIndex",
    "PolicyVerdict",
    "RuleLine",
    "Step",
    "SwitchPlan",
    "ToAddress",
    "ToNodePort",
    "ToService",
    "Walk",
]


class NetworkPort(PolicyQuestions):
    """Questions about the network, answered from the store as it is now."""

    def __init__(
        self, store: Store, config: EngineConfig, lease_state: Callable[[], int] = lambda: 0
    ) -> None:
        super().__init__()
        self._store = store
        self._config = config
        self._lease_state = lease_state
        self._view: tuple[int, NetworkView] | None = None

    @property
    def plugin(self) -> Plugin:
        """The plugin that the cluster runs."""
        return self.view().plugin

    def view(self) -> NetworkView:
        """The network as it is; the same one until the next commit."""
        held = self._view
        if held is None or held[0] != self._store.version:
            held = self._view = self._store.version, NetworkView(self._store, self._config)
        return held[1]

    # --- plugins -----------------------------------------------------------------------------------

    def properties(self) -> list[tuple[str, str]]:
        """What the plugin does, in words: titles and sentences."""
        return words.properties(self.plugin, self.view().is_modern)

    def gives_node_subnets(self) -> bool:
        """Whether every node has a subnet of its own for its pods."""
        return self.plugin.family not in (CONTIV_FAMILY, NUAGE_FAMILY)

    def subnets_said(self) -> str:
        """Which object holds the subnets."""
        return words.subnets(self.plugin)

    def node_capacity(self) -> int | None:
        """How many nodes the plugin has subnets for; None where nodes have none."""
        return switching.node_capacity(self.plugin, self._config)

    def plan_switch(self, plugin: str) -> SwitchPlan:
        """What giving the cluster another plugin would change; nothing is changed.

        Raises KeyError for an unknown plugin, ValueError for one that cannot work here.
        """
        return switching.plan_switch(
            self._store, self._config, plugin, lease_state=self._lease_state()
        )

    # --- packets -----------------------------------------------------------------------------------

    def walk(self, connection: Connection) -> Walk:
        """What happens to a connection's first packet and its answer.

        Raises BadConnectionError for a question that no packet can ask, NoWalkError for a plugin whose
        packets are not followed.
        """
        return walk(self.view(), connection)

    def endpoints_of(self, connection: Connection) -> list[str]:
        """The `ip:port` among which kube-proxy chooses; none where no service is dialled."""
        destination = connection.destination
        if not isinstance(destination, ToService):
            return []
        service = self._store.get(Service, *destination.key)
        port = service and port_of(service, connection.port, connection.protocol)
        return (
            [str(each) for each in targets(self.view(), service, port)] if service and port else []
        )

    def flows(self, node: str) -> BridgeListing | None:
        """br0 of a node with its ports and flow tables; None where there is no bridge."""
        view = self.view()
        return flow_table(view, node) if view.plugin.family == SDN else None

    def flows_text(self, node: str) -> str:
        """The flows as `ovs-ofctl -O OpenFlow13 --no-stats dump-flows br0` prints them; "" for none."""
        view = self.view()
        return dump_flows(view, node) if view.plugin.family == SDN else ""

    def node_listing(self, node: str) -> str:
        """Routes, ACLs, tables of a node as its plugin's tools print them; "" under OpenShift SDN."""
        return node_listing(self.view(), node)

    def iptables(self, node: str) -> tuple[ChainListing, ...]:
        """The chains of a node, table by table."""
        return iptables(self.view(), node)

    def iptables_text(self, node: str) -> str:
        """The chains as `iptables-save` prints them."""
        return iptables_save(self.view(), node)

    # --- reachability ------------------------------------------------------------------------------

    def sites(self, namespaces: Iterable[str]) -> list[PodSite]:
        """The pods of some projects that have their network, by project and name."""
        view = self.view()
        pods = [pod for name in namespaces for pod in self._store.list(kinds.POD.cls, name)]
        found = [view.pod(pod.metadata.key) for pod in pods]
        return sorted((site for site in found if site is not None), key=lambda site: site.key)

    def projects_matrix(
        self, namespaces: Collection[str], port: int, protocol: str = TCP
    ) -> Matrix:
        """Which projects' pods reach which: groups are the names of projects."""
        sites = self.sites(sorted(namespaces))
        return Reachability(self.view()).grouped(sites, lambda site: site.namespace, port, protocol)

    def workloads_matrix(
        self, namespaces: Collection[str], port: int, protocol: str = TCP
    ) -> Matrix:
        """Which workloads' pods reach which: groups are keys of DeploymentConfigs, controllers, pods."""
        sites = self.sites(sorted(namespaces))
        return Reachability(self.view()).grouped(sites, self._workload, port, protocol)

    def pods_matrix(self, sites: Collection[PodSite], port: int, protocol: str = TCP) -> Matrix:
        """Which pods reach which: groups are keys of pods."""
        return Reachability(self.view()).grouped(list(sites), lambda site: site.key, port, protocol)

    def workload(self, site: PodSite) -> Key:
        """The key of the DeploymentConfig, controller or bare pod that a pod belongs to."""
        return self._workload(site)

    def _workload(self, site: PodSite) -> Key:
        """The key of what made a pod, as users know it: its DeploymentConfig if it has one."""
        owner = site.pod.metadata.controller()
        if owner is None:
            return site.key
        controller = self._store.get(kinds.REPLICATIONCONTROLLER.cls, site.namespace, owner.name)
        above = None if controller is None else controller.metadata.controller()
        return Key(site.namespace, owner.name if above is None else above.name)
