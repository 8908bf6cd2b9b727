"""What should become of connections to services and node ports, read from the reference without any table.

A pair of pods is the matrix's business; a service is one pair more, judged as the plugin judges it: who
the packet is taken for after the addresses were translated, and where that is looked at.
"""

from __future__ import annotations

from cluster.engine.network.kube_proxy import Target, targets
from cluster.engine.network.plugins.facts import (
    BY_POLICY,
    BY_VNID,
    BY_ZONE,
    CONTIV_FAMILY,
    NUAGE_FAMILY,
    OVN,
    SDN,
)
from cluster.engine.network.policy import EgressRules, End, NodeEnd, Outside, PolicyIndex
from cluster.engine.network.reachability import Reachability
from cluster.engine.network.view import NetworkView, NodeSite, PodSite
from cluster.engine.network.vnids import DEFAULT_PROJECT
from cluster.engine.network.walk.model import TCP
from cluster.engine.network.walk.sockets import listener_on_node, listener_on_pod
from cluster.objects.service import Service, ServicePort

GLOBAL = 0


def someone_listens(view: NetworkView, target: Target, protocol: str) -> bool:
    """Whether something takes a connection at an address; outside the cluster something always does."""
    site = view.pod_at(target.ip)
    if site is not None:
        return bool(listener_on_pod(site, target.port))
    node = view.node_at(target.ip)
    return node is None or bool(listener_on_node(view, node.name, target.port, protocol))


def comes_by_service(
    view: NetworkView, source: PodSite, service: Service, target: Target, protocol: str = TCP
) -> bool:
    """Whether a pod's packet to a cluster IP comes to this endpoint (reference §2.5, W3 to W5, §5)."""
    if not may_use(view, source, service):
        return False
    return _comes_to_endpoint(view, source, target, protocol)


def may_use(view: NetworkView, source: PodSite, service: Service) -> bool:
    """Whether a pod may dial a service at all.

    3.11's ovs-multitenant looks at the service's VNID at the client's node, Nuage at its zone.
    """
    if source.on_host_network:
        return True
    if view.plugin.isolation == BY_VNID and not view.is_modern:
        vnids = view.vnid(source.namespace), view.vnid(service.metadata.namespace)
        return vnids[0] == vnids[1] or GLOBAL in vnids
    if view.plugin.isolation == BY_ZONE:
        zones = source.namespace, service.metadata.namespace
        return zones[0] == zones[1] or DEFAULT_PROJECT in zones
    return True


def _comes_to_endpoint(view: NetworkView, source: PodSite, target: Target, protocol: str) -> bool:
    """After the translation: whom the packet is taken for, and whether the way is open."""
    site, node = view.pod_at(target.ip), view.node_at(target.ip)
    if site is None and node is None:
        leaves = not view.is_cluster_address(target.ip) and is_on(view, source.node)
        return leaves and _may_go(view, source, Outside(target.ip), target.port, protocol)
    there = site.node if site is not None else node.name if node is not None else ""
    if not view.are_linked(source.node, there):
        return False
    if site is None:
        # Out of iptables it goes straight to the other machine: no switch sees it again.
        return _may_go(view, source, NodeEnd(there, target.ip), target.port, protocol)
    if view.plugin.isolation == BY_VNID and not view.is_modern:
        # The source has become the node's tun0: network 0.
        return True
    return Reachability(view).between(source, site, target.port, protocol).allowed


def _may_go(view: NetworkView, source: PodSite, destination: End, port: int, protocol: str) -> bool:
    """Egress rules after the translation: OpenShift SDN's iptables send it on without another look."""
    if view.plugin.family == SDN:
        return True
    return PolicyIndex.of(view).verdict(source, destination, port, protocol).allowed


def is_on(view: NetworkView, node: str) -> bool:
    site = view.node(node)
    return site is not None and site.is_on


def admits(view: NetworkView, source: End, site: PodSite, port: int, protocol: str) -> bool:
    """Whether a pod's policies let a party in that is no pod."""
    return PolicyIndex.of(view).verdict(source, site, port, protocol).allowed


def towards_pods(view: NetworkView, node: NodeSite) -> NodeEnd:
    """A node's own network as pods see it: with the address of tun0, ovn-k8s-mp0, or its own."""
    if node.subnet is None:
        return NodeEnd(node.name, node.ip)
    return NodeEnd(node.name, str(node.subnet[2 if view.plugin.family == OVN else 1]))


def service_gateway(view: NetworkView, node: NodeSite) -> NodeEnd:
    """The same for what comes to services: under OVN-Kubernetes by the gateway router."""
    if view.plugin.family != OVN:
        return towards_pods(view, node)
    number = [each.name for each in view.nodes()].index(node.name)
    return NodeEnd(node.name, f"100.64.0.{2 + number}")


def choices_at_node_port(
    view: NetworkView, node: NodeSite, client: str, service: Service, port: ServicePort
) -> tuple[Target, ...]:
    """The endpoints that a node port may lead to; under externalTrafficPolicy Local those of the node,
    unless the client is a pod of the cluster network."""
    found = targets(view, service, port)
    if service.spec.external_traffic_policy != "Local" or view.is_cluster_address(client):
        return found
    return tuple(each for each in found if node_of(view, each) == node.name)


def node_of(view: NetworkView, target: Target) -> str:
    site = view.pod_at(target.ip)
    return target.node or ("" if site is None else site.node)


def comes_by_node_port(
    view: NetworkView, node: NodeSite, client: str, service: Service, target: Target, protocol: str
) -> bool:
    """Whether a packet that has come to a node's port from an address goes on to an endpoint (W7)."""
    site, other = view.pod_at(target.ip), view.node_at(target.ip)
    there = site.node if site is not None else other.name if other is not None else ""
    if there and not view.are_linked(node.name, there):
        return False
    if site is None:
        return other is not None or not view.is_cluster_address(target.ip)
    is_local = service.spec.external_traffic_policy == "Local"
    if not is_local or view.plugin.family in (CONTIV_FAMILY, NUAGE_FAMILY):
        # Contiv and Nuage: pods know no way back to a client outside, so all of it is masqueraded.
        return admits(view, service_gateway(view, node), site, target.port, protocol)
    local = view.pod_at(client)
    if local is None:
        return admits(view, Outside(client), site, target.port, protocol)
    if view.plugin.family == OVN:
        return admits(view, service_gateway(view, node), site, target.port, protocol)
    if view.plugin.isolation == BY_POLICY or view.is_modern:
        return Reachability(view).between(local, site, target.port, protocol).allowed
    return True


def may_leave(view: NetworkView, source: PodSite, ip: str, port: int, protocol: str) -> bool:
    """Whether a pod's packets for an address outside the pods' network leave its switch."""
    own = view.node(source.node)
    if source.on_host_network or own is None:
        return True
    if not EgressRules.of(view).verdict(source.namespace, ip, port, protocol, own.ip).allowed:
        return False
    node = view.node_at(ip)
    end: End = Outside(ip) if node is None else NodeEnd(node.name, ip)
    return PolicyIndex.of(view).verdict(source, end, port, protocol).allowed
