"""Node: core/v1. A machine of the cluster with its addresses and conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cluster.objects.meta import EMPTY, ObjectMeta, Timestamp, from_rfc3339, named, verbatim

ROLE_PREFIX = "node-role.kubernetes.io/"
MASTER_ROLES = ("master", "control-plane")
MACHINE = "shiftlab.io/machine"
"""Annotation: `Off` for a machine without power. Nothing on it answers, its kubelet reports nothing."""
OFF = "Off"
RUNNING = "Running"
STARTING = "Starting"
STARTS_AT = "shiftlab.io/machine-starts-at"
"""Annotation: when a machine that is off will have started (RFC 3339): it boots, or boots again."""
CUT_FROM = "shiftlab.io/cut-from"
"""Annotation: names of nodes, separated by commas, with which it exchanges no packets."""
ADDRESS = "shiftlab.io/machine-address"
"""Annotation: the address that the machine has been given; its kubelet reports it as InternalIP."""
EVICTING_SINCE = "shiftlab.io/evicting-since"
"""Annotation of the node controller's own (RFC 3339): since when the pods' time to leave has run.

OpenShift 4 keeps this moment in the NoExecute taint, 3.x in the controller's memory alone.
"""
BOOT_ID = "bootID"
"""In `status.nodeInfo`; "" from the end of one boot until the kubelet runs in the next."""
READY, UNKNOWN = "Ready", "Unknown"
NOT_READY_TAINT = "node.kubernetes.io/not-ready"
UNREACHABLE_TAINT = "node.kubernetes.io/unreachable"
UNSCHEDULABLE_TAINT = "node.kubernetes.io/unschedulable"
NO_SCHEDULE, NO_EXECUTE = "NoSchedule", "NoExecute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taint:
    """What keeps pods away from a node."""

    key: str = named("key", "", keep=True)
    value: str = ""
    effect: str = named("effect", "", keep=True)
    time_added: Timestamp | None = None


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
    """A condition; `Ready` is the one that counts.

    `last_heartbeat_time` is None while the kubelet reports: its heartbeats are implied, every ten
    seconds, and never stored. A time is that of its last one.
    """

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


def starts_at(node: Node) -> float | None:
    """When a machine that is off will have started; None: not by itself."""
    return _moment(node, STARTS_AT)


def evicting_since(node: Node) -> float | None:
    """Since when the time runs after which pods leave the node; None: it does not run."""
    return _moment(node, EVICTING_SINCE)


def _moment(node: Node, annotation: str) -> float | None:
    text = node.metadata.annotations.get(annotation, "")
    return from_rfc3339(text) if text else None


def cut_from(node: Node) -> frozenset[str]:
    """The nodes that a broken network keeps it from."""
    return frozenset(filter(None, node.metadata.annotations.get(CUT_FROM, "").split(",")))


def are_linked(one: Node, other: Node) -> bool:
    """Whether two nodes exchange packets; a machine always reaches itself."""
    if not (is_machine_on(one) and is_machine_on(other)):
        return False
    return (
        other.metadata.name not in cut_from(one) and one.metadata.name not in cut_from(other)
    ) or one.metadata.name == other.metadata.name


def condition(node: Node, kind: str = READY) -> NodeCondition | None:
    """A condition of the node."""
    return next((each for each in node.status.conditions if each.type == kind), None)


def is_ready(node: Node) -> bool:
    """Whether the Ready condition is True."""
    return any(each.type == READY and each.status == "True" for each in node.status.conditions)


def silent_since(node: Node) -> float | None:
    """When the kubelet's last heartbeat came; None while it reports."""
    ready = condition(node)
    return None if ready is None else ready.last_heartbeat_time


def is_reporting(node: Node) -> bool:
    """Whether the kubelet runs and the masters hear it."""
    return (
        is_machine_on(node)
        and silent_since(node) is None
        and node.status.node_info.get(BOOT_ID) != ""
    )


def is_master(node: Node) -> bool:
    """Whether the API and the controllers run on it."""
    return any(ROLE_PREFIX + role in node.metadata.labels for role in MASTER_ROLES)


def machine_word(node: Node) -> str:
    """The machine's state: `Running`, `Off`, `Starting`."""
    if is_machine_on(node):
        return RUNNING
    return OFF if starts_at(node) is None else STARTING


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
