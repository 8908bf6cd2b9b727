"""The node's own network: iptables, routes, connection tracking, local delivery. The same for every plugin
with kube-proxy."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from cluster.engine.network.conntrack import tuple_of
from cluster.engine.network.iptables.evaluate import Run, evaluate
from cluster.engine.network.iptables.rule import (
    DROP,
    FILTER,
    NAT,
    REJECT,
    HostPacket,
)
from cluster.engine.network.iptables.tables import tables_of
from cluster.engine.network.ovs.egress import EgressIPs
from cluster.engine.network.ovs.fields import block, number
from cluster.engine.network.view import NetworkView
from cluster.engine.network.walk.blame import blame_rule
from cluster.engine.network.walk.journey import (
    DEFAULT_ROUTE,
    AtHost,
    AtPodNetwork,
    AtSocket,
    Ended,
    FromHost,
    FromTunnel,
    Journey,
    OnWire,
    Place,
    Route,
)
from cluster.engine.network.walk.model import DROPPED, UDP, Header
from cluster.engine.network.walk.wording import rule_said

UPLINK = "eth0"
LOOPBACK = "127.0.0.1"


def local_addresses(view: NetworkView, node: str, gateway: str) -> frozenset[str]:
    """The addresses of a node: its own, the gateway's, its egress IPs."""
    site = view.node(node)
    own = {LOOPBACK, gateway, "" if site is None else site.ip}
    if view.plugin.has_netnamespaces:
        own |= {each.ip for each in view.derived(EgressIPs).of_node(node)}
    return frozenset(own - {""})


def enter(journey: Journey, place: AtHost) -> Place:
    """A packet comes into a node's network by a device."""
    if place.header.outer_dst:
        return _admit_tunnel(journey, place)
    packet = _packet(journey, place.node, place.header, place.device, place.mark)
    known = _known(journey, place.node, packet)
    if known is not None:
        return _pass_on(journey, place.node, known, place.header)
    run = _run(journey, place.node, NAT, "PREROUTING", packet)
    return _pass_on(journey, place.node, run.packet, place.header)


def send(journey: Journey, place: FromHost) -> Place:
    """A process of the node sends."""
    packet = _packet(journey, place.node, place.header, "", 0)
    known = _known(journey, place.node, packet)
    packet = known or _run(journey, place.node, NAT, "OUTPUT", packet).packet
    if packet.header.dst in packet.local:
        return _deliver(journey, place.node, replace(packet, in_device="lo"), place.header)
    route = _route(journey, place.node, packet.header)
    packet = replace(packet, out_device=route.device)
    run = _run(journey, place.node, FILTER, "OUTPUT", packet)
    if run.end in (DROP, REJECT):
        return blame_rule(journey, place.node, run)
    return _leave(journey, place.node, packet, place.header, route)


def _packet(journey: Journey, node: str, header: Header, device: str, mark: int) -> HostPacket:
    gateway = journey.datapath.gateway_device(node)[1]
    local = local_addresses(journey.view, node, gateway) | journey.datapath.own_addresses(node)
    return HostPacket(header=header, in_device=device, mark=mark, local=local)


def _known(journey: Journey, node: str, packet: HostPacket) -> HostPacket | None:
    """A packet of a known connection: translated as the first one was, without a look at the rules."""
    conntrack = journey.conntrack(node)
    key = tuple_of(packet.header)
    found = conntrack.find(key)
    # What br0 alone has tracked is new to the host's rules as long as no reply has come.
    if found is None or not (found[1] or journey.is_reply):
        return None
    after = conntrack.translate(key).header()
    if after != packet.header:
        said = (
            f"Connection tracking knows this connection and translates its reply back:"
            f" {packet.header.src}:{packet.header.src_port} → {packet.header.dst} becomes"
            f" {after.src}:{after.src_port} → {after.dst}."
        )
        journey.note(node, "conntrack", said, packet.header, after, table="nat")
    return replace(packet, header=after, state="ESTABLISHED")


