"""RoleBinding: rbac.authorization.k8s.io/v1. Who may do what in a project: admin, edit or view."""

from __future__ import annotations

from dataclasses import dataclass

from cluster.objects.meta import ObjectMeta, named

ADMIN, EDIT, VIEW = "admin", "edit", "view"
ROLES = (ADMIN, EDIT, VIEW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A user that a role is given to."""

    kind: str = named("kind", "User", keep=True)
    api_group: str = named("apiGroup", "")
    name: str = named("name", "", keep=True)
    namespace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRef:
    """The role: one of the cluster roles admin, edit, view."""

    api_group: str = named("apiGroup", "rbac.authorization.k8s.io", keep=True)
    kind: str = named("kind", "ClusterRole", keep=True)
    name: str = named("name", "", keep=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleBinding:
    """A role given to subjects in the binding's namespace."""

    metadata: ObjectMeta
    role_ref: RoleRef = named("roleRef", RoleRef(), keep=True)
    subjects: tuple[Subject, ...] = ()
