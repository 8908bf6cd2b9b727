"""The lease: which process runs the engine of this database."""

from __future__ import annotations

from django.db import models


class Lease(models.Model):
    """One row while an engine runs. `heartbeat` is seconds since 1970 on the machine's clock."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    holder = models.TextField()
    host = models.TextField()
    pid = models.BigIntegerField()
    heartbeat = models.FloatField()

    class Meta:
        db_table = "lease"

    def __str__(self) -> str:
        return f"{self.host}, process {self.pid}"
