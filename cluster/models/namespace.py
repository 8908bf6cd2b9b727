"""The table of namespaces (served as projects too)."""

from __future__ import annotations

from django.db import models

from cluster.models.base import DocumentField, Stored


class Namespace(Stored):
    """A namespace."""

    phase = models.TextField()
    display_name = models.TextField(blank=True)
    requester = models.TextField(blank=True)
    spec = DocumentField(default=dict)
    status = DocumentField(default=dict)

    class Meta:
        db_table = "namespace"
