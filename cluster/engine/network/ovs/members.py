"""The flows that come and go with pods, nodes, services and VNIDs: tables 10 to 90.

Every source gives all its flows for a listing, and for one packet those alone that may match it: a walk
through a cluster of thousands of nodes makes a handful of flows. Stands for `setupPodFlows`,
`AddHostSubnetRules`, `AddServiceRules` (openshift/sdn `ovscontroller.go`), `EnsureVNIDRules`
(`multitenant.go`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from cluster.engine.network.ovs.fields import Field, Packet, address
from cluster.engine.network.ovs.fields import number as ip_number
from cluster.engine.network.ovs.flow import (
    TO_POD,
    TO_VXLAN0,
    TUN_PORT_NUMBER,
    Action,
    Flow,
    Goto,
    Load,
    Move,
    Output,
    SetField,
)
from cluster.engine.network.ovs.matching import match
from cluster.engine.network.ovs.place import Place
from cluster.engine.network.view import NodeSite, PodSite
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.service import HEADLESS, Service

FIXED_VNID = "pod.network.openshift.io/fixed-vnid-host"
"""Annotation of a HostSubnet that stands for a host outside the cluster (an F5)."""
TO_TUNNEL = Move(Field.REG0, Field.TUN_ID)
_ADDRESS_BYTES = 0xFFFF_FFFF


class PodFlows:
    """Tables 20, 25, 40 and 70: a node's own pods."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._made: dict[tuple[int, str], tuple[Flow, ...]] = {}

    def of_table(self, table: int) -> Iterator[Flow]:
        """All flows of a table."""
        for site in self._place.pods:
            yield from self._of(site, table)

    def near(self, table: int, packet: Packet) -> Iterable[Flow]:
        """The flows of a table that may match a packet."""
        site = self._addressed(table, packet)
        if site is None:
            return ()
        held = self._made.get((table, site.ip))
        if held is None:
            held = self._made[table, site.ip] = tuple(self._of(site, table))
        return held

    def _addressed(self, table: int, packet: Packet) -> PodSite | None:
        if table == 20:
            return self._place.pod_by_port.get(packet[Field.IN_PORT])
        which = Field.NW_SRC if table == 25 else Field.NW_DST
        return self._place.view.pod_on(self._place.node.name, address(packet[which]))

    def _of(self, site: PodSite, table: int) -> Iterator[Flow]:
        place = self._place
        vnid, port = place.view.vnid(site.namespace), place.view.port_of(site)
        tag = Load(vnid, Field.REG0)
        checked = 27 if place.is_modern else 21
        if table == 20:
            # Only the last four bytes of the sender's MAC are compared: they are the address.
            sender = (ip_number(site.ip), _ADDRESS_BYTES)
            arp = match("arp", in_port=port, src=site.ip, sender_mac=sender)
            yield Flow(20, 100, arp, (tag, Goto(30 if place.is_modern else 21)))
            yield Flow(20, 100, match("ip", in_port=port, src=site.ip), (tag, Goto(checked)))
        elif table == 25 and place.tracks:
            onwards = Goto(27 if place.is_modern else 30)
            yield Flow(25, 100, match("ip", src=site.ip), (tag, onwards))
        elif table == 40:
            yield Flow(40, 100, match("arp", dst=site.ip), (Output(port),))
        elif table == 70:
            found = (Load(vnid, Field.REG1), Load(port, Field.REG2), Goto(80))
            yield Flow(70, 100, match("ip", dst=site.ip), found)


class NodeFlows:
    """Tables 10, 50 and 90: the other nodes."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._made: dict[tuple[int, str], tuple[Flow, ...]] = {}

    def of_table(self, table: int) -> Iterator[Flow]:
        """All flows of a table."""
        for node in self._place.view.nodes():
            if node.name != self._place.node.name and node.subnet is not None:
                yield from self._of(node, table)

    def near(self, table: int, packet: Packet) -> Iterable[Flow]:
        """The flow of a table that may match a packet."""
        view = self._place.view
        if table == 10:
            node = view.node_at(address(packet[Field.TUN_SRC]))
        else:
            node = view.node_of(address(packet[Field.NW_DST]))
        if node is None or node.name == self._place.node.name or node.subnet is None:
            return ()
        held = self._made.get((table, node.name))
        if held is None:
            held = self._made[table, node.name] = tuple(self._of(node, table))
        return held

    def _of(self, node: NodeSite, table: int) -> Iterator[Flow]:
        held = self._place.view.objects.get(HostSubnet, "", node.name)
        cookie = 0 if held is None else subnet_cookie(held)
        if table == 10:
            yield Flow(10, 100, match(tun_src=node.ip), (Goto(30),), cookie)
            return
        fixed = "" if held is None else held.metadata.annotations.get(FIXED_VNID, "")
        vnid = Load(int(fixed), Field.TUN_ID) if fixed.isdecimal() else TO_TUNNEL
        wrapped = (vnid, SetField(ip_number(node.ip), Field.TUN_DST), TO_VXLAN0)
        kind = "arp" if table == 50 else "ip"
        yield Flow(table, 100, match(kind, dst=str(node.subnet)), wrapped, cookie)


class ServiceFlows:
    """Table 60 of 3.11: which project's service a packet is for, so that table 80 can decide."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def of_table(self, table: int) -> Iterator[Flow]:
        """All flows."""
        if not self._place.tracks:
            for service in self._place.view.objects.list(Service):
                yield from self._of(service)

    def near(self, table: int, packet: Packet) -> Iterator[Flow]:
        """The flows of the service that a packet is for."""
        if not self._place.tracks:
            service = self._place.view.service_at(address(packet[Field.NW_DST]))
            if service is not None:
                yield from self._of(service)

    def _of(self, service: Service) -> Iterator[Flow]:
        ip = service.spec.cluster_ip
        if ip in ("", HEADLESS):
            return
        vnid = self._place.view.vnid(service.metadata.namespace)
        found: tuple[Action, ...] = (
            Load(vnid, Field.REG1),
            Load(TUN_PORT_NUMBER, Field.REG2),
            Goto(80),
        )
        yield Flow(60, 100, match("ip", dst=ip, later_fragment=True), found)
        for each in service.spec.ports:
            kind = (each.protocol or "TCP").lower()
            # SDN311 knows no SCTP: it logs an error and programs nothing.
            if kind in ("tcp", "udp"):
                yield Flow(60, 100, match(kind, dst=ip, port=(each.port, 0xFFFF)), found)


class VnidFlows:
    """Table 80 of ovs-multitenant: a network reaches itself."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def of_table(self, table: int) -> Iterator[Flow]:
        """All flows."""
        for vnid in sorted(self._place.checked_vnids):
            yield self._of(vnid)

    def near(self, table: int, packet: Packet) -> Iterator[Flow]:
        """The flow of the network that a packet is for."""
        vnid = packet[Field.REG1]
        # Its own pods' first: the services' VNIDs take a look at every service.
        if vnid and (vnid in self._place.local_vnids or vnid in self._place.checked_vnids):
            yield self._of(vnid)

    def _of(self, vnid: int) -> Flow:
        return Flow(80, 100, match(reg0=vnid, reg1=vnid), (TO_POD,))


def subnet_cookie(subnet: HostSubnet) -> int:
    """The mark by which a node's flows are found again: of the HostSubnet's uid."""
    digest = hashlib.sha256(subnet.metadata.uid.encode()).digest()
    return int.from_bytes(digest[:4], "big")
