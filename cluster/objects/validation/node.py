"""Rules of Node."""

from __future__ import annotations

from cluster.objects.fields import FieldError
from cluster.objects.node import Node


def validate_node(obj: Node) -> list[FieldError]:
    """What is wrong with a new object."""
    return []


def validate_node_update(new: Node, old: Node) -> list[FieldError]:
    """What is wrong with a change."""
    return validate_node(new)
