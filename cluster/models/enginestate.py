"""The engine's own state: one row, written together with the objects that it belongs to."""

from __future__ import annotations

from django.db import models

from cluster.models.base import DocumentField


class EngineState(models.Model):
    """Where the cluster stands.

    `version_limit` is above every resourceVersion that was ever given out: after a crash the counter
    goes on there. `config` is what the cluster was set up with; `cursors` says which addresses are next.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    now = models.FloatField()
    rng = models.TextField()
    cursors = DocumentField(default=dict)
    config = DocumentField(default=dict)
    setup = DocumentField(default=dict)
    speed = models.FloatField(default=1.0)
    running = models.BooleanField(default=True)
    version_limit = models.BigIntegerField(default=0)

    class Meta:
        db_table = "enginestate"

    def __str__(self) -> str:
        return f"cluster at {self.now:.3f}"
