"""Deployment configs as rows."""

from cluster import models
from cluster.objects import kinds
from cluster.persistence.mappers.base import DocumentMapper

DEPLOYMENTCONFIG = DocumentMapper(
    kinds.DEPLOYMENTCONFIG,
    models.DeploymentConfig,
    {
        "replicas": lambda obj: obj.spec.replicas,
        "latest_version": lambda obj: obj.status.latest_version,
        "current_replicas": lambda obj: obj.status.replicas,
        "ready_replicas": lambda obj: obj.status.ready_replicas,
    },
)
