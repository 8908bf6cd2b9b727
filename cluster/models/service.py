"""The table of services."""

from __future__ import annotations

from django.db import models

from cluster.models.base import DocumentField, Stored


class Service(Stored):
    """A service; `type`, `cluster_ip` and `selector` repeat its spec for queries."""

    type = models.TextField(blank=True)
    cluster_ip = models.TextField(blank=True)
    selector = DocumentField(default=dict)
    spec = DocumentField(default=dict)
    status = DocumentField(default=dict)

    class Meta:
        db_table = "service"
