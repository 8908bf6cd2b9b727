"""Whole documents: apiVersion, kind and the object's own fields, in and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cluster.objects import codec, kinds
from cluster.objects.errors import BadRequest
from cluster.objects.kind import Kind, Object


def to_document(obj: Object) -> dict[str, Any]:
    """The JSON document of an object, apiVersion and kind first."""
    kind = kinds.kind_of(obj)
    return {"apiVersion": kind.api_version, "kind": kind.name, **codec.encode(obj)}


def from_document(document: Mapping[str, Any]) -> tuple[Object, list[str]]:
    """The object of a document, and the fields that its kind does not know.

    Raises BadRequest: no such kind, or a field of the wrong type (its `path` says which).
    """
    kind = kind_named(document)
    body = {name: each for name, each in document.items() if name not in ("apiVersion", "kind")}
    if body.get("metadata") is None:  # missing, or the key with nothing after it
        body["metadata"] = {}
    try:
        return codec.decode(kind.cls, body)
    except BadRequest as error:
        raise BadRequest(
            f'{kind.name} in version "{kind.version}" cannot be handled as a {kind.name}:'
            f" {error.message}",
            error.path,
        ) from None


def kind_named(document: Mapping[str, Any]) -> Kind:
    """The kind of a document. Raises BadRequest in the console's words."""
    name, version = str(document.get("kind", "")), str(document.get("apiVersion", ""))
    kind = kinds.find(version, name)
    if kind is None:
        known = kinds.BY_NAME.get(name)
        path = "kind" if known is None else "apiVersion"
        raise BadRequest(
            f'The server doesn\'t have a resource type "kind: {name}, apiVersion: {version}".', path
        )
    return kind
