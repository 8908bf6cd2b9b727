"""The flows that every node has: the frame of the tables, set up when the node's SDN starts.

Stands for `SetupOVS` of openshift/sdn `ovscontroller.go` and `Start` of its three policies: rule version 7
(OpenShift 3.11) and 13 (4.x).
"""

from __future__ import annotations

from collections.abc import Iterator

from cluster.engine.network.ovs.fields import RPL, TRK, Field
from cluster.engine.network.ovs.flow import (
    DEFAULT_PRIORITY,
    TO_POD,
    TO_TUN0,
    TUN_PORT_NUMBER,
    VXLAN_PORT_NUMBER,
    Action,
    Ct,
    Flow,
    Goto,
    Move,
    Note,
)
from cluster.engine.network.ovs.matching import match
from cluster.engine.network.ovs.place import Place

RULE_VERSION_3, RULE_VERSION_4 = 7, 13
MULTICAST_BLOCK = "224.0.0.0/4"
DNS_PORT = 53
UNTRACKED, REPLY, NO_REPLY = (0, TRK), (RPL, RPL), (0, RPL)
"""Pairs of value and mask of ct_state: `-trk`, `+rpl`, `-rpl`."""
KEEP_VNID = Move(Field.TUN_ID, Field.REG0)


def frame(place: Place) -> Iterator[Flow]:
    """The flows that do not depend on pods, nodes, services and policies."""
    yield from _dispatch(place)
    # Only known nodes' packets pass. The two flows for hybrid-overlay nodes, which 4.17 adds for the
    # migration to OVN-Kubernetes, are left out: a cluster has one plugin here.
    yield Flow(10, 0)
    yield from _from_pods(place)
    yield from _routing(place, 31 if place.is_modern else 30)
    yield from _to_pods(place)
    yield from _outwards(place)
    version = RULE_VERSION_4 if place.is_modern else RULE_VERSION_3
    plugin = 2 if place.by_policy else int(place.by_vnid)
    yield Flow(253, DEFAULT_PRIORITY, (), (Note(bytes((plugin, version))),))


def _dispatch(place: Place) -> Iterator[Flow]:
    """Table 0: by the port that a packet comes in by."""
    vxlan, tun = VXLAN_PORT_NUMBER, TUN_PORT_NUMBER
    if place.tracks:
        first = 1000 if place.is_modern else 300
        yield Flow(0, first, match("ip", ct=UNTRACKED), (Ct(table=0),))
        yield Flow(0, 400, match("ip", in_port=tun, src=place.gateway), (Goto(30),))
    accepted = (KEEP_VNID, Goto(10))
    for cluster in place.clusters:
        arp = match("arp", in_port=vxlan, src=cluster, dst=place.subnet)
        yield Flow(0, 200, arp, accepted)
        yield Flow(0, 200, match("ip", in_port=vxlan, src=cluster), accepted)
        yield Flow(0, 200, match("ip", in_port=vxlan, dst=cluster), accepted)
        if place.tracks:
            returned = match("ip", in_port=tun, src=place.subnet, dst=cluster)
            yield Flow(0, 300, returned, (Goto(25),))
        arp = match("arp", in_port=tun, src=place.gateway, dst=cluster)
        yield Flow(0, 200, arp, (Goto(30),))
    yield Flow(0, 150, match(in_port=vxlan))
    yield Flow(0, 250, match("ip", in_port=tun, dst=MULTICAST_BLOCK))
    yield Flow(0, 200, match("ip", in_port=tun), (Goto(30),))
    yield Flow(0, 150, match(in_port=tun))
    yield Flow(0, 100, match("arp"), (Goto(20),))
    yield Flow(0, 100, match("ip"), (Goto(20),))
    yield Flow(0, 0)


