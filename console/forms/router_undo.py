"""The way back from the last change of the router's settings, kept in the session: the object's spec, and
the secret's content where it was typed. It is open while nobody has changed them since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest

from cluster.objects import kinds
from cluster.objects.codec import decode, encode
from cluster.objects.errors import Conflict, NotFound
from cluster.objects.ingresscontroller import (
    DEFAULT,
    NAMESPACE,
    ROUTER_NAMESPACE,
    IngressController,
    IngressControllerSpec,
)
from cluster.objects.meta import Key
from cluster.objects.secret import Secret
from cluster.runtime.client import Client
from cluster.runtime.commands import Command, Delete, Edit

SESSION = "router-undo"
CHANGED = "the settings were changed meanwhile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """The objects before and after a change; the secret only where it was written."""

    before: IngressController
    after: IngressController
    secret_before: Secret | None = None
    secret_after: Secret | None = None


def remember(request: HttpRequest, saved: Saved) -> None:
    """Keep the way back."""
    kept: dict[str, Any] = {
        "spec": encode(saved.before.spec),
        "generation": saved.after.metadata.generation,
        "uid": saved.after.metadata.uid,
    }
    if saved.secret_after is not None:
        metadata, before = saved.secret_after.metadata, saved.secret_before
        kept["secret"] = {
            "name": metadata.name,
            "version": metadata.resource_version,
            "data": dict(before.data) if before is not None else None,
        }
    request.session[SESSION] = kept


def forget(request: HttpRequest) -> None:
    """The way was gone, or is closed."""
    request.session.pop(SESSION, None)


def is_open(request: HttpRequest, client: Client) -> bool:
    """Whether the last change of this session still stands."""
    kept = request.session.get(SESSION)
    if not kept:
        return False
    held = stored(client)
    if held is None or not _is_the_saved(held, kept):
        return False
    secret = kept.get("secret")
    return secret is None or _version_of(client, secret["name"]) == secret["version"]


def stored(client: Client) -> IngressController | None:
    """The router's object."""
    try:
        held: IngressController = client.get(kinds.INGRESSCONTROLLER, NAMESPACE, DEFAULT)
    except NotFound:
        return None
    return held


def _is_the_saved(held: IngressController, kept: dict[str, Any]) -> bool:
    metadata = held.metadata
    return bool(metadata.uid == kept["uid"] and metadata.generation == kept["generation"])


def _version_of(client: Client, secret: str) -> int:
    try:
        held = client.get(kinds.SECRET, ROUTER_NAMESPACE, secret)
    except NotFound:
        return 0
    return int(held.metadata.resource_version)


def commands(request: HttpRequest) -> list[Command]:
    """What undoes the last change; refused with Conflict where something else was done since.

    Empty where nothing is remembered.
    """
    kept = request.session.get(SESSION)
    if not kept:
        return []
    spec, _ = decode(IngressControllerSpec, kept["spec"])

    def back(held: IngressController) -> IngressController:
        if not _is_the_saved(held, kept):
            raise Conflict(kinds.INGRESSCONTROLLER.resource, DEFAULT, CHANGED)
        return replace(held, spec=spec)

    found: list[Command] = [Edit(kinds.INGRESSCONTROLLER, Key(NAMESPACE, DEFAULT), back)]
    secret = kept.get("secret")
    if secret is not None:
        key = Key(ROUTER_NAMESPACE, secret["name"])
        if secret["data"] is None:
            found.append(Delete(kinds.SECRET, key))
        else:
            found.append(Edit(kinds.SECRET, key, _with_data(secret["data"]), secret["version"]))
    return found


def _with_data(data: dict[str, str]) -> Callable[[Secret], Secret]:
    return lambda held: replace(held, data=data)
