"""The table of replication controllers."""

from __future__ import annotations

from django.db import models

from cluster.models.base import DocumentField, Stored


class ReplicationController(Stored):
    """A controller with the pods it wants, has and has ready."""

    replicas = models.BigIntegerField(null=True)
    current_replicas = models.BigIntegerField()
    ready_replicas = models.BigIntegerField()
    spec = DocumentField(default=dict)
    status = DocumentField(default=dict)

    class Meta:
        db_table = "replicationcontroller"
