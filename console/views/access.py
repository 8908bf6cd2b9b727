"""Permission at a view's door."""

from __future__ import annotations

from cluster.objects import kinds
from cluster.objects.errors import Forbidden, NotFound
from cluster.objects.kind import Kind
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor


def require(client: Client, actor: Actor, verb: str, kind: Kind, namespace: str) -> None:
    """Raise Forbidden unless the user may do this there; NotFound for a project that is not there.

    Who is no member of a project gets the same answer whether or not it exists.
    """
    if not client.may(actor, verb, kind, namespace):
        raise Forbidden.access(actor.name, verb, kind.plural, kind.group, namespace)
    if kind.namespaced and namespace and not exists(client, namespace):
        raise NotFound("namespaces", namespace)


def exists(client: Client, namespace: str) -> bool:
    """Whether there is such a project."""
    try:
        client.get(kinds.NAMESPACE, "", namespace)
    except NotFound:
        return False
    return True
