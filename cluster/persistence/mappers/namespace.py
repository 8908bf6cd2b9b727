"""Namespaces as rows."""

from cluster import models
from cluster.objects import kinds
from cluster.objects.namespace import DISPLAY_NAME, REQUESTER
from cluster.persistence.mappers.base import DocumentMapper

NAMESPACE = DocumentMapper(
    kinds.NAMESPACE,
    models.Namespace,
    {
        "phase": lambda obj: obj.status.phase,
        "display_name": lambda obj: obj.metadata.annotations.get(DISPLAY_NAME, ""),
        "requester": lambda obj: obj.metadata.annotations.get(REQUESTER, ""),
    },
)
