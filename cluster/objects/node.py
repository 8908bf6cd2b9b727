"""Node: core/v1. A machine of the cluster with its addresses and conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cluster.objects.meta import EMPTY, ObjectMeta, Timestamp, named, verbatim

ROLE_PREFIX = "node-role.kubernetes.io/"
MACHINE = "shiftlab.io/machine"
"""Annotation: `Off` for a machine without power. Nothing on it answers, its kubelet reports nothing."""
OFF = "Off"
CUT_FROM = "shiftlab.io/cut-from"
"""Annotation: names of nodes, separated by commas, with which it exchanges no packets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taint:
    """What keeps pods away from a node."""

    key: str = named("key", "", keep=True)
    value: str = ""
    effect: str = named("effect", "", keep=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSpec:
    """`spec`."""

    unschedulable: bool = False
    taints: tuple[Taint, ...] = ()
    extra: Mapping[str, Any] = verbatim("podCIDR", "podCIDRs", "providerID", "externalID")


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAddress:
    """An address: type InternalIP or Hostname."""

    type: str = named("type", "", keep=True)
    address: str = named("address", "", keep=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCondition:
    """A condition; `Ready` is the one that counts."""

    type: str = named("type", "", keep=True)
    status: str = named("status", "", keep=True)
    reason: str = ""
    message: str = ""
    last_heartbeat_time: Timestamp | None = None
    last_transition_time: Timestamp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeStatus:
    """`status`."""

    addresses: tuple[NodeAddress, ...] = ()
    conditions: tuple[NodeCondition, ...] = ()
    capacity: Mapping[str, str] = EMPTY
    allocatable: Mapping[str, str] = EMPTY
    node_info: Mapping[str, str] = EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node."""

    metadata: ObjectMeta
    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()


def internal_ip(node: Node) -> str:
    """The node's InternalIP, or ""."""
    return next((each.address for each in node.status.addresses if each.type == "InternalIP"), "")


def pod_cidr(node: Node) -> str:
    """The node's pod subnet where it stands in the node itself, or ""."""
    return str(node.spec.extra.get("podCIDR", "")) if node.spec.extra else ""


def is_machine_on(node: Node) -> bool:
    """Whether the machine runs."""
    return node.metadata.annotations.get(MACHINE, "") != OFF


def cut_from(node: Node) -> frozenset[str]:
    """The nodes that a broken network keeps it from."""
    return frozenset(filter(None, node.metadata.annotations.get(CUT_FROM, "").split(",")))


def is_ready(node: Node) -> bool:
    """Whether the Ready condition is True."""
    return any(each.type == "Ready" and each.status == "True" for each in node.status.conditions)


def roles(node: Node) -> str:
    """The ROLES column: `master`, `worker`."""
    found = sorted(
        name.removeprefix(ROLE_PREFIX)
        for name in node.metadata.labels
        if name.startswith(ROLE_PREFIX)
    )
    return ",".join(found) or "<none>"


def status_word(node: Node) -> str:
    """The STATUS column: `Ready`, `NotReady`, with `,SchedulingDisabled`."""
    word = "Ready" if is_ready(node) else "NotReady"
    return f"{word},SchedulingDisabled" if node.spec.unschedulable else word
