"""Rules of DeploymentConfig."""

from __future__ import annotations

from cluster.objects.fields import FieldError
from cluster.objects.deploymentconfig import DeploymentConfig


def validate_deploymentconfig(obj: DeploymentConfig) -> list[FieldError]:
    """What is wrong with a new object."""
    return []


def validate_deploymentconfig_update(new: DeploymentConfig, old: DeploymentConfig) -> list[FieldError]:
    """What is wrong with a change."""
    return validate_deploymentconfig(new)
