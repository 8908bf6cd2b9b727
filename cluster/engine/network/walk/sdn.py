"""OpenShift SDN's datapath: pods on br0, VXLAN between nodes, tun0 towards the node's own network."""

from __future__ import annotations

from dataclasses import replace

from cluster.engine.network.conntrack import Conntrack
from cluster.engine.network.ovs.bridge import Bridge, bridge_of
from cluster.engine.network.ovs.fields import (
    ARP,
    IP,
    PROTOCOLS,
    Field,
    Packet,
    address,
    mac_number,
    number,
    packet,
)
from cluster.engine.network.ovs.flow import TUN_PORT_NUMBER, VXLAN_PORT_NUMBER
from cluster.engine.network.ovs.interpreter import Passage, Sent, registers, run, tuple_of_packet
from cluster.engine.network.view import NetworkView, NodeSite, PodSite
from cluster.engine.network.walk import host
from cluster.engine.network.walk.blame import blame_flow, no_such_address, no_such_service
from cluster.engine.network.walk.journey import (
    AtHost,
    AtPod,
    AtPodNetwork,
    Ended,
    FromPod,
    FromTunnel,
    Journey,
    OnWire,
    Place,
    Route,
)
from cluster.engine.network.walk.model import DELIVERED, DROPPED, Fix, Header
from cluster.engine.network.walk.wire import carry, link_broken
from cluster.engine.network.walk.wording import flow_said
from cluster.objects.meta import Key

TUN0, VXLAN0, BR0 = "tun0", "vxlan0", "br0"


