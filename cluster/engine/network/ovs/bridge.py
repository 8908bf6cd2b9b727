"""br0 of a node: its ports and flow tables, whole for a listing and flow by flow for a walk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Protocol

from cluster.engine.network.ovs.egress import EgressIPFlows, EgressPolicyFlows
from cluster.engine.network.ovs.fields import Packet, fits
from cluster.engine.network.ovs.flow import TUN_PORT_NUMBER, VXLAN_PORT_NUMBER, Action, Flow
from cluster.engine.network.ovs.frame import frame
from cluster.engine.network.ovs.members import NodeFlows, PodFlows, ServiceFlows, VnidFlows
from cluster.engine.network.ovs.multicast import MulticastFlows
from cluster.engine.network.ovs.place import Place
from cluster.engine.network.ovs.policy_flows import PolicyFlows
from cluster.engine.network.view import NetworkView
from cluster.objects.meta import Key

MOST_FLOWS = 20_000
"""How many flows of one table are listed: policies can make millions."""


class FlowSource(Protocol):
    """Flows that depend on objects."""

    def of_table(self, table: int) -> Iterator[Flow]:
        """All flows of a table."""
        ...

    def near(self, table: int, packet: Packet) -> Iterable[Flow]:
        """Those that may match a packet; what is left out does not match."""
        ...


@dataclass(frozen=True, slots=True)
class Interface:
    """A port of the bridge. `pod` is None for vxlan0 and tun0."""

    number: int
    name: str
    kind: str
    address: str = ""
    pod: Key | None = None


class Bridge:
    """br0 of one node."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._lists: dict[int, tuple[Flow, ...]] = {}

    @cached_property
    def _fixed(self) -> Mapping[int, tuple[Flow, ...]]:
        """The frame: table → flows, the highest priority first."""
        found: dict[int, list[Flow]] = {}
        for flow in frame(self.place):
            found.setdefault(flow.table, []).append(flow)
        return {table: tuple(sorted(flows, key=_order)) for table, flows in found.items()}

    @cached_property
    def _sources(self) -> Mapping[int, FlowSource]:
        """Table → the source of its other flows."""
        place = self.place
        pods, nodes, multicast = PodFlows(place), NodeFlows(place), MulticastFlows(place)
        sources: dict[int, FlowSource] = {
            10: nodes,
            20: pods,
            40: pods,
            50: nodes,
            60: ServiceFlows(place),
            70: pods,
            90: nodes,
            110: multicast,
            111: multicast,
            120: multicast,
        }
        if place.tracks:
            sources[25] = pods
        if place.by_vnid:
            sources[80] = VnidFlows(place)
        if place.by_policy:
            sources[80] = PolicyFlows(place)
            if place.is_modern:
                sources[27] = sources[80]
        # A plugin without VNIDs starts neither egress IPs nor egress policies (SDN311 `node.go`).
        if place.view.plugin.has_netnamespaces:
            ips, policies = EgressIPFlows(place), EgressPolicyFlows(place)
            sources[100], sources[101] = (policies, ips) if place.is_modern else (ips, policies)
        return sources

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """The tables that are in use."""
        return tuple(sorted({*self._fixed, *self._sources}))

    @cached_property
    def ports(self) -> tuple[Interface, ...]:
        """The ports: vxlan0, tun0, and the host's end of every pod's pair."""
        place = self.place
        first = (
            Interface(VXLAN_PORT_NUMBER, "vxlan0", "vxlan"),
            Interface(TUN_PORT_NUMBER, "tun0", "internal", place.gateway),
        )
        pods = (
            Interface(place.view.port_of(site), site.veth, "veth", site.ip, site.key)
            for site in place.pods
        )
        return (*first, *pods)

    def port(self, number: int) -> Interface | None:
        """A port by its number."""
        if number <= TUN_PORT_NUMBER:
            return next((each for each in self.ports[:2] if each.number == number), None)
        site = self.place.pod_by_port.get(number)
        return Interface(number, site.veth, "veth", site.ip, site.key) if site else None

    def flows(self, table: int) -> tuple[Flow, ...]:
        """The flows of a table, the highest priority first; at most MOST_FLOWS."""
        held = self._lists.get(table)
        if held is None:
            source = self._sources.get(table)
            others = [] if source is None else list(islice(source.of_table(table), MOST_FLOWS))
            both = {each.text: each for each in (*self._fixed.get(table, ()), *others)}
            held = self._lists[table] = tuple(sorted(both.values(), key=_order))
        return held

    def lookup(self, table: int, packet: Packet) -> Flow | None:
        """The flow that acts on a packet: of those that match, the one of the highest priority.

        OpenFlow leaves open which of several it is; here the most specific, then the first listed.
        """
        best = _first(self._fixed.get(table, ()), packet)
        source = self._sources.get(table)
        if source is None:
            return best
        for flow in source.near(table, packet):
            if best is not None and flow.priority < best.priority:
                continue
            if fits(flow.match, packet) and (best is None or _order(flow) < _order(best)):
                best = flow
        return best

    def bucket(self, group: int, packet: Packet) -> Sequence[Action]:
        """What a group chooses: only egress IPs have groups."""
        source = self._sources.get(101)
        return source.bucket(group, packet) if isinstance(source, EgressIPFlows) else ()


class Bridges:
    """The bridges of a cluster."""

    def __init__(self, view: NetworkView) -> None:
        self._view = view
        self._held: dict[str, Bridge | None] = {}

    def of(self, node: str) -> Bridge | None:
        """br0 of a node; None while the node has no subnet: its SDN waits for one."""
        if node not in self._held:
            site = self._view.node(node)
            is_set_up = site is not None and site.subnet is not None
            place = Place(self._view, site) if site is not None and is_set_up else None
            self._held[node] = None if place is None else Bridge(place)
        return self._held[node]


def bridge_of(view: NetworkView, node: str) -> Bridge | None:
    """br0 of a node; None where there is none."""
    return view.derived(Bridges).of(node)


def _first(flows: Iterable[Flow], packet: Packet) -> Flow | None:
    return next((flow for flow in flows if fits(flow.match, packet)), None)


def _order(flow: Flow) -> tuple[int, int]:
    """The highest priority first, then the most specific: 3.11 has flows of equal priority that overlap
    (a reply to the gateway; what tun0 gives back), and this is how they are meant."""
    return -flow.priority, -flow.specificity
