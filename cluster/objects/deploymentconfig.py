"""DeploymentConfig: apps.openshift.io/v1. Changes of its template roll out as new controllers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cluster.objects.meta import EMPTY, IntOrString, ObjectMeta, Timestamp, named, verbatim
from cluster.objects.pod import PodTemplateSpec

# Labels and annotations that tie a ReplicationController to its DeploymentConfig
# (openshift/api: apps/v1/consts.go).
CONFIG_ANNOTATION = "openshift.io/deployment-config.name"
VERSION_ANNOTATION = "openshift.io/deployment-config.latest-version"
PHASE_ANNOTATION = "openshift.io/deployment.phase"
REASON_ANNOTATION = "openshift.io/deployment.status-reason"
POD_CONFIG_LABEL = "deploymentconfig"
POD_DEPLOYMENT_LABEL = "deployment"
POD_DEPLOYMENT_ANNOTATION = "openshift.io/deployment.name"
NEW, PENDING, RUNNING, COMPLETE, FAILED = "New", "Pending", "Running", "Complete", "Failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollingParams:
    """`spec.strategy.rollingParams`. Seconds; percentages are of the wanted replicas."""

    update_period_seconds: int | None = None
    interval_seconds: int | None = None
    timeout_seconds: int | None = None
    max_unavailable: IntOrString | None = None
    max_surge: IntOrString | None = None
    extra: Mapping[str, Any] = verbatim("pre", "post")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentStrategy:
    """`spec.strategy`."""

    type: str = ""
    rolling_params: RollingParams | None = None
    extra: Mapping[str, Any] = verbatim(
        "recreateParams", "customParams", "resources", "labels", "annotations",
        "activeDeadlineSeconds",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentTriggerPolicy:
    """What starts a rollout: ConfigChange or ImageChange."""

    type: str = ""
    image_change_params: Mapping[str, Any] = EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentConfigSpec:
    """`spec`. Missing triggers mean one ConfigChange trigger; an empty list means none."""

    strategy: DeploymentStrategy = named("strategy", DeploymentStrategy(), keep=True)
    min_ready_seconds: int = 0
    triggers: tuple[DeploymentTriggerPolicy, ...] | None = None
    replicas: int = named("replicas", 0, keep=True)
    revision_history_limit: int | None = None
    test: bool = named("test", False, keep=True)
    paused: bool = False
    selector: Mapping[str, str] = EMPTY
    template: PodTemplateSpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentDetails:
    """Why the latest version exists."""

    message: str = ""
    causes: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentCondition:
    """`Available` and `Progressing`."""

    type: str = ""
    status: str = ""
    reason: str = ""
    message: str = ""
    last_update_time: Timestamp | None = None
    last_transition_time: Timestamp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentConfigStatus:
    """`status`; `latest_version` names the deployment `<config>-<version>`."""

    latest_version: int = named("latestVersion", 0, keep=True)
    observed_generation: int = 0
    replicas: int = named("replicas", 0, keep=True)
    updated_replicas: int = named("updatedReplicas", 0, keep=True)
    available_replicas: int = named("availableReplicas", 0, keep=True)
    unavailable_replicas: int = named("unavailableReplicas", 0, keep=True)
    ready_replicas: int = 0
    details: DeploymentDetails | None = None
    conditions: tuple[DeploymentCondition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentConfig:
    """A deployment config."""

    metadata: ObjectMeta
    spec: DeploymentConfigSpec = named("spec", DeploymentConfigSpec(), keep=True)
    status: DeploymentConfigStatus = named("status", DeploymentConfigStatus(), keep=True)


def deployment_name(name: str, version: int) -> str:
    """The ReplicationController of a version: `web-3`."""
    return f"{name}-{version}"


def has_config_change_trigger(config: DeploymentConfig) -> bool:
    """Whether a change of the template starts a rollout by itself."""
    return any(each.type == "ConfigChange" for each in config.spec.triggers or ())
