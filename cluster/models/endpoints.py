"""The table of endpoints."""

from __future__ import annotations

from django.db import models

from cluster.models.base import DocumentField, Stored


class Endpoints(Stored):
    """The addresses behind a service; the counts are of addresses."""

    ready = models.IntegerField()
    not_ready = models.IntegerField()
    subsets = DocumentField(default=list)

    class Meta:
        db_table = "endpoints"
