"""The table of deployment configs."""

from __future__ import annotations

from django.db import models

from cluster.models.base import DocumentField, Stored


class DeploymentConfig(Stored):
    """A deployment config with its latest version and its pods."""

    replicas = models.BigIntegerField()
    latest_version = models.BigIntegerField()
    current_replicas = models.BigIntegerField()
    ready_replicas = models.BigIntegerField()
    spec = DocumentField(default=dict)
    status = DocumentField(default=dict)

    class Meta:
        db_table = "deploymentconfig"
