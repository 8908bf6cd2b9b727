"""Runs a packet through a bridge's tables: what `ovs-appctl ofproto/trace` does.

In every table the matching flow of the highest priority acts; `goto_table` goes on, `ct(table=…)` starts
again there with the state of the connection, a table without a match drops.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cluster.engine.network.conntrack import Conntrack, Tuple5
from cluster.engine.network.ovs.fields import EST, NEW, RPL, TRK, Field, Packet
from cluster.engine.network.ovs.flow import (
    Action,
    Ct,
    Flow,
    Goto,
    Group,
    Load,
    Move,
    Output,
    OutputToRegister,
    SetField,
)
from cluster.engine.network.ovs.matching import c_hex

LIMIT = 64
"""No packet passes so many tables: a loop would be a mistake in the flows."""


class Switch(Protocol):
    """What is run: a bridge."""

    def lookup(self, table: int, packet: Packet) -> Flow | None:
        """The flow that acts on a packet in a table."""
        ...

    def bucket(self, group: int, packet: Packet) -> Sequence[Action]:
        """The actions that a group chooses for a packet."""
        ...


@dataclass(frozen=True, slots=True)
class Hit:
    """A flow that matched, and the packet after its actions."""

    flow: Flow
    after: Packet


@dataclass(frozen=True, slots=True)
class Sent:
    """A packet that leaves by a port."""

    port: int
    packet: Packet


@dataclass(slots=True)
class Passage:
    """What became of a packet: the flows that matched, and what left the bridge."""

    hits: list[Hit] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)

    @property
    def tables(self) -> tuple[int, ...]:
        """The tables in the order of the matches."""
        return tuple(hit.flow.table for hit in self.hits)


def tuple_of_packet(packet: Packet) -> Tuple5:
    """A packet's five numbers."""
    return Tuple5(
        packet[Field.NW_PROTO],
        packet[Field.NW_SRC],
        packet[Field.TP_SRC],
        packet[Field.NW_DST],
        packet[Field.TP_DST],
    )


def registers(packet: Packet) -> tuple[str, ...]:
    """The registers that are set, as `reg0=0x4c4b41`."""
    named = (("reg0", Field.REG0), ("reg1", Field.REG1), ("reg2", Field.REG2))
    return tuple(f"{name}={c_hex(packet[each])}" for name, each in named if packet[each])


def run(switch: Switch, packet: Packet, conntrack: Conntrack) -> Passage:
    """Send a packet through a bridge, from table 0. The packet itself is left alone."""
    passage = Passage()
    held = list(packet)
    table: int | None = 0
    while table is not None and len(passage.hits) < LIMIT:
        flow = switch.lookup(table, held)
        if flow is None:
            break
        table = _act(switch, flow.actions, held, passage, conntrack)
        passage.hits.append(Hit(flow, list(held)))
    return passage


def _act(
    switch: Switch,
    actions: Iterable[Action],
    packet: Packet,
    passage: Passage,
    conntrack: Conntrack,
) -> int | None:
    """Carry out actions; the table to go on in, or None."""
    following: int | None = None
    for action in actions:
        if isinstance(action, Goto):
            following = action.table
        elif isinstance(action, Output):
            _send(action.port, packet, passage)
        elif isinstance(action, OutputToRegister):
            _send(packet[action.register], packet, passage)
        elif isinstance(action, Move):
            packet[action.target] = packet[action.source]
        elif isinstance(action, Load | SetField):
            packet[action.target] = action.value
        elif isinstance(action, Ct):
            _track(action, packet, conntrack)
            following = action.table if action.table is not None else following
        elif isinstance(action, Group):
            chosen = switch.bucket(action.number, packet)
            following = _act(switch, chosen, packet, passage, conntrack)
    return following


def _send(port: int, packet: Packet, passage: Passage) -> None:
    # OpenFlow never sends a packet back to where it came from, unless told IN_PORT.
    if port != packet[Field.IN_PORT]:
        passage.sent.append(Sent(port, list(packet)))


def _track(action: Ct, packet: Packet, conntrack: Conntrack) -> None:
    key = tuple_of_packet(packet)
    found = conntrack.find(key)
    if action.commit and found is None:
        conntrack.commit(key, key)
    if action.nat and found is not None:
        _rewrite(packet, conntrack.translate(key))
    state = TRK
    if found is None:
        state |= NEW
    else:
        state |= EST | RPL if found[1] else NEW
    packet[Field.CT_STATE] = state


def _rewrite(packet: Packet, key: Tuple5) -> None:
    packet[Field.NW_SRC], packet[Field.TP_SRC] = key.src, key.src_port
    packet[Field.NW_DST], packet[Field.TP_DST] = key.dst, key.dst_port
