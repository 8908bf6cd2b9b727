"""ReplicationController: core/v1. Keeps a number of pods of one template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cluster.objects.meta import EMPTY, ObjectMeta, named
from cluster.objects.pod import PodTemplateSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationControllerSpec:
    """`spec`; missing replicas are 1 (API default)."""

    replicas: int | None = None
    min_ready_seconds: int = 0
    selector: Mapping[str, str] = EMPTY
    template: PodTemplateSpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationControllerStatus:
    """`status`: how many pods there are."""

    replicas: int = named("replicas", 0, keep=True)
    fully_labeled_replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    observed_generation: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationController:
    """A replication controller; one made by a DeploymentConfig is a deployment of it."""

    metadata: ObjectMeta
    spec: ReplicationControllerSpec = named("spec", ReplicationControllerSpec(), keep=True)
    status: ReplicationControllerStatus = named("status", ReplicationControllerStatus(), keep=True)
