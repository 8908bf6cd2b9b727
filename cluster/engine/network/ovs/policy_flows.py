"""The flows of ovs-networkpolicy: table 80 admits connections to pods, table 27 (4.x) from pods.

Stands for `generateNamespaceFlows` of openshift/sdn `node/networkpolicy.go`: priority 150 admits what a
rule admits, 100 drops the rest of what comes to a selected pod, 50 admits the rest of the project, unless
a policy selects all its pods.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cluster.engine.network.ovs.fields import ALL_32, Field, Match, Packet
from cluster.engine.network.ovs.flow import TO_POD, Action, Flow, Goto
from cluster.engine.network.ovs.matching import match
from cluster.engine.network.ovs.place import Place
from cluster.engine.network.ovs.policy_rules import Peer, Policy, PolicyReader, Port, Rule
from cluster.objects.networkpolicy import EGRESS, INGRESS

ADMITTED, ISOLATED, OPEN = 150, 100, 50
"""Priorities."""


class PolicyFlows:
    """The flows of a node for the projects that have pods on it."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def of_table(self, table: int) -> Iterator[Flow]:
        """All flows of table 80 or 27."""
        for vnid in sorted(self._place.local_vnids):
            yield from self._of(vnid, table, None)

    def near(self, table: int, packet: Packet) -> Iterator[Flow]:
        """The flows of a table that may match a packet."""
        vnid = packet[Field.REG1 if table == 80 else Field.REG0]
        if vnid in self._place.local_vnids:
            yield from self._of(vnid, table, packet)

    def _of(self, vnid: int, table: int, near: Packet | None) -> Iterator[Flow]:
        # Of projects that share a VNID, left over from ovs-multitenant, the plugin knows the last one.
        # One whose project has no NetNamespace yet has no flows: its pods are cut off until it has.
        projects = self._place.projects.by_vnid.get(vnid)
        if not projects:
            return
        project = projects[-1]
        direction = INGRESS if table == 80 else EGRESS
        reader = self._place.view.derived(PolicyReader)
        policies = [each for each in reader.policies(project) if each.rules(direction) is not None]
        maker = _Maker(table, vnid)
        for policy in policies:
            yield from maker.admitted(policy, near)
        if any(policy.selected is None for policy in policies):
            return
        isolated = {ip for policy in policies for ip in policy.selected or ()}
        yield from maker.isolated(isolated, near)
        yield maker.open()


class _Maker:
    """Makes the flows of one direction of one project."""

    def __init__(self, table: int, vnid: int) -> None:
        self._table = table
        self._vnid = vnid
        self._is_ingress = table == 80
        self._go: tuple[Action, ...] = (TO_POD if self._is_ingress else Goto(30),)
        self._own = Field.NW_DST if self._is_ingress else Field.NW_SRC
        self._other = Field.NW_SRC if self._is_ingress else Field.NW_DST

    def admitted(self, policy: Policy, near: Packet | None) -> Iterator[Flow]:
        """What the rules of a policy admit."""
        for target in self._targets(policy.selected, near):
            for rule in policy.rules(INGRESS if self._is_ingress else EGRESS) or ():
                for peer in self._peers(rule, near):
                    for port in rule.ports:
                        yield self._admit(target, peer, port)

    def isolated(self, addresses: Iterable[int], near: Packet | None) -> Iterator[Flow]:
        """What drops the rest."""
        chosen = sorted(addresses) if near is None else {near[self._own]} & set(addresses)
        for address in chosen:
            yield Flow(self._table, ISOLATED, self._match("ip", (address, ALL_32), Peer(), None))

    def open(self) -> Flow:
        """What admits the rest of the project."""
        return Flow(self._table, OPEN, self._match("", None, Peer(), None), self._go)

    def _targets(
        self, selected: frozenset[int] | None, near: Packet | None
    ) -> list[int] | list[None]:
        if selected is None:
            return [None]
        if near is None:
            return sorted(selected)
        return [near[self._own]] if near[self._own] in selected else []

    def _peers(self, rule: Rule, near: Packet | None) -> Iterable[Peer]:
        return rule.peers if near is None else rule.peers_near(near[self._other])

    def _admit(self, target: int | None, peer: Peer, port: Port) -> Flow:
        needs_ip = target is not None or peer.block is not None
        kind = port.protocol or ("ip" if needs_ip else "")
        own = None if target is None else (target, ALL_32)
        return Flow(self._table, ADMITTED, self._match(kind, own, peer, port.port), self._go)

    def _match(
        self,
        kind: str,
        own: tuple[int, int] | None,
        peer: Peer,
        port: tuple[int, int] | None,
    ) -> Match:
        if self._is_ingress:
            return match(
                kind,
                reg0=peer.vnid,
                reg1=self._vnid,
                src=peer.block or "",
                dst=own or "",
                port=port,
            )
        return match(kind, reg0=self._vnid, src=own or "", dst=peer.block or "", port=port)
