"""A bridge for people: its ports and tables as data, and as `ovs-ofctl dump-flows` prints them."""

from __future__ import annotations

from dataclasses import dataclass

from cluster.engine.network.ovs.bridge import MOST_FLOWS, Bridge, Interface, bridge_of
from cluster.engine.network.ovs.flow import Flow
from cluster.engine.network.ovs.roles import role
from cluster.engine.network.view import NetworkView


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowLine:
    """A flow. `text` is its line in a dump."""

    priority: int
    match: str
    actions: str
    cookie: str
    text: str
    is_drop: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowTable:
    """A table: its number, what it is for, its flows. `is_cut`: there are more than are listed."""

    number: int
    role: str
    flows: tuple[FlowLine, ...]
    is_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeListing:
    """br0 of a node."""

    node: str
    ports: tuple[Interface, ...]
    tables: tuple[FlowTable, ...]


def flow_table(view: NetworkView, node: str) -> BridgeListing | None:
    """The flow tables of a node; None where there is no bridge."""
    bridge = bridge_of(view, node)
    if bridge is None:
        return None
    tables = tuple(_table(bridge, number) for number in bridge.numbers)
    return BridgeListing(node=node, ports=bridge.ports, tables=tables)


def dump_flows(view: NetworkView, node: str) -> str:
    """What `ovs-ofctl -O OpenFlow13 --no-stats dump-flows br0` prints; "" where there is no bridge."""
    bridge = bridge_of(view, node)
    if bridge is None:
        return ""
    lines = (f" {flow.text}\n" for number in bridge.numbers for flow in bridge.flows(number))
    return "".join(lines)


def _table(bridge: Bridge, number: int) -> FlowTable:
    flows = bridge.flows(number)
    return FlowTable(
        number=number,
        role=role(number, is_modern=bridge.place.is_modern),
        flows=tuple(map(_line, flows)),
        is_cut=len(flows) >= MOST_FLOWS,
    )


def _line(flow: Flow) -> FlowLine:
    return FlowLine(
        priority=flow.priority,
        match=flow.match_text,
        actions=flow.actions_text,
        cookie=f"0x{flow.cookie:x}",
        text=flow.text,
        is_drop=flow.is_drop,
    )
