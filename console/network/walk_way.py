"""The way of a walk: the places that its steps pass, in order, as the picture draws them.

Steps of one device that follow one another are one place. What lies between two places without deciding
anything (a node's eth0, and tun0 between br0 and the node's own network) is put in.
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
    return _with_between(visits, has_tun0=view.plugin.family == "sdn")


def _place(walk: Walk, view: NetworkView, number: int, step: Step) -> Place:
    device = _ENDS.get(step.device, step.device)
    if device == WIRE:
        return Place("", WIRE)
    if device == PARTY:
        address = step.before.src if number == 1 else step.before.dst
        return Place("", PARTY, address)
    if step.table == _ROUTES:
        return Place(step.node, HOST)
    source = walk.connection.source
    if device in (ETH0, "lo") and isinstance(source, OfPod):
        return Place(step.node, POD, str(source.key))
    if device == "socket":
        key = None if number == 1 else _pod_at(view, step.before.dst)
        return Place(step.node, PROCESS) if key is None else Place(step.node, POD, str(key))
    return Place(step.node, device)


def _pod_at(view: NetworkView, ip: str) -> Key | None:
    site = view.pod_at(ip)
    return None if site is None else site.key


def _with_between(visits: list[Visit], *, has_tun0: bool) -> list[Visit]:
    if not visits:
        return []
    found = [visits[0]]
    for one, other in pairwise(visits):
        between = _between(one.place, other.place, has_tun0=has_tun0)
        if between is not None:
            found.append(Visit(between))
        found.append(other)
    return found


def _between(one: Place, other: Place, *, has_tun0: bool) -> Place | None:
    """What is passed between two places without a step."""
    if other.device == WIRE:
        return Place(one.node, ETH0) if one.node and one.device != ETH0 else None
    if one.device == WIRE:
        return Place(other.node, ETH0) if other.node and other.device != ETH0 else None
    if has_tun0 and {one.device, other.device} == {BR0, HOST}:
        return Place(one.node, TUN0)
    return None
