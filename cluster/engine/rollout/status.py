"""What a DeploymentConfig says of itself: counts and the conditions Available and Progressing.

Stands for openshift-controller-manager `deploymentconfig: updateStatus, updateConditions`; reasons and
messages are its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from cluster.engine.rollout.deployment import CANCELLED_ANNOTATION, phase_of
from cluster.engine.rollout.rolling import limits, wanted_of
from cluster.objects.deploymentconfig import (
    COMPLETE,
    FAILED,
    RUNNING,
    DeploymentCondition,
    DeploymentConfig,
    DeploymentConfigStatus,
)
from cluster.objects.meta import Timestamp
from cluster.objects.replicationcontroller import ReplicationController

AVAILABLE, PROGRESSING = "Available", "Progressing"


def status_of(
    config: DeploymentConfig,
    latest: ReplicationController | None,
    deployments: Sequence[ReplicationController],
    now: float,
) -> DeploymentConfigStatus:
    """The config's status as its deployments are now."""
    total = sum(each.status.replicas for each in deployments)
    available = sum(each.status.available_replicas for each in deployments)
    conditions = [_availability(config, available)]
    progress = _progress(config, latest)
    if progress is not None:
        conditions.append(progress)
    return dataclasses.replace(
        config.status,
        observed_generation=config.metadata.generation,
        replicas=total,
        updated_replicas=latest.status.replicas if latest is not None else 0,
        available_replicas=available,
        unavailable_replicas=max(total - available, 0),
        ready_replicas=sum(each.status.ready_replicas for each in deployments),
        conditions=tuple(_dated(each, config.status.conditions, now) for each in conditions),
    )


def _availability(config: DeploymentConfig, available: int) -> DeploymentCondition:
    enough = available > 0 and available >= wanted_of(config) - limits(config).unavailable
    does = "has" if enough else "does not have"
    return DeploymentCondition(
        type=AVAILABLE,
        status="True" if enough else "False",
        message=f"Deployment config {does} minimum availability.",
    )


def _progress(
    config: DeploymentConfig, latest: ReplicationController | None
) -> DeploymentCondition | None:
    if config.spec.paused:
        return _progressing("Unknown", "DeploymentPaused", "Deployment config is paused")
    if latest is None:
        return None
    name, phase = f'replication controller "{latest.metadata.name}"', phase_of(latest)
    if phase == COMPLETE:
        text = f"{name} successfully rolled out"
        return _progressing("True", "NewReplicationControllerAvailable", text)
    if phase == FAILED:
        if latest.metadata.annotations.get(CANCELLED_ANNOTATION) == "true":
            return _progressing("False", "RolloutCancelled", f"rollout of {name} was cancelled")
        text = f"{name} has failed progressing"
        return _progressing("False", "ProgressDeadlineExceeded", text)
    if phase == RUNNING:
        return _progressing("True", "ReplicationControllerUpdated", f"{name} is progressing")
    text = f'{name} is waiting for pod "{latest.metadata.name}-deploy" to run'
    return _progressing("Unknown", "", text)


def _progressing(status: str, reason: str, message: str) -> DeploymentCondition:
    return DeploymentCondition(type=PROGRESSING, status=status, reason=reason, message=message)


def _dated(
    condition: DeploymentCondition, before: Sequence[DeploymentCondition], now: float
) -> DeploymentCondition:
    """The condition with its times: unchanged ones keep theirs."""
    old = next((each for each in before if each.type == condition.type), None)
    moved = changed = Timestamp(now)
    if old is not None and old.status == condition.status:
        moved = old.last_transition_time or moved
        if (old.reason, old.message) == (condition.reason, condition.message):
            changed = old.last_update_time or changed
    return dataclasses.replace(condition, last_transition_time=moved, last_update_time=changed)
