"""Runs a packet through a chain, as the kernel does: the first rule that ends it decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from cluster.engine.network.iptables.rule import (
    ACCEPT,
    DNAT,
    DROP,
    MARK,
    MASQUERADE,
    NOTRACK,
    REJECT,
    RETURN,
    SNAT,
    HostPacket,
    Rule,
)
from cluster.engine.network.iptables.tables import NodeTables
from cluster.engine.network.kube_proxy import Draw, affinity_seed
from cluster.engine.network.walk.model import Header

ENDS: Final = frozenset((ACCEPT, DROP, REJECT, DNAT, SNAT, MASQUERADE, NOTRACK))


@dataclass(frozen=True, slots=True)
class Matched:
    """A rule that matched, in its table, and the packet after it."""

    table: str
    rule: Rule
    after: HostPacket


@dataclass(slots=True)
class Choice:
    """What chance decides: the dice, or the endpoint ("ip:port") that is wanted."""

    draw: Draw
    wanted: str = ""
    _of_client: Draw | None = None

    def is_wanted_in(self, rules: Sequence[Rule]) -> bool:
        """Whether a chain leads to the endpoint that is wanted; if it does not, chance decides."""
        return bool(self.wanted) and any(rule.endpoint == self.wanted for rule in rules)

    def takes(self, rule: Rule, packet: HostPacket, *, is_wanted: bool) -> bool:
        """Whether a rule applies to a packet, as far as it is a matter of chance."""
        if is_wanted and rule.endpoint:
            return rule.endpoint == self.wanted
        draw = self._draw(rule, packet)
        if rule.one_in:
            return draw.hits(rule.one_in)
        if rule.endpoint:
            draw.start_anew()
        return True

    def _draw(self, rule: Rule, packet: HostPacket) -> Draw:
        if not rule.is_sticky:
            return self.draw
        if self._of_client is None:
            self._of_client = Draw(affinity_seed(packet.header.src))
        return self._of_client


@dataclass(slots=True)
class Run:
    """A packet's way through a table: the rules that matched, and how it ended ("": the policy)."""

    packet: HostPacket
    matched: list[Matched] = field(default_factory=list)
    end: str = ""


def evaluate(
    tables: NodeTables,
    table: str,
    chain: str,
    packet: HostPacket,
    choice: Choice,
    own_address: str = "",
) -> Run:
    """Send a packet through a chain. `own_address` is what MASQUERADE puts in as source."""
    run = Run(packet)
    run.end = _walk(tables, table, chain, run, choice, own_address)
    return run


def _walk(
    tables: NodeTables, table: str, chain: str, run: Run, choice: Choice, own_address: str
) -> str:
    rules = tables.near(table, chain, run.packet)
    is_wanted = choice.is_wanted_in(rules)
    for rule in rules:
        if not rule.fits(run.packet) or not choice.takes(rule, run.packet, is_wanted=is_wanted):
            continue
        if rule.target == RETURN:
            run.matched.append(Matched(table, rule, run.packet))
            return ""
        if rule.target in ENDS or rule.target == MARK:
            run.packet = _apply(rule, run.packet, own_address)
            run.matched.append(Matched(table, rule, run.packet))
            if rule.target in ENDS:
                return rule.target
            continue
        before = len(run.matched)
        run.matched.append(Matched(table, rule, run.packet))
        end = _walk(tables, table, rule.target, run, choice, own_address)
        if end:
            return end
        # A jump that led to nothing says nothing.
        if len(run.matched) == before + 1:
            run.matched.pop()
    return ""


def _apply(rule: Rule, packet: HostPacket, own_address: str) -> HostPacket:
    header = packet.header
    if rule.target == MARK:
        return replace(packet, mark=(packet.mark | rule.set_mark) & ~rule.clear_mark)
    if rule.target == DNAT:
        ip, _, port = rule.to.partition(":")
        return packet.with_header(replace(header, dst=ip, dst_port=int(port or header.dst_port)))
    if rule.target == SNAT:
        return packet.with_header(_from(header, rule.to))
    return packet.with_header(_from(header, own_address)) if rule.target == MASQUERADE else packet


def _from(header: Header, ip: str) -> Header:
    return replace(header, src=ip)
