"""The way of a walk: the places that its steps pass, in order, as the picture draws them.

Steps of one device that follow one another are one place. What lies between two places without deciding
anything (a node's eth0; tun0 between br0 and the node's own network) is put in.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

from cluster.objects.meta import Key
from cluster.runtime.network import NetworkView, OfPod, Step, Walk

POD, PROCESS, PARTY, WIRE = "pod", "process", "party", "network"
HOST, ETH0 = "iptables", "eth0"
BR0, TUN0, VXLAN0 = "br0", "tun0", "vxlan0"
_ENDS = {"client": PARTY, "server": PARTY, "network": WIRE, "conntrack": HOST, "iptables": HOST}
_ROUTES = "routes"
_OWN_ROUTES = ("ovn_cluster_router", "alubr0")
"""Devices of plugins that route by themselves, not by the node's routing table."""
_BETWEEN = {
    "sdn": (frozenset({BR0, HOST}), TUN0),
    "flannel": (frozenset({POD, HOST}), "docker0"),
}
"""Plugin family → two places, and the device through which a packet goes from one to the other."""


@dataclass(frozen=True, slots=True)
class Place:
    """A device of a node, or a party: `name` is the pod or the outside address; `node` "" is outside."""

    node: str
    device: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """A packet at a place: the numbers of its steps there, and the tables that it passed."""

    place: Place
    steps: tuple[int, ...] = ()
    tables: tuple[str, ...] = field(default=())


def way(walk: Walk, view: NetworkView) -> list[Visit]:
    """The places of a walk in the order in which the packet comes to them."""
    visits: list[Visit] = []
    for number, step in enumerate(walk.steps, 1):
        place = _place(walk, view, number, step)
        if visits and visits[-1].place == place:
            last = visits.pop()
            visit = replace(last, steps=(*last.steps, number), tables=(*last.tables, step.table))
        else:
            visit = Visit(place, (number,), (step.table,))
        visits.append(visit)
    source = walk.connection.source
    if isinstance(source, OfPod) and visits and visits[0].place.device != POD:
        visits.insert(0, Visit(Place(visits[0].place.node, POD, str(source.key))))
    return _with_between(visits, view.plugin.family)


def _place(walk: Walk, view: NetworkView, number: int, step: Step) -> Place:
    device = _ENDS.get(step.device, step.device)
    if device == WIRE:
        return Place("", WIRE)
    if device == PARTY:
        address = step.before.src if number == 1 else step.before.dst
        return Place("", PARTY, address)
    source = walk.connection.source
    if number == 1 and device == ETH0 and isinstance(source, OfPod):
        return Place(step.node, POD, str(source.key))
    if step.table == _ROUTES and device not in _OWN_ROUTES:
        return Place(step.node, HOST)
    if device == "socket":
        key = None if number == 1 else _pod_at(view, step.before.dst)
        return Place(step.node, PROCESS) if key is None else Place(step.node, POD, str(key))
    return Place(step.node, device)


def _pod_at(view: NetworkView, ip: str) -> Key | None:
    site = view.pod_at(ip)
    return None if site is None else site.key


def _with_between(visits: list[Visit], family: str) -> list[Visit]:
    if not visits:
        return []
    found = [visits[0]]
    for one, other in pairwise(visits):
        between = _between(one.place, other.place, family)
        if between is not None:
            found.append(Visit(between))
        found.append(other)
    return found


def _between(one: Place, other: Place, family: str) -> Place | None:
    """What is passed between two places without a step."""
    if other.device == WIRE:
        return Place(one.node, ETH0) if one.node and one.device != ETH0 else None
    if one.device == WIRE:
        return Place(other.node, ETH0) if other.node and other.device != ETH0 else None
    ends, device = _BETWEEN.get(family, (frozenset(), ""))
    return Place(one.node, device) if {one.device, other.device} == ends else None
