"""What a change of the network plugin would do, worked out beforehand; nothing is changed.

The plan runs the new plugin's own allocators over today's nodes and pods in the order in which the nodes
become ready with the new network, so it names the addresses that they will get if nothing else happens.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from cluster.engine.config import EngineConfig
from cluster.engine.copying import changed
from cluster.engine.network.node_subnets import NoSubnetsAvailableError
from cluster.engine.network.plugins import words
from cluster.engine.network.plugins.addressing import (
    Addressing,
    NetworkNotReadyError,
    addressing_of,
)
from cluster.engine.network.plugins.facts import BY_POLICY, BY_VNID, BY_ZONE, PLUGINS, Plugin
from cluster.engine.network.pod_addresses import AddressesExhaustedError
from cluster.engine.network.view import NetworkView, Objects
from cluster.engine.rng import RandomStream
from cluster.objects.egressnetworkpolicy import EgressNetworkPolicy
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.meta import Key
from cluster.objects.namespace import Namespace
from cluster.objects.netnamespace import NetNamespace
from cluster.objects.networkpolicy import NetworkPolicy
from cluster.objects.node import Node, internal_ip
from cluster.objects.pod import Pod

ROWS = 50
"""Rows of a plan's tables; the counts are of everything."""
SPREAD = 5.0
"""Seconds within which all nodes leave the old network."""
GLOBAL_PROJECT = "default"


@dataclass(frozen=True, slots=True)
class Move:
    """A pod's address before and after; "" after: it gets none."""

    pod: Key
    node: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class SubnetMove:
    """A node's subnet before and after; "" for none."""

    node: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PolicyRef:
    """A policy object."""

    kind: str
    key: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One property of the network before and after, in words."""

    title: str
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        """Whether it differs."""
        return self.before != self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchPlan:
    """What would change. Tables hold the first rows, counts say how many there are in all."""

    old: Plugin
    new: Plugin
    keeps_addresses: bool
    kept: int
    """Pods that have the same address afterwards."""
    moved: int
    moves: tuple[Move, ...]
    homeless: int
    """Pods that would get no address: their node gets no subnet, or addresses run out."""
    restarted: int
    """Pods whose containers start anew."""
    subnets_changed: int
    subnet_moves: tuple[SubnetMove, ...]
    nodes_without_subnet: int
    hostsubnets_created: int
    hostsubnets_removed: int
    netnamespaces_created: int
    netnamespaces_removed: int
    policies_starting: tuple[PolicyRef, ...]
    policies_stopping: tuple[PolicyRef, ...]
    projects_isolated: tuple[str, ...]
    """Projects that others could reach freely, and then cannot."""
    projects_opened: tuple[str, ...]
    properties: tuple[Compared, ...]


def restart_delay(node: str) -> float:
    """Seconds from the change until a node leaves the old network: its own, not all at once."""
    return round(zlib.crc32(node.encode()) / 0xFFFFFFFF * SPREAD, 1)


def node_capacity(plugin: Plugin, config: EngineConfig) -> int | None:
    """How many nodes a plugin has subnets for; None where nodes have none."""
    return addressing_of(plugin, config, RandomStream(0)).capacity()


def plan_switch(
    objects: Objects, config: EngineConfig, new: str, *, lease_state: int, rows: int = ROWS
) -> SwitchPlan:
    """The plan for another plugin. `lease_state` is where the chance of Flannel's leases stands.

    Raises KeyError for a plugin that is not known, AddressError for one that cannot work with the
    cluster network.
    """
    view = NetworkView(objects, config)
    old, plugin = view.plugin, PLUGINS[new]
    keeps = old.family == plugin.family
    nodes = objects.list(Node)
    subnets, moves = _addresses(view, nodes, plugin, config, lease_state, keeps)
    changed_moves = [each for each in moves if each.before != each.after]
    before_after = [
        SubnetMove(node.metadata.name, _subnet(view, node), subnets.get(node.metadata.name, ""))
        for node in nodes
    ]
    changed_subnets = [each for each in before_after if each.before != each.after]
    policies = _policies(objects)
    isolated_before, isolated_after = _isolated(view, old), _isolated(view, plugin)
    gives_subnets = plugin.has_hostsubnets or plugin.has_pod_cidrs
    return SwitchPlan(
        old=old,
        new=plugin,
        keeps_addresses=keeps,
        kept=len(moves) - len(changed_moves),
        moved=sum(1 for each in changed_moves if each.after),
        moves=tuple(changed_moves[:rows]),
        homeless=sum(1 for each in moves if not each.after),
        restarted=0 if keeps else sum(1 for each in moves if each.before),
        subnets_changed=len(changed_subnets),
        subnet_moves=tuple(changed_subnets[:rows]),
        nodes_without_subnet=sum(1 for each in before_after if gives_subnets and not each.after),
        hostsubnets_created=len(subnets) if plugin.has_hostsubnets and not keeps else 0,
        hostsubnets_removed=len(objects.list(HostSubnet)) if _loses_hostsubnets(old, plugin) else 0,
        netnamespaces_created=_netnamespaces(objects, plugin, old),
        netnamespaces_removed=len(objects.list(NetNamespace))
        if old.has_netnamespaces and not plugin.has_netnamespaces
        else 0,
        policies_starting=tuple(p for p in policies if _obeys(plugin, p) and not _obeys(old, p)),
        policies_stopping=tuple(p for p in policies if _obeys(old, p) and not _obeys(plugin, p)),
        projects_isolated=tuple(sorted(isolated_after - isolated_before)),
        projects_opened=tuple(sorted(isolated_before - isolated_after)),
        properties=_properties(view, old, plugin),
    )


# --- addresses ---------------------------------------------------------------------------------------


def _addresses(
    view: NetworkView,
    nodes: list[Node],
    plugin: Plugin,
    config: EngineConfig,
    lease_state: int,
    keeps: bool,
) -> tuple[dict[str, str], list[Move]]:
    """Node → subnet afterwards, and every pod's move."""
    pods = list(_remade(view, nodes))
    if keeps:
        held = {node.metadata.name: _subnet(view, node) for node in nodes}
        same = [
            Move(pod.metadata.key, pod.node_name, pod.status.pod_ip, pod.status.pod_ip)
            for pod in pods
        ]
        return {name: each for name, each in held.items() if each}, same
    addressing = addressing_of(plugin, config, RandomStream.from_state(lease_state))
    subnets = _subnets(addressing, nodes)
    return subnets, [_move(addressing, pod) for pod in pods]


