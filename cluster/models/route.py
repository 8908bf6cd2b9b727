"""The table of routes."""

from __future__ import annotations

from django.db import models

from cluster.models.base import DocumentField, Stored


class Route(Stored):
    """A route; the columns before `spec` repeat it and the status for queries."""

    host = models.TextField(blank=True)
    path = models.TextField(blank=True)
    to_service = models.TextField(blank=True)
    termination = models.TextField(blank=True)
    admitted = models.BooleanField(null=True)
    spec = DocumentField(default=dict)
    status = DocumentField(default=dict)

    class Meta:
        db_table = "route"
