"""The physical network: between the machines of the cluster, and to and from the world outside."""

from __future__ import annotations

from cluster.engine.network.iptables.services import ServiceIndex
from cluster.engine.network.ovs.egress import EgressIPs
from cluster.engine.network.view import NetworkView, NodeSite
from cluster.engine.network.walk.journey import (
    AtHost,
    AtOutside,
    Ended,
    Journey,
    OnWire,
    Place,
)
from cluster.engine.network.walk.model import DROPPED, Fix, Header
from cluster.objects.meta import Key

DEVICE, UPLINK = "network", "eth0"
MACHINE_OFF, NO_LINK = "machine-off", "no-link"


def carry(journey: Journey, place: OnWire) -> Place:
    """Bring a packet to the machine that has its address, if the network does."""
    header = place.header
    ip = place.next_hop or header.outer_dst or header.dst
    target = machine_at(journey.view, ip)
    if target is None:
        return _outwards(journey, place, ip)
    broken = link_broken(journey.view, place.node, target.name)
    if broken is not None:
        journey.note(place.node, DEVICE, broken.said, header)
        return broken
    sender = place.node or "outside"
    said = f"The physical network carries it from {sender} to {target.name}."
    journey.note(target.name, DEVICE, said, header)
    return AtHost(target.name, header, UPLINK)


def machine_at(view: NetworkView, ip: str) -> NodeSite | None:
    """The node that answers for an address: its own, an egress IP, a service's external address."""
    found = view.node_at(ip)
    if found is not None:
        return found
    holder = _egress_holder(view, ip)
    if holder is not None:
        return holder
    served = view.derived(ServiceIndex).at(ip)
    if not served or view.is_service_address(ip):
        return None
    # An external IP or a load balancer's leads to the cluster; which node takes it is not ours to know.
    return next((node for node in view.nodes() if node.is_on), None)


def _egress_holder(view: NetworkView, ip: str) -> NodeSite | None:
    return view.derived(EgressIPs).holder(ip) if view.plugin.has_netnamespaces else None


def link_broken(view: NetworkView, sender: str, target: str) -> Ended | None:
    """Why a packet from a node ("": from outside) does not come to another; None if it does."""
    for name in filter(None, (sender, target)):
        site = view.node(name)
        if site is None or not site.is_on:
            said = f"The machine {name} is off: nothing on it sends or answers."
            fix = Fix(kind="Node", key=Key("", name), said=f"Start the machine {name}.")
            return Ended(DROPPED, MACHINE_OFF, said, (fix,))
    if sender and sender != target and not view.are_linked(sender, target):
        said = f"The network between {sender} and {target} is broken."
        fix = Fix(kind="Node", key=Key("", target), said=f"Mend the network to {sender}.")
        return Ended(DROPPED, NO_LINK, said, (fix,))
    return None


def _outwards(journey: Journey, place: OnWire, ip: str) -> Place:
    """To no machine of the cluster: out, or nowhere."""
    if not place.node:
        return outside_in(journey, place.header, ip)
    journey.note(place.node, DEVICE, "It leaves the cluster.", place.header)
    return AtOutside(place.header)


def outside_in(journey: Journey, header: Header, ip: str) -> Ended:
    """Why the world outside cannot reach an address of the cluster's own networks."""
    view = journey.view
    if view.is_service_address(ip):
        said = (
            f"{ip} is a cluster IP: no device has it, no router outside knows the way. It exists only in"
            " iptables on the nodes, so it works from pods and nodes alone."
        )
        ended = Ended(DROPPED, "cluster-ip-from-outside", said, _openings(view, ip))
    elif view.is_cluster_address(ip):
        said = (
            f"{ip} is an address of the pods' network: no router outside knows the way to it."
            " From outside pods are reached by a route, a node port or a load balancer."
        )
        ended = Ended(DROPPED, "pod-ip-from-outside", said)
    else:
        said = f"{ip} is no address of this cluster."
        ended = Ended(DROPPED, "not-here", said)
    journey.note("", DEVICE, ended.said, header)
    return ended


def _openings(view: NetworkView, ip: str) -> tuple[Fix, ...]:
    service = view.service_at(ip)
    if service is None:
        return ()
    advice = "Make it reachable from outside: a Route, type NodePort or type LoadBalancer."
    return (Fix(kind="Service", key=service.metadata.key, said=advice),)