def _subnets(addressing: Addressing, nodes: list[Node]) -> dict[str, str]:
    subnets = {}
    for node in nodes:
        name, ip = node.metadata.name, internal_ip(node)
        try:
            subnets[name] = addressing.allocate_subnet(name, ip)
        except (NoSubnetsAvailableError, NetworkNotReadyError):
            continue
        addressing.learn_subnet(name, ip, subnets[name])
    return subnets


def _remade(view: NetworkView, nodes: list[Node]) -> Iterator[Pod]:
    """The pods with addresses, in the order in which the kubelets make their sandboxes anew."""
    for node in nodes:
        for pod in view.objects.pods_on(node.metadata.name):
            if pod.status.pod_ip and not pod.is_finished and not pod.is_on_host_network:
                yield pod


def _move(addressing: Addressing, pod: Pod) -> Move:
    """A pod that ends soon gets no other address: it keeps none."""
    before = pod.status.pod_ip
    try:
        after = addressing.allocate(changed(pod, status=changed(pod.status, pod_ip="")))
    except (AddressesExhaustedError, NetworkNotReadyError):
        after = ""
    return Move(pod.metadata.key, pod.node_name, before, after)


def _subnet(view: NetworkView, node: Node) -> str:
    site = view.node(node.metadata.name)
    return "" if site is None or site.subnet is None else str(site.subnet)


# --- objects -----------------------------------------------------------------------------------------


def _loses_hostsubnets(old: Plugin, new: Plugin) -> bool:
    return old.has_hostsubnets and not new.has_hostsubnets


def _netnamespaces(objects: Objects, new: Plugin, old: Plugin) -> int:
    if not new.has_netnamespaces or old.has_netnamespaces:
        return 0
    held = {each.metadata.name for each in objects.list(NetNamespace)}
    return sum(1 for each in objects.list(Namespace) if each.metadata.name not in held)


def _policies(objects: Objects) -> list[PolicyRef]:
    return [
        *(PolicyRef("NetworkPolicy", each.metadata.key) for each in objects.list(NetworkPolicy)),
        *(
            PolicyRef("EgressNetworkPolicy", each.metadata.key)
            for each in objects.list(EgressNetworkPolicy)
        ),
    ]


def _obeys(plugin: Plugin, policy: PolicyRef) -> bool:
    if policy.kind == "NetworkPolicy":
        return plugin.obeys_policies
    return plugin.obeys_egress_policies


# --- isolation ---------------------------------------------------------------------------------------


def _isolated(view: NetworkView, plugin: Plugin) -> set[str]:
    """Projects with pods that others cannot simply reach."""
    names = {each.metadata.name for each in view.objects.list(Namespace)}
    if plugin.isolation == BY_ZONE:
        return names - {GLOBAL_PROJECT}
    if plugin.isolation == BY_VNID:
        if view.plugin.has_netnamespaces:
            return {name for name in names if view.vnid(name)}
        return names - {GLOBAL_PROJECT}
    if plugin.isolation == BY_POLICY:
        return {
            each.metadata.namespace
            for each in view.objects.list(NetworkPolicy)
            if "Egress" not in each.spec.policy_types or "Ingress" in each.spec.policy_types
        }
    return set()


# --- words -------------------------------------------------------------------------------------------


def _properties(view: NetworkView, old: Plugin, new: Plugin) -> tuple[Compared, ...]:
    before = words.properties(old, view.is_modern)
    after = words.properties(new, view.is_modern)
    return tuple(
        Compared(title=title, before=held, after=then)
        for (title, held), (_, then) in zip(before, after, strict=True)
    )
