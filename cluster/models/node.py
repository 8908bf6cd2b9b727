"""The table of nodes."""

from __future__ import annotations

from django.db import models

from cluster.models.base import DocumentField, Stored


class Node(Stored):
    """A node; `internal_ip` and `ready` are read off its status."""

    internal_ip = models.TextField(blank=True)
    ready = models.BooleanField()
    unschedulable = models.BooleanField()
    spec = DocumentField(default=dict)
    status = DocumentField(default=dict)

    class Meta:
        db_table = "node"
