"""What the console and the data plane ask of the cluster's network. Part of the client: reading only,
from any thread."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from cluster.engine.config import EngineConfig
from cluster.engine.network.iptables.listing import ChainListing, RuleLine, iptables, iptables_save
from cluster.engine.network.ovs.bridge import Interface
from cluster.engine.network.ovs.listing import (
    BridgeListing,
    FlowLine,
    FlowTable,
    dump_flows,
    flow_table,
)
from cluster.engine.network.plugins.facts import OVS_MULTITENANT, PLUGINS, SDN, Plugin
from cluster.engine.network.policy import (
    NOT_ENFORCED,
    EgressRules,
    EgressVerdict,
    PolicyIndex,
    PolicyVerdict,
    semantics_of,
)
from cluster.engine.network.reachability import Cell, Matrix, Reachability
from cluster.engine.network.view import NetworkView, PodSite
from cluster.engine.network.walk.dispatch import NoWalkError, walk
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
from cluster.objects.label_selector import selects
from cluster.objects.meta import Key
from cluster.objects.networkpolicy import NetworkPolicy
from cluster.runtime.policy_effect import PolicyEffect, effect_of, readable

__all__ = [
    "OVS_MULTITENANT",
    "PLUGINS",
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
    "ToAddress",
    "ToNodePort",
    "ToService",
    "Walk",
]


class NetworkPort:
    """Questions about the network, answered from the store as it is now."""

    def __init__(self, store: Store, config: EngineConfig) -> None:
        self._store = store
        self._config = config
        self._view: tuple[int, NetworkView] | None = None
        self._policies: tuple[NetworkView, PolicyIndex] | None = None

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

    # --- packets -----------------------------------------------------------------------------------

    def walk(self, connection: Connection) -> Walk:
        """What happens to a connection's first packet and its answer.

        Raises NoWalkError for a plugin whose packets are not followed.
        """
        return walk(self.view(), connection)

    def flows(self, node: str) -> BridgeListing | None:
        """br0 of a node with its ports and flow tables; None where there is no bridge."""
        view = self.view()
        return flow_table(view, node) if view.plugin.family == SDN else None

    def flows_text(self, node: str) -> str:
        """The flows as `ovs-ofctl -O OpenFlow13 --no-stats dump-flows br0` prints them; "" for none."""
        view = self.view()
        return dump_flows(view, node) if view.plugin.family == SDN else ""

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

    # --- policies ----------------------------------------------------------------------------------

    @property
    def enforces_policies(self) -> bool:
        """Whether NetworkPolicies have an effect under the cluster's plugin."""
        view = self.view()
        return semantics_of(view.plugin, view.is_modern) != NOT_ENFORCED

    def policies(self) -> PolicyIndex:
        """The NetworkPolicies as the plugin enforces them, or as OpenShift SDN's would where it
        enforces none; the same index until the next commit, and compiled ones are kept beyond it."""
        view, held = self.view(), self._policies
        if held is None or held[0] is not view:
            previous = None if held is None else held[1]
            held = self._policies = view, readable(view, previous)
        return held[1]

    def egress_rules(self) -> EgressRules:
        """The EgressNetworkPolicies as the plugin enforces them."""
        return EgressRules.of(self.view())

    def selected_pods(self, policy: NetworkPolicy) -> list[PodSite]:
        """The pods that a policy's `podSelector` matches, by name, whatever the plugin makes of it."""
        found = self.view().pods_in(policy.metadata.namespace)
        selector = policy.spec.pod_selector
        return sorted(
            (pod for pod in found if selects(selector, pod.labels)), key=lambda pod: pod.key
        )

    def affected_pods(self, policy: NetworkPolicy) -> list[PodSite]:
        """The pods that a policy, stored or not, isolates: as `policies()` reads it, by name."""
        keys = {pod.key for pod in self.policies().affected_pods(policy)}
        return [pod for pod in self.sites([policy.metadata.namespace]) if pod.key in keys]

    def policy_effect(
        self,
        namespace: str,
        policy: NetworkPolicy | None,
        replacing: Key | None = None,
        *,
        others: Iterable[str] = (),
        outside: Iterable[str] = (),
        port: int = 8080,
        protocol: str = TCP,
    ) -> PolicyEffect:
        """What saving `policy` in place of `replacing` would change for the pods of a project.

        `None` takes `replacing` away. `others` are projects whose pods are the other ends, `outside`
        addresses beyond the cluster.
        """
        beyond: list[PodSite | Outside] = [*self.sites(others), *map(Outside, outside)]
        pods = self.sites([namespace])
        return effect_of(self.policies(), policy, replacing, pods, beyond, port, protocol)
