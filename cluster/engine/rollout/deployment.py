"""Deployments: the ReplicationControllers that a DeploymentConfig makes, one per version.

Stands for openshift/library-go `apps/appsutil` (MakeDeployment and the readers of its annotations).
"""

from __future__ import annotations

from typing import Any

from cluster.engine.cluster import Cluster, owner_reference
from cluster.engine.copying import changed
from cluster.objects.deploymentconfig import (
    COMPLETE,
    CONFIG_ANNOTATION,
    FAILED,
    NEW,
    PHASE_ANNOTATION,
    POD_CONFIG_LABEL,
    POD_DEPLOYMENT_ANNOTATION,
    POD_DEPLOYMENT_LABEL,
    REASON_ANNOTATION,
    VERSION_ANNOTATION,
    DeploymentConfig,
    deployment_name,
)
from cluster.objects.meta import ObjectMeta
from cluster.objects.pod import PodTemplateSpec
from cluster.objects.replicationcontroller import (
    ReplicationController,
    ReplicationControllerSpec,
)

REPLICAS_ANNOTATION = "openshift.io/deployment.replicas"
"""The size that the rollout or the config gave last: another one was set by hand."""
CANCELLED_ANNOTATION = "openshift.io/deployment.cancelled"


def deployments_of(config: DeploymentConfig, cluster: Cluster) -> list[ReplicationController]:
    """The config's deployments, oldest version first."""
    owned = cluster.store.owned(config.metadata.uid)
    found = [each for each in owned if isinstance(each, ReplicationController)]
    return sorted(found, key=version_of)


def version_of(deployment: ReplicationController) -> int:
    """The version that a deployment is."""
    text = deployment.metadata.annotations.get(VERSION_ANNOTATION, "")
    return int(text) if text.isdecimal() else 0


def phase_of(deployment: ReplicationController) -> str:
    """New, Pending, Running, Complete or Failed."""
    return str(deployment.metadata.annotations.get(PHASE_ANNOTATION, NEW))


def is_over(deployment: ReplicationController) -> bool:
    """Whether its rollout has ended, well or badly."""
    return phase_of(deployment) in (COMPLETE, FAILED)


def size_of(deployment: ReplicationController) -> int:
    """How many pods it wants."""
    return 1 if deployment.spec.replicas is None else deployment.spec.replicas


def was_resized_by_hand(deployment: ReplicationController) -> bool:
    """Whether somebody else than the config's controller set its size."""
    given = deployment.metadata.annotations.get(REPLICAS_ANNOTATION)
    return given is not None and given != str(size_of(deployment))


def template_of(config: DeploymentConfig, version: int) -> PodTemplateSpec:
    """The pod template of a version: the config's own, with the marks of its deployment."""
    template = config.spec.template or PodTemplateSpec()
    name = deployment_name(config.metadata.name, version)
    metadata = changed(
        template.metadata,
        labels={**template.metadata.labels, **_marks(config, name)},
        annotations={
            **template.metadata.annotations,
            POD_DEPLOYMENT_ANNOTATION: name,
            CONFIG_ANNOTATION: config.metadata.name,
            VERSION_ANNOTATION: str(version),
        },
    )
    return changed(template, metadata=metadata)


def make_deployment(config: DeploymentConfig, version: int, reason: str) -> ReplicationController:
    """The deployment of a version, with no pods yet."""
    name = deployment_name(config.metadata.name, version)
    metadata = config.metadata
    return ReplicationController(
        metadata=ObjectMeta(
            name=name,
            namespace=metadata.namespace,
            labels={**metadata.labels, CONFIG_ANNOTATION: metadata.name},
            annotations={
                CONFIG_ANNOTATION: metadata.name,
                VERSION_ANNOTATION: str(version),
                PHASE_ANNOTATION: NEW,
                REASON_ANNOTATION: reason,
                REPLICAS_ANNOTATION: "0",
            },
            owner_references=(owner_reference(config),),
        ),
        spec=ReplicationControllerSpec(
            replicas=0,
            min_ready_seconds=config.spec.min_ready_seconds,
            selector={**config.spec.selector, **_marks(config, name)},
            template=template_of(config, version),
        ),
    )


def annotate(
    deployment: ReplicationController, cluster: Cluster, **annotations: str
) -> ReplicationController:
    """Store a deployment with phase, reason or cancellation set."""
    named = {_NAMES[name]: text for name, text in annotations.items()}
    return _store(deployment, cluster, named, deployment.spec)


def resize(deployment: ReplicationController, size: int, cluster: Cluster) -> ReplicationController:
    """Store a deployment with another size, and note the size as given by its config."""
    spec = changed(deployment.spec, replicas=size)
    return _store(deployment, cluster, {REPLICAS_ANNOTATION: str(size)}, spec)


_NAMES = {
    "phase": PHASE_ANNOTATION,
    "reason": REASON_ANNOTATION,
    "cancelled": CANCELLED_ANNOTATION,
}


def _store(
    deployment: ReplicationController, cluster: Cluster, annotations: dict[str, str], spec: Any
) -> ReplicationController:
    metadata = changed(
        deployment.metadata, annotations={**deployment.metadata.annotations, **annotations}
    )
    return cluster.update(changed(deployment, metadata=metadata, spec=spec))


def _marks(config: DeploymentConfig, name: str) -> dict[str, str]:
    return {POD_CONFIG_LABEL: config.metadata.name, POD_DEPLOYMENT_LABEL: name}
