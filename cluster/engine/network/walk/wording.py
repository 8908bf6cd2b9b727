"""What tables, flows and rules do, in words."""

from __future__ import annotations

from typing import Final

from cluster.engine.network.iptables.rule import (
    ACCEPT,
    DNAT,
    DROP,
    MARK,
    MASQUERADE,
    REJECT,
    RETURN,
    SNAT,
    Rule,
)
from cluster.engine.network.ovs.bridge import Bridge
from cluster.engine.network.ovs.egress import DROP_MARK, MASQUERADE_MARK
from cluster.engine.network.ovs.fields import Field, address
from cluster.engine.network.ovs.flow import Ct, Goto, Group, Output, OutputToRegister
from cluster.engine.network.ovs.interpreter import Hit
from cluster.engine.network.ovs.roles import role
from cluster.engine.network.walk.model import Header

_TARGETS: Final = {
    ACCEPT: "Accepted.",
    DROP: "Dropped.",
    REJECT: 'Rejected: the sender gets an ICMP "port unreachable", which means connection refused.',
    RETURN: "Nothing to do here: back to the chain before.",
}


def flow_said(bridge: Bridge, hit: Hit) -> str:
    """One sentence on what a table is for, and what its flow does."""
    what = role(hit.flow.table, is_modern=bridge.place.is_modern)
    return f"{what}: {_effect(bridge, hit)}."


def _effect(bridge: Bridge, hit: Hit) -> str:
    flow = hit.flow
    if flow.is_drop:
        return "nothing lets it through, dropped"
    parts = [part for part in (_marked(hit), *_moves(bridge, hit)) if part]
    return ", ".join(parts) or "on"


def _marked(hit: Hit) -> str:
    targets = {getattr(action, "target", None) for action in hit.flow.actions}
    if Field.TUN_DST in targets:
        node, vni = hit.after[Field.TUN_DST], hit.after[Field.TUN_ID]
        return f"for node {address(node)} with VNI {vni}"
    if Field.PKT_MARK in targets:
        return f"marked {hit.after[Field.PKT_MARK]:#x} for iptables"
    if Field.REG1 in targets:
        return f"the destination is on VNID {hit.after[Field.REG1]}, port {hit.after[Field.REG2]}"
    if Field.REG0 in targets:
        return f"the source is on VNID {hit.after[Field.REG0]}"
    return ""


def _moves(bridge: Bridge, hit: Hit) -> list[str]:
    said = []
    for action in hit.flow.actions:
        if isinstance(action, Goto):
            said.append(f"on to table {action.table}")
        elif isinstance(action, Ct):
            said.append(_tracking(action))
        elif isinstance(action, Output):
            said.append(f"out of {_port(bridge, action.port)}")
        elif isinstance(action, OutputToRegister):
            said.append(f"let through, out of {_port(bridge, hit.after[action.register])}")
        elif isinstance(action, Group):
            said.append(f"group {action.number} chooses the way")
    return said


def _tracking(action: Ct) -> str:
    if action.nat:
        return f"connection tracking undoes a translation, on to table {action.table}"
    if action.commit:
        onwards = "" if action.table is None else f", on to table {action.table}"
        return f"connection tracking remembers it{onwards}"
    return f"connection tracking looks it up, again from table {action.table}"


def _port(bridge: Bridge, number: int) -> str:
    port = bridge.port(number)
    if port is None:
        return f"port {number}"
    return f"port {number} ({port.name}{f', pod {port.pod}' if port.pod else ''})"


def rule_said(rule: Rule, after: Header) -> str:
    """One sentence on what a rule of iptables does."""
    if rule.target in _TARGETS:
        return _TARGETS[rule.target]
    if rule.target == MARK and rule.clear_mark:
        return "The mark has done its work and is taken away."
    if rule.target == MARK:
        if rule.set_mark == MASQUERADE_MARK:
            return "Marked for masquerading when it leaves."
        return "Marked for dropping." if rule.set_mark == DROP_MARK else "Marked."
    if rule.target == DNAT:
        return f"The destination becomes {rule.to}."
    if rule.target in (MASQUERADE, SNAT):
        return f"The source becomes {after.src}."
    if rule.endpoint:
        chance = f", one chance in {rule.one_in}" if rule.one_in else ""
        return f"The endpoint {rule.endpoint} is chosen{chance}."
    return f"Matches: on to chain {rule.target}."
