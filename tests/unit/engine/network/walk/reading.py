"""Reads a Walk in the shorthand of the reference's step lists."""

from __future__ import annotations

from collections.abc import Iterable

from cluster.engine.network.walk.dispatch import walk
from cluster.engine.network.walk.model import (
    TCP,
    Connection,
    Destination,
    OfPod,
    Source,
    Step,
    Walk,
)
from cluster.objects.meta import Key
from tests.network_cluster import NetworkCluster


def walked(
    cluster: NetworkCluster,
    source: Source | Key,
    destination: Destination | Key,
    port: int = 8080,
    protocol: str = TCP,
    seed: int = 0,
) -> Walk:
    """The walk of a connection; a key stands for a pod."""
    from_ = OfPod(source) if isinstance(source, Key) else source
    to = OfPod(destination) if isinstance(destination, Key) else destination
    asked = Connection(source=from_, destination=to, port=port, protocol=protocol, seed=seed)
    return walk(cluster.view, asked)


def chains(steps: Iterable[Step]) -> list[str]:
    """Every passage of a bridge as `node-a 0 20 21 30`."""
    found: list[str] = []
    is_open = False
    for step in steps:
        if step.device != "br0":
            is_open = False
        elif is_open and step.node == found[-1].partition(" ")[0]:
            found[-1] += f" {step.table}"
        else:
            found.append(f"{step.node} {step.table}")
            is_open = True
    return found


def last_flow(steps: Iterable[Step]) -> Step:
    """The last step in a bridge."""
    return [step for step in steps if step.device == "br0"][-1]


def translations(steps: Iterable[Step]) -> list[tuple[str, str]]:
    """Every change of source or destination, as (from, to)."""
    found = []
    for step in steps:
        before, after = step.before, step.after
        old = f"{before.src} → {before.dst}:{before.dst_port}"
        new = f"{after.src} → {after.dst}:{after.dst_port}"
        if old != new:
            found.append((old, new))
    return found


def vnis(steps: Iterable[Step]) -> list[int]:
    """The VNIs with which vxlan0 wraps the packet."""
    return [
        step.after.vni for step in steps if step.device == "vxlan0" and step.after.vni is not None
    ]
