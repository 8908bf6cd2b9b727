"""Whether the router's packets reach a node: its machine runs, and nothing cuts it from the router's.

The router stands on the first master, as in a cluster whose only infrastructure node that is. Packets to a
machine that is off are lost: nobody refuses them, so connecting takes as long as its timeout.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

from cluster.engine.nodes.registration import MASTER
from cluster.objects.node import Node, are_linked, cut_from, is_machine_on

T = TypeVar("T")


class Objects(Protocol):
    """Where nodes are looked up."""

    def get(self, cls: type[T], namespace: str, name: str, /) -> T | None:
        """The object, or None."""
        ...


def is_reached(objects: Objects, node_name: str) -> bool:
    """Whether the router reaches the pods of a node. One that is not in the cluster is not judged."""
    node = objects.get(Node, "", node_name)
    if node is None:
        return True
    router = objects.get(Node, "", MASTER)
    return is_machine_on(node) if router is None else are_linked(node, router)


def reach(node: Node) -> tuple[bool, frozenset[str]]:
    """What of a node decides on who reaches whom."""
    return is_machine_on(node), cut_from(node)
