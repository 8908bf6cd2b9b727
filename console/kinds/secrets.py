"""Secrets: their keys; values are shown to those who may read them, when they ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from cluster.objects import kinds, secret
from cluster.objects.kind import Object
from cluster.objects.route import Route
from cluster.objects.secret import Secret
from cluster.runtime.client import Client
from console.kinds import common
from console.kinds.base import CREATED, NAME, NAMESPACE, Filter, Page, ResourceView, Tab, printed
from console.urls_for import name_url

TYPES = (
    secret.OPAQUE,
    secret.TLS,
    secret.BASIC_AUTH,
    secret.SSH_AUTH,
    secret.DOCKERCFG,
    secret.DOCKER_CONFIG_JSON,
    secret.SERVICE_ACCOUNT_TOKEN,
)
OTHER = "Other"


@dataclass(frozen=True, slots=True)
class Value:
    """One key with its value as it is shown: text, or base64 where the bytes are no text."""

    number: int
    key: str
    size: int
    text: str
    binary: bool = False


def values(obj: Secret) -> list[Value]:
    """The keys in order, each with its value."""
    return [_value(number, key, obj) for number, key in enumerate(sorted(obj.data), 1)]


def _value(number: int, key: str, obj: Secret) -> Value:
    content = obj.value(key)
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return Value(number, key, len(content), obj.data[key], binary=True)
    if all(sign.isprintable() or sign in "\t\r\n" for sign in text):
        return Value(number, key, len(content), text)
    return Value(number, key, len(content), obj.data[key], binary=True)


def values_context(obj: Secret, *, revealed: bool) -> dict[str, Any]:
    """Context of `resources/secrets/values.html`; hidden values are not in the page at all."""
    place = [obj.metadata.namespace, obj.metadata.name]
    return {
        "revealed": revealed,
        "values": values(obj),
        "values_url": reverse("secret-values", args=place),
    }


def users(client: Client, obj: Secret) -> list[Route]:
    """The routes that take their certificate from the secret."""
    found = []
    for route in client.list(kinds.ROUTE, obj.metadata.namespace):
        tls = route.spec.tls
        external = tls.external_certificate if tls is not None else None
        if external is not None and external.name == obj.metadata.name:
            found.append(route)
    return sorted(found, key=lambda route: str(route.metadata.name))


def _details(page: Page) -> dict[str, Any]:
    namespace = page.namespace
    return {
        **common.summary(page),
        **values_context(page.obj, revealed=False),
        "users": [
            {
                "name": each.metadata.name,
                "url": name_url(kinds.ROUTE, namespace, each.metadata.name),
            }
            for each in users(page.client, page.obj)
        ],
    }


def _row(obj: Object, client: Client) -> dict[str, Any]:
    return {"size": len(obj.data)}


def _type(obj: Object) -> str:
    return obj.type if obj.type in TYPES else OTHER


VIEW = ResourceView(
    kind=kinds.SECRET,
    columns=(
        NAME,
        NAMESPACE,
        printed(kinds.SECRET, "TYPE"),
        printed(kinds.SECRET, "DATA", "Size"),
        CREATED,
    ),
    tabs=(
        Tab("details", "Details", "resources/secrets/details.html", _details),
        common.YAML,
    ),
    row=_row,
    filters=(Filter("type", "Type", _type, (*TYPES, OTHER)),),
    actions=common.plain_actions,
    detail_related=(Route,),
    create=lambda namespace: common.create_link(kinds.SECRET, namespace),
)
