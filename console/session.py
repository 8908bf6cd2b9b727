"""The cluster as a view sees it: the one client, and who is asking."""

from __future__ import annotations

from django.http import HttpRequest

from cluster.runtime import running
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor


def client() -> Client:
    """The port to the running cluster."""
    return running.current()


def actor(request: HttpRequest) -> Actor:
    """The signed-in user as the authorizer knows them."""
    return actor_of(request.user)


def actor_of(user: object) -> Actor:
    """The actor of a Django user; superusers are cluster admins (`kubeadmin`)."""
    name = getattr(user, "username", "")
    return Actor(name, is_cluster_admin=bool(getattr(user, "is_superuser", False)))