class SdnDatapath:
    """One cluster's."""

    def __init__(self, view: NetworkView) -> None:
        self._view = view
        clusters = [*map(str, view.cluster_networks), str(view.service_network)]
        self._networks = tuple(clusters)

    def routes(self, node: str) -> tuple[Route, ...]:
        """Both the pods' and the services' network lead to tun0."""
        gateway = self.gateway_device(node)[1]
        if not gateway:
            return ()
        return tuple(Route(cidr, TUN0, gateway) for cidr in self._networks)

    def own_addresses(self, node: str) -> frozenset[str]:
        """None but tun0's."""
        return frozenset()

    def gateway_device(self, node: str) -> tuple[str, str]:
        """tun0 with the first address of the node's subnet."""
        site = self._view.node(node)
        return (TUN0, site.gateway) if site is not None and site.gateway else ("", "")

    def from_pod(self, journey: Journey, place: FromPod) -> Place:
        """Out of eth0 into br0, after ARP for a pod on the same wire."""
        site, header = place.site, place.header
        bridge = bridge_of(self._view, site.node)
        if bridge is None:
            return no_network(site.node)
        unanswered = self._ask_arp(journey, bridge, site, header)
        if unanswered is not None:
            return unanswered
        entering = packet_of(header, in_port=self._view.port_of(site))
        return self._through(journey, bridge, entering, header)

    def to_pods(self, journey: Journey, place: AtPodNetwork) -> Place:
        """Out of tun0 into br0."""
        bridge = bridge_of(self._view, place.node)
        if bridge is None:
            return no_network(place.node)
        entering = packet_of(place.header, in_port=TUN_PORT_NUMBER)
        return self._through(journey, bridge, entering, place.header)

    def from_tunnel(self, journey: Journey, place: FromTunnel) -> Place:
        """vxlan0 unwraps the packet and gives it to br0 with its VNI."""
        bridge = bridge_of(self._view, place.node)
        if bridge is None:
            return no_network(place.node)
        outer = place.header
        inner = replace(outer, outer_src="", outer_dst="", outer_port=0, vni=None)
        said = f"vxlan0 unwraps it; the VNI {outer.vni} becomes the tunnel's id."
        journey.note(place.node, VXLAN0, said, outer, inner)
        return self._through(journey, bridge, _unwrapped(outer, inner), inner)

    # --- br0 ---------------------------------------------------------------------------------------

    def _through(self, journey: Journey, bridge: Bridge, entering: Packet, header: Header) -> Place:
        """Run br0's tables and go where they send the packet."""
        node = bridge.place.node
        passage = run(bridge, entering, journey.conntrack(node.name))
        after = note_passage(journey, bridge, passage, header)
        if not passage.sent:
            return self._ended(bridge, passage)
        if is_multicast(header.dst):
            return self._received(header, self._copies(journey, bridge, passage, after))
        return self._sent(journey, bridge, passage.sent[0], after)

    def _ended(self, bridge: Bridge, passage: Passage) -> Place:
        last = passage.hits[-1]
        if last.flow.is_drop:
            return blame_flow(bridge, last)
        # Sent to the port that it came from, where a switch never sends: a service that no rule knows.
        ip, port = address(last.after[Field.NW_DST]), last.after[Field.TP_DST]
        if self._view.is_service_address(ip):
            return no_such_service(self._view, ip, port)
        return Ended(DROPPED, "no-flow", f"br0 of {bridge.place.node.name} sends it nowhere.")

    def _sent(self, journey: Journey, bridge: Bridge, sent: Sent, header: Header) -> Place:
        node = bridge.place.node
        if sent.port == TUN_PORT_NUMBER:
            return AtHost(node.name, header, TUN0, sent.packet[Field.PKT_MARK])
        if sent.port == VXLAN_PORT_NUMBER:
            return OnWire(node.name, self._wrap(journey, node, sent, header))
        site = bridge.place.pod_by_port.get(sent.port)
        if site is None:
            return Ended(DROPPED, "no-flow", f"br0 has no port {sent.port}.")
        return AtPod(site, header)

    def _wrap(self, journey: Journey, node: NodeSite, sent: Sent, header: Header) -> Header:
        vni, target = sent.packet[Field.TUN_ID], address(sent.packet[Field.TUN_DST])
        port = self._view.plugin.port
        wrapped = replace(header, outer_src=node.ip, outer_dst=target, outer_port=port, vni=vni)
        said = f"vxlan0 wraps it: {node.ip} → {target}, UDP port {port}, VNI {vni}, 50 bytes more."
        journey.note(node.name, VXLAN0, said, header, wrapped)
        return wrapped

    # --- multicast ---------------------------------------------------------------------------------

    def _copies(
        self, journey: Journey, bridge: Bridge, passage: Passage, header: Header
    ) -> list[PodSite]:
        """Follow every copy of a packet, in the order in which the switch makes them: its receivers."""
        found: list[PodSite] = []
        for sent in passage.sent:
            if sent.port == VXLAN_PORT_NUMBER:
                wrapped = self._wrap(journey, bridge.place.node, sent, header)
                found += self._elsewhere(journey, OnWire(bridge.place.node.name, wrapped))
            elif (site := bridge.place.pod_by_port.get(sent.port)) is not None:
                found.append(site)
        return found

    def _elsewhere(self, journey: Journey, place: OnWire) -> list[PodSite]:
        """The receivers of a copy on another node; none where it does not come through."""
        arrived = carry(journey, place)
        admitted = host.enter(journey, arrived) if isinstance(arrived, AtHost) else arrived
        bridge = bridge_of(self._view, getattr(admitted, "node", ""))
        if not isinstance(admitted, FromTunnel) or bridge is None:
            return []
        outer = admitted.header
        inner = replace(outer, outer_src="", outer_dst="", outer_port=0, vni=None)
        journey.note(admitted.node, VXLAN0, "vxlan0 unwraps it.", outer, inner)
        entering = _unwrapped(outer, inner)
        passage = run(bridge, entering, journey.conntrack(admitted.node))
        return self._copies(journey, bridge, passage, note_passage(journey, bridge, passage, inner))

    def _received(self, header: Header, pods: list[PodSite]) -> Ended:
        if not pods:
            said = f"Multicast is on, but no other pod of the network is there to get {header.dst}."
            return Ended(DROPPED, "no-receivers", said)
        named = ", ".join(str(site.key) for site in pods)
        return Ended(DELIVERED, "multicast", f"Copies for {header.dst} come to {named}.")

    # --- ARP ---------------------------------------------------------------------------------------

    def _ask_arp(
        self, journey: Journey, bridge: Bridge, site: PodSite, header: Header
    ) -> Place | None:
        """The pods' network is one wire: a pod asks for a pod's MAC, and for the gateway's otherwise."""
        ip = header.dst
        if not self._view.is_cluster_address(ip) or ip == bridge.place.gateway:
            said = f"{site.key} sends it out of eth0 by its default gateway {bridge.place.gateway}."
            journey.note(site.node, "eth0", said, header)
            return None
        passages, is_answered = arp(self._view, site, ip)
        rule = passages[-1].hits[-1].flow.text if passages and passages[-1].hits else ""
        chain = "→".join(str(table) for passage in passages for table in passage.tables)
        if is_answered is None:
            said = f"{site.key} sends it out of eth0 straight to {ip}."
            journey.note(site.node, "eth0", said, header)
            return None
        if not is_answered:
            ended = no_such_address(self._view, ip)
            said = f"{site.key} asks by ARP who has {ip}, through tables {chain}: nobody answers."
            journey.note(site.node, "eth0", said, header, table="ARP", rule=rule)
            return ended
        target = self._view.pod_at(ip)
        mac = "the gateway" if target is None else target.mac
        said = (
            f"{site.key} asks by ARP who has {ip}, through tables {chain}: {mac} answers."
            " It sends the packet out of eth0."
        )
        journey.note(site.node, "eth0", said, header, table="ARP", rule=rule)
        return None


