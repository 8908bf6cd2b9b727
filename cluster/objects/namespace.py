"""Namespace (core/v1) and Project (project.openshift.io/v1): a project is a namespace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cluster.objects.meta import EMPTY, ObjectMeta, named

DISPLAY_NAME = "openshift.io/display-name"
DESCRIPTION = "openshift.io/description"
REQUESTER = "openshift.io/requester"
SYSTEM_PREFIXES = ("openshift-", "kube-")
SYSTEM_NAMES = ("default", "openshift")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamespaceStatus:
    """`status`: Active or Terminating."""

    phase: str = "Active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace:
    """A namespace; every namespaced object lives in one."""

    metadata: ObjectMeta
    spec: Mapping[str, Any] = EMPTY
    status: NamespaceStatus = NamespaceStatus()


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The same thing as users see it; reading and writing it reads and writes the namespace."""

    metadata: ObjectMeta
    spec: Mapping[str, Any] = named("spec", EMPTY)
    status: NamespaceStatus = NamespaceStatus()


def as_project(namespace: Namespace) -> Project:
    """The project of a namespace."""
    return Project(metadata=namespace.metadata, spec=namespace.spec, status=namespace.status)


def as_namespace(project: Project) -> Namespace:
    """The namespace of a project."""
    return Namespace(metadata=project.metadata, spec=project.spec, status=project.status)


def is_system(name: str) -> bool:
    """Whether this is one of the cluster's own projects ("default projects" in the selector)."""
    return name in SYSTEM_NAMES or name.startswith(SYSTEM_PREFIXES)
