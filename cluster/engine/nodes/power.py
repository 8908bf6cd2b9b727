"""What can be done to a node from outside, as changes of the object: power, network, cordon, address.

Each function changes a node as its user wants it; the loops do the rest. A machine that boots says when it
will have started, so that a restarted engine still knows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from cluster.engine.copying import changed
from cluster.objects.meta import rfc3339_exact
from cluster.objects.node import ADDRESS, CUT_FROM, MACHINE, OFF, STARTS_AT, Node, cut_from

BOOT = 30.0
"""Seconds from power-on until the kubelet starts."""
REBOOT = 60.0
"""Seconds that a machine which is rebooted does not answer."""


def powered_off(node: Node) -> Node:
    """The machine loses its power."""
    return _annotated(node, {MACHINE: OFF, STARTS_AT: None})


def starting(node: Node, now: float, seconds: float) -> Node:
    """The machine is off and will have started some seconds from now."""
    at = math.ceil(now + seconds)
    return _annotated(node, {MACHINE: OFF, STARTS_AT: rfc3339_exact(at)})


def cordoned(node: Node, unschedulable: bool) -> Node:
    """`oc adm cordon` and `uncordon`."""
    return changed(node, spec=changed(node.spec, unschedulable=unschedulable))


def cut(node: Node, others: Iterable[str]) -> Node:
    """No packets pass between the node and the others; with all that are not named they do."""
    names = ",".join(sorted(set(others)))
    return _annotated(node, {CUT_FROM: names or None})


def reconnected(node: Node, other: str) -> Node:
    """The node no longer says that it is cut from another one."""
    return cut(node, cut_from(node) - {other})


def moved(node: Node, address: str) -> Node:
    """The machine gets another address."""
    return _annotated(node, {ADDRESS: address})


def _annotated(node: Node, values: Mapping[str, str | None]) -> Node:
    annotations = {**node.metadata.annotations, **values}
    left = {name: value for name, value in annotations.items() if value is not None}
    return changed(node, metadata=changed(node.metadata, annotations=left))
