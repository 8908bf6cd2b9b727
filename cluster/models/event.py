"""The table of events."""

from __future__ import annotations

from django.db import models

from cluster.models.base import DocumentField, Stored


class Event(Stored):
    """What happened to the object `involved_…`."""

    involved_kind = models.TextField()
    involved_name = models.TextField()
    involved_uid = models.TextField()
    involved_object = DocumentField(default=dict)
    reason = models.TextField(blank=True)
    message = models.TextField(blank=True)
    component = models.TextField(blank=True)
    host = models.TextField(blank=True)
    first_timestamp = models.FloatField(null=True)
    last_timestamp = models.FloatField(null=True)
    count = models.BigIntegerField()
    type = models.TextField()

    class Meta:
        db_table = "event"
