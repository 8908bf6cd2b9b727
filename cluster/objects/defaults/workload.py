"""Defaults of ReplicationController and DeploymentConfig."""

from __future__ import annotations

from cluster.objects.deploymentconfig import DeploymentConfig
from cluster.objects.replicationcontroller import ReplicationController


def default_replicationcontroller(controller: ReplicationController) -> ReplicationController:
    """A replication controller."""
    return controller


def default_deploymentconfig(config: DeploymentConfig) -> DeploymentConfig:
    """A deployment config."""
    return config
