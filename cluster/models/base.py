"""What every table of the cluster has: the columns of `metadata`, and the way JSON is kept.

The key is (namespace, name), as in etcd. `resource_version` has no index: it changes with every write.
"""

from __future__ import annotations

import json
from typing import Any

from django.db import models


class DocumentField(models.JSONField):
    """JSON kept as it was written, order and all: PostgreSQL's `json`.

    `jsonb` sorts keys and refuses strings that Kubernetes takes; to query inside, cast to it.
    """

    def db_type(self, connection: Any) -> str | None:
        """`json` on PostgreSQL; elsewhere what Django chooses."""
        return "json" if connection.vendor == "postgresql" else super().db_type(connection)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """The parsed document; psycopg parses `json` by itself."""
        return json.loads(value) if isinstance(value, str) else value


class Stored(models.Model):
    """`metav1.ObjectMeta` as columns. Times are seconds since 1970 on the cluster's clock."""

    pk = models.CompositePrimaryKey("namespace", "name")
    namespace = models.TextField(blank=True)
    name = models.TextField()
    uid = models.TextField()
    resource_version = models.BigIntegerField()
    generation = models.BigIntegerField(default=1)
    generate_name = models.TextField(blank=True)
    created = models.FloatField(null=True)
    deletion_timestamp = models.FloatField(null=True)
    deletion_grace_period_seconds = models.BigIntegerField(null=True)
    labels = DocumentField(default=dict)
    annotations = DocumentField(default=dict)
    owner_references = DocumentField(default=list)
    finalizers = DocumentField(default=list)
    extra = DocumentField(default=dict)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name