def _from_pods(place: Place) -> Iterator[Flow]:
    """Tables 20 to 27, and 30 where it is connection tracking: before a packet is routed."""
    yield Flow(20, 0)
    if place.tracks:
        yield Flow(25, 0)
    if not place.is_modern:
        yield Flow(21, 0, (), (Goto(30),))
        if place.by_policy:
            for cluster in place.clusters:
                yield Flow(21, 200, match("ip", dst=cluster), (Ct(table=30, commit=True),))
        return
    vxlan_port = (place.view.plugin.port, 0xFFFF)
    yield Flow(20, 300, match("udp", port=vxlan_port))
    yield Flow(27, 0)
    yield Flow(30, 0, (), (Goto(31),))
    if not place.by_policy:
        yield Flow(27, 500, (), (Goto(30),))
        return
    yield Flow(27, 300, match("ip", dst=place.services), (Goto(30),))
    yield Flow(27, 200, match("ip", ct=REPLY), (Goto(30),))
    for source in place.clusters:
        for target in place.clusters:
            within = match("ip", src=source, dst=target, ct=NO_REPLY)
            yield Flow(30, 100, within, (Ct(table=31, commit=True),))


def _routing(place: Place, table: int) -> Iterator[Flow]:
    """The table that routes by destination: 30 in 3.11, 31 in 4.x."""
    yield Flow(table, 300, match("arp", dst=place.gateway), (TO_TUN0,))
    yield Flow(table, 300, match("ip", dst=place.gateway), (TO_TUN0,))
    yield Flow(table, 200, match("arp", dst=place.subnet), (Goto(40),))
    yield Flow(table, 200, match("ip", dst=place.subnet), (Goto(70),))
    if place.tracks:
        reply = match("ip", dst=place.subnet, ct=REPLY)
        priority = 250 if place.is_modern else 300
        yield Flow(table, priority, reply, (Ct(table=70, nat=True),))
    for cluster in place.clusters:
        yield Flow(table, 100, match("arp", dst=cluster), (Goto(50),))
        yield Flow(table, 100, match("ip", dst=cluster), (Goto(90),))
    yield Flow(table, 100, match("ip", dst=place.services), (Goto(60),))
    from_tunnel = match("ip", in_port=VXLAN_PORT_NUMBER, dst=MULTICAST_BLOCK)
    yield Flow(table, 50, from_tunnel, (Goto(120),))
    yield Flow(table, 25, match("ip", dst=MULTICAST_BLOCK), (Goto(110),))
    yield Flow(table, 0, match("ip"), (Goto(99 if place.is_modern else 100),))
    yield Flow(table, 0, match("arp"))


def _to_pods(place: Place) -> Iterator[Flow]:
    """Tables 40 to 90: to pods here, to other nodes, to services; and 80, which decides."""
    for table in (40, 50, 70, 80, 90):
        yield Flow(table, 0)
    if place.tracks:
        yield Flow(60, 200, (), (TO_TUN0,))
    else:
        yield Flow(60, 200, match(reg0=0), (TO_TUN0,))
    if not place.is_modern:
        yield Flow(60, 0)
    yield Flow(80, 300, match("ip", src=place.gateway), (TO_POD,))
    if place.by_policy:
        yield Flow(80, 200, match("ip", ct=REPLY), (TO_POD,))
    elif place.by_vnid:
        yield Flow(80, 200, match(reg0=0), (TO_POD,))
        yield Flow(80, 200, match(reg1=0), (TO_POD,))
    else:
        yield Flow(80, 200, (), (TO_POD,))


def _outwards(place: Place) -> Iterator[Flow]:
    """Tables 99 to 120: out of the cluster, and multicast."""
    dns, onwards = (99, 100) if place.is_modern else (100, 101)
    for kind in ("tcp", "udp"):
        own_dns = match(kind, dst=place.node.ip, port=(DNS_PORT, 0xFFFF))
        yield Flow(dns, 200, own_dns, (TO_TUN0,))
    last: tuple[Action, ...] = (Goto(onwards),)
    yield Flow(dns, 0, (), last)
    if place.is_modern:
        yield Flow(100, 0, (), (Goto(101),))
        yield Flow(101, 150, match(ct=REPLY), (TO_TUN0,))
    yield Flow(101, 0, (), (TO_TUN0,))
    yield Flow(110, 0)
    yield Flow(120, 0)
