"""Defaults of Namespace and Project (kubernetes `core/v1: SetDefaults_Namespace`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cluster.objects.meta import ObjectMeta
from cluster.objects.namespace import Namespace, Project

# Every namespace carries its own name as a label, so that selectors can name namespaces.
NAME_LABEL = "kubernetes.io/metadata.name"


def default_namespace(namespace: Namespace) -> Namespace:
    """A namespace with its finalizers and its name as a label."""
    return replace(
        namespace,
        metadata=_labelled(namespace.metadata),
        spec=_finalized(namespace.spec, "kubernetes"),
    )


def default_project(project: Project) -> Project:
    """A project with its finalizers and its name as a label."""
    return replace(
        project,
        metadata=_labelled(project.metadata),
        spec=_finalized(project.spec, "kubernetes"),
    )


def _labelled(metadata: ObjectMeta) -> ObjectMeta:
    if not metadata.name or metadata.labels.get(NAME_LABEL) == metadata.name:
        return metadata
    return replace(metadata, labels={**metadata.labels, NAME_LABEL: metadata.name})


def _finalized(spec: Mapping[str, Any], *finalizers: str) -> Mapping[str, Any]:
    return spec if "finalizers" in spec else {**spec, "finalizers": list(finalizers)}
