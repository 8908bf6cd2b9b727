"""The table of simulated visitors."""

from __future__ import annotations

from django.db import models

from cluster.models.base import Stored


class Visitors(Stored):
    """A group of visitors of a route."""

    route = models.TextField()
    requests_per_second = models.FloatField()
    clients = models.BigIntegerField()
    network = models.TextField()
    cookie_percent = models.BigIntegerField()
    scheme = models.TextField()
    path = models.TextField()
    hold_milliseconds = models.BigIntegerField()
    stopped = models.BooleanField()

    class Meta:
        db_table = "visitors"
