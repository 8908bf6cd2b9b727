"""Who may do what: the authorizer. Roles are given per project by RoleBindings, as RBAC does.

The cluster roles here are OpenShift's `admin`, `edit`, `view` and `cluster-admin`, reduced to verbs on
kinds (openshift-apiserver: bootstrappolicy).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cluster.objects import kinds
from cluster.objects.errors import Forbidden
from cluster.objects.kind import Kind
from cluster.objects.rolebinding import ADMIN, EDIT, VIEW, RoleBinding, Subject

READ_VERBS = ("get", "list", "watch")
CREATE, UPDATE, DELETE = "create", "update", "delete"
OPEN = (kinds.NODE, kinds.HOSTSUBNET, kinds.CLUSTERNETWORK, kinds.NETNAMESPACE)
"""What everybody may read at the cluster scope."""
ADMINS_OWN = (kinds.EGRESSNETWORKPOLICY, kinds.INGRESSCONTROLLER)
"""What only cluster admins write, although it lives in projects."""

CONFIDENTIAL = (kinds.SECRET,)
"""What the role `view` does not show: whoever reads a secret may act with it (RBAC: default roles)."""

ROUTER_ACCOUNT = ("openshift-ingress", "router")
"""Namespace and name of the router's service account."""


class Bindings(Protocol):
    """Where the authorizer finds RoleBindings: the store, or a transaction over it."""

    def list(self, cls: type[RoleBinding], namespace: str | None = None, /) -> list[RoleBinding]:
        """The bindings of a namespace."""
        ...


@dataclass(frozen=True, slots=True)
class Actor:
    """Who sends a command."""

    name: str
    is_cluster_admin: bool = False


SYSTEM_ADMIN = Actor("system:admin", is_cluster_admin=True)


def role_in(store: Bindings, actor: Actor, namespace: str) -> str | None:
    """The strongest role of a user in a project, or None for one who is no member."""
    if actor.is_cluster_admin:
        return ADMIN
    held = {
        binding.role_ref.name
        for binding in store.list(RoleBinding, namespace)
        if any(each.kind == "User" and each.name == actor.name for each in binding.subjects)
    }
    return next((role for role in (ADMIN, EDIT, VIEW) if role in held), None)


def may(store: Bindings, actor: Actor, verb: str, kind: Kind, namespace: str) -> bool:
    """Whether a user may do this in a namespace ("" is the cluster scope)."""
    if actor.is_cluster_admin:
        return True
    if kind in (kinds.PROJECT, kinds.NAMESPACE):
        return _may_project(store, actor, verb, namespace)
    if not namespace or not kind.namespaced:
        return verb in READ_VERBS and kind in OPEN
    role = role_in(store, actor, namespace)
    if role is None:
        return False
    if verb in READ_VERBS:
        return role != VIEW or kind not in CONFIDENTIAL
    if kind is kinds.ROLEBINDING:
        return role == ADMIN
    return role in (ADMIN, EDIT) and kind.user_made and kind not in ADMINS_OWN


def _may_project(store: Bindings, actor: Actor, verb: str, name: str) -> bool:
    """Anybody may request a project; its admins may change and delete it."""
    if verb == CREATE:
        return True
    role = role_in(store, actor, name) if name else None
    return role is not None if verb in READ_VERBS else role == ADMIN


def router_verbs(store: Bindings, namespace: str) -> frozenset[str]:
    """The verbs that the router's service account holds on the secrets of a project.

    Its own cluster role has none: a RoleBinding gives it one that reads secrets.
    """
    reading = (
        each
        for each in store.list(RoleBinding, namespace)
        if each.role_ref.kind == "ClusterRole" and each.role_ref.name in (ADMIN, EDIT)
    )
    found = any(_is_router(subject) for each in reading for subject in each.subjects)
    return frozenset(READ_VERBS) if found else frozenset()


def _is_router(subject: Subject) -> bool:
    namespace, name = ROUTER_ACCOUNT
    if subject.kind == "ServiceAccount":
        return (subject.namespace, subject.name) == (namespace, name)
    return subject.kind == "User" and subject.name == f"system:serviceaccount:{namespace}:{name}"


def may_set_host(actor: Actor, verb: str) -> bool:
    """Whether a user holds a verb on `routes/custom-host`.

    openshift-apiserver `bootstrappolicy/policy.go`: admin and edit hold only `create`.
    """
    return actor.is_cluster_admin or verb == CREATE


def check(store: Bindings, actor: Actor, verb: str, kind: Kind, namespace: str) -> None:
    """Raise Forbidden, in the authorizer's words, unless the user may do this."""
    if not may(store, actor, verb, kind, namespace):
        where = namespace if kind.namespaced else ""
        raise Forbidden.access(actor.name, verb, kind.plural, kind.group, where)
