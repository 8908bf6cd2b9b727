"""Replication controllers as rows."""

from cluster import models
from cluster.objects import kinds
from cluster.persistence.mappers.base import DocumentMapper

REPLICATIONCONTROLLER = DocumentMapper(
    kinds.REPLICATIONCONTROLLER,
    models.ReplicationController,
    {
        "replicas": lambda obj: obj.spec.replicas,
        "current_replicas": lambda obj: obj.status.replicas,
        "ready_replicas": lambda obj: obj.status.ready_replicas,
    },
)