def arp(view: NetworkView, site: PodSite, ip: str) -> tuple[list[Passage], bool | None]:
    """A pod's ARP question for an address: its ways through the bridges, and whether someone answers.

    None: the question is lost between nodes.
    """
    bridge = bridge_of(view, site.node)
    if bridge is None:
        return [], None
    question = packet(
        eth_type=ARP,
        in_port=view.port_of(site),
        nw_src=number(site.ip),
        nw_dst=number(ip),
        arp_sha=mac_number(site.mac),
    )
    passages: list[Passage] = []
    while True:
        passage = run(bridge, question, Conntrack())
        passages.append(passage)
        if not passage.sent:
            return passages, False
        sent = passage.sent[0]
        if sent.port != VXLAN_PORT_NUMBER:
            return passages, True
        target = view.node_at(address(sent.packet[Field.TUN_DST]))
        following = None if target is None else bridge_of(view, target.name)
        if target is None or following is None or link_broken(view, site.node, target.name):
            return passages, None
        question = list(sent.packet)
        question[Field.REG0] = question[Field.REG1] = question[Field.REG2] = 0
        question[Field.IN_PORT] = VXLAN_PORT_NUMBER
        question[Field.TUN_SRC] = number(bridge.place.node.ip)
        bridge = following


def is_multicast(ip: str) -> bool:
    """Whether an address is of 224.0.0.0/4."""
    return number(ip) >> 28 == 0xE


def _unwrapped(outer: Header, inner: Header) -> Packet:
    """What vxlan0 gives to the bridge."""
    entering = packet_of(inner, in_port=VXLAN_PORT_NUMBER)
    entering[Field.TUN_ID] = outer.vni or 0
    entering[Field.TUN_SRC] = number(outer.outer_src)
    return entering


def packet_of(header: Header, in_port: int) -> Packet:
    """A header as the switch sees it."""
    return packet(
        eth_type=IP,
        nw_proto=PROTOCOLS[header.protocol],
        in_port=in_port,
        nw_src=number(header.src),
        nw_dst=number(header.dst),
        tp_src=header.src_port,
        tp_dst=header.dst_port,
    )


def note_passage(journey: Journey, bridge: Bridge, passage: Passage, header: Header) -> Header:
    """Record the flows that matched; the header after them."""
    node = bridge.place.node.name
    before = header
    for hit in passage.hits:
        after = before
        if any(getattr(action, "nat", False) for action in hit.flow.actions):
            after = tuple_of_packet(hit.after).header()
        journey.note(
            node,
            BR0,
            flow_said(bridge, hit),
            before,
            after,
            table=str(hit.flow.table),
            rule=hit.flow.text,
            registers=registers(hit.after),
        )
        before = after
    return before


def no_network(node: str) -> Ended:
    """A node that has no subnet runs no SDN."""
    said = f"{node} has no HostSubnet: its SDN waits for one and its pods have no network."
    fix = Fix(kind="HostSubnet", key=Key("", node), said="Make room in the cluster network.")
    return Ended(DROPPED, "no-subnet", said, (fix,))