def _pass_on(journey: Journey, node: str, packet: HostPacket, original: Header) -> Place:
    """After PREROUTING: to a socket here, or on to a device."""
    if packet.header.dst in packet.local:
        return _deliver(journey, node, packet, original)
    route = _route(journey, node, packet.header)
    packet = replace(packet, out_device=route.device)
    run = _run(journey, node, FILTER, "FORWARD", packet)
    if run.end in (DROP, REJECT):
        return blame_rule(journey, node, run)
    return _leave(journey, node, packet, original, route)


def _deliver(journey: Journey, node: str, packet: HostPacket, original: Header) -> Place:
    run = _run(journey, node, FILTER, "INPUT", packet)
    if run.end in (DROP, REJECT):
        return blame_rule(journey, node, run)
    journey.conntrack(node).commit(tuple_of(original), tuple_of(packet.header))
    return AtSocket(node, packet.header)


def _leave(
    journey: Journey, node: str, packet: HostPacket, original: Header, route: Route
) -> Place:
    if packet.state == "NEW":
        packet = _run(journey, node, NAT, "POSTROUTING", packet, route.source).packet
        journey.conntrack(node).commit(tuple_of(original), tuple_of(packet.header))
    if route.device == UPLINK:
        return OnWire(node, packet.header, route.via)
    return AtPodNetwork(node, packet.header, route.device)


def _route(journey: Journey, node: str, header: Header) -> Route:
    """The route of a packet: the one with the longest prefix."""
    chosen = route_to(journey, node, header.dst)
    said = f"The routing table of {node} sends it out of {chosen.device}."
    journey.note(node, chosen.device, said, header, table="routes", rule=chosen.text)
    return chosen


def route_to(journey: Journey, node: str, ip: str) -> Route:
    """A node's route to an address: the one with the longest prefix."""
    site = journey.view.node(node)
    own = "" if site is None else site.ip
    routes = (*journey.datapath.routes(node), Route(DEFAULT_ROUTE, UPLINK, own))
    return max(filter(partial(_leads_to, ip), routes), key=_prefix)


def _leads_to(ip: str, route: Route) -> bool:
    if route.cidr == DEFAULT_ROUTE:
        return True
    value, mask = block(route.cidr)
    return number(ip) & mask == value


def _prefix(route: Route) -> int:
    return -1 if route.cidr == DEFAULT_ROUTE else int(route.cidr.partition("/")[2])


def _run(
    journey: Journey, node: str, table: str, chain: str, packet: HostPacket, own: str = ""
) -> Run:
    """Send a packet through a chain and record the rules that matched."""
    tables = tables_of(journey.view, node)
    run = evaluate(tables, table, chain, packet, journey.choice, own)
    before = packet.header
    for matched in run.matched:
        after = matched.after.header
        said = rule_said(matched.rule, after)
        name = f"{table} {matched.rule.chain}"
        journey.note(node, "iptables", said, before, after, table=name, rule=matched.rule.text)
        before = after
    return run


def _admit_tunnel(journey: Journey, place: AtHost) -> Place:
    """A wrapped packet: the node's firewall sees the outer header alone."""
    header = place.header
    outer = Header(
        src=header.outer_src, dst=header.outer_dst, protocol=UDP, dst_port=header.outer_port
    )
    packet = _packet(journey, place.node, outer, place.device, 0)
    tables = tables_of(journey.view, place.node)
    run = evaluate(tables, FILTER, "INPUT", packet, journey.choice)
    for matched in run.matched:
        said = rule_said(matched.rule, outer)
        name = f"{FILTER} {matched.rule.chain}"
        journey.note(place.node, "iptables", said, header, table=name, rule=matched.rule.text)
    if run.end in (DROP, REJECT):
        return Ended(
            DROPPED, "firewall", f"The firewall of {place.node} drops the tunnel's packet."
        )
    return FromTunnel(place.node, header)
