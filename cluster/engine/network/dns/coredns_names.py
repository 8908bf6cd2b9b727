"""How CoreDNS reads a name: `[<endpoint> | <port>.<protocol>].<service>.<namespace>.(svc|pod).<zone>`.

Stands for coredns `plugin/kubernetes/parse.go`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cluster.engine.network.dns.coredns_objects import Wanted
from cluster.engine.network.dns.names import is_under, labels_below

SERVICES: Final = "svc"
PODS: Final = "pod"


@dataclass(frozen=True, slots=True)
class Parsed:
    """The parts of a name; those that it does not have are empty."""

    tree: str = ""
    namespace: str = ""
    name: str = ""
    wanted: Wanted = Wanted()


def parse(name: str, zone: str) -> Parsed | None:
    """The parts of a lower-case name in its zone; None for one that cannot exist."""
    labels = labels_below(zone, name)
    if labels in ([], [SERVICES], [PODS]):
        return Parsed()
    tree = labels.pop()
    if tree not in (SERVICES, PODS):
        return None
    namespace = labels.pop()
    service = labels.pop() if labels else ""
    wanted = parse_wanted(labels)
    return None if wanted is None else Parsed(tree, namespace, service, wanted)


def parse_wanted(labels: list[str]) -> Wanted | None:
    """What the labels before a service ask for; None when they are too many."""
    if not labels:
        return Wanted()
    if len(labels) == 1:
        return Wanted(endpoint=labels[0])
    if len(labels) == 2:
        port, protocol = (label.removeprefix("_") for label in labels)
        return Wanted(port=port, protocol=protocol)
    return None


def zone_of(name: str, zones: Iterable[str]) -> str | None:
    """The longest zone that a lower-case name lies in."""
    return max((zone for zone in zones if is_under(zone, name)), key=len, default=None)
