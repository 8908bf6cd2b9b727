"""Multicast: off, unless all projects of a virtual network enable it.

Stands for `UpdateLocalMulticastFlows` and `UpdateVXLANMulticastFlows` of openshift/sdn `ovscontroller.go`:
table 110 lets a network's packets in, 111 copies them to every node, 120 gives them to the pods here.
"""

from __future__ import annotations

from collections.abc import Iterator

from cluster.engine.network.ovs.fields import Field, Packet
from cluster.engine.network.ovs.fields import number as ip_number
from cluster.engine.network.ovs.flow import (
    DEFAULT_PRIORITY,
    TO_VXLAN0,
    Action,
    Flow,
    Goto,
    Output,
    SetField,
)
from cluster.engine.network.ovs.matching import match
from cluster.engine.network.ovs.members import TO_TUNNEL
from cluster.engine.network.ovs.place import Place


class MulticastFlows:
    """Tables 110, 111 and 120."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def of_table(self, table: int) -> Iterator[Flow]:
        """All flows of a table."""
        if table == 111:
            yield self._copies()
            return
        for vnid in self._place.projects.multicast_vnids if self._is_possible else ():
            yield from self._of(vnid, table)

    def near(self, table: int, packet: Packet) -> Iterator[Flow]:
        """The flows of a table that may match a packet."""
        if table == 111:
            yield self._copies()
        elif self._is_possible and packet[Field.REG0] in self._place.projects.multicast_vnids:
            yield from self._of(packet[Field.REG0], table)

    @property
    def _is_possible(self) -> bool:
        return self._place.view.plugin.has_netnamespaces

    def _of(self, vnid: int, table: int) -> Iterator[Flow]:
        # Nodes program a network once they have a pod on it.
        if vnid not in self._place.local_vnids:
            return
        if table == 110:
            yield Flow(110, DEFAULT_PRIORITY, match(reg0=vnid), (Goto(111),))
            return
        view = self._place.view
        sites = [site for site in self._place.pods if view.vnid(site.namespace) == vnid]
        # Sorted as text, as the SDN does it.
        ports = sorted((Output(view.port_of(site)) for site in sites), key=str)
        yield Flow(120, 100, match(reg0=vnid), tuple(ports))

    def _copies(self) -> Flow:
        """Table 111's only flow: one copy to every other node, then the pods here."""
        nodes = [
            each.ip
            for each in self._place.view.nodes()
            if each.name != self._place.node.name and each.subnet is not None
        ]
        actions: list[Action] = [TO_TUNNEL] if nodes else []
        for ip in sorted(nodes):
            actions += [SetField(ip_number(ip), Field.TUN_DST), TO_VXLAN0]
        return Flow(111, 100, (), (*actions, Goto(120)))
