"""Nodes as rows."""

from cluster import models
from cluster.objects import kinds, node
from cluster.persistence.mappers.base import DocumentMapper

NODE = DocumentMapper(
    kinds.NODE,
    models.Node,
    {
        "internal_ip": node.internal_ip,
        "ready": node.is_ready,
        "unschedulable": lambda obj: obj.spec.unschedulable,
    },
)
