"""Documents to typed objects in their namespaces, before the cluster is asked anything."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cluster.engine.access import CREATE, Actor
from cluster.objects import kinds
from cluster.objects.document import from_document
from cluster.objects.errors import BadRequest, Forbidden
from cluster.objects.kind import Kind, Object
from cluster.objects.manifest import Document, Problem, check_structure
from cluster.objects.validation.route import route_warnings

from .placing import problem_at, problems_of

NO_NAMESPACE = 'No "metadata.namespace" field found in YAML.'
NOT_UNIQUE = "Resources in the same namespace and API group must have unique names"
_REPLACEMENT = "\ufffd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A document and the object in it; without errors there is always an object."""

    document: Document
    object: Object | None = None
    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()

    @property
    def kind(self) -> str:
        """The kind as the document names it."""
        return _text(self.document.value.get("kind"))

    @property
    def name(self) -> str:
        """The name, or what a generated name begins with."""
        if self.object is not None:
            metadata = self.object.metadata
            return str(metadata.name or metadata.generate_name)
        return _text(_metadata(self.document).get("name"))

    @property
    def namespace(self) -> str:
        """Where the object goes; "" at the cluster scope or where that is not known."""
        if self.object is not None:
            return str(self.object.metadata.namespace)
        return _text(_metadata(self.document).get("namespace"))


def read(documents: Sequence[Document], namespace: str, actor: Actor) -> list[Reading]:
    """The objects of the documents; `namespace` is for those that name none ("" for none)."""
    return _unique([_read(document, namespace, actor) for document in documents])


def _read(document: Document, namespace: str, actor: Actor) -> Reading:
    warnings = document.warnings + _unreadable_characters(document)
    errors = tuple(check_structure(document))
    if errors:
        return Reading(document=document, errors=errors, warnings=warnings)
    try:
        obj, unknown = from_document(document.value)
    except BadRequest as error:
        problems = tuple(_advised(document, each) for each in problems_of(document, error))
        return Reading(document=document, errors=problems, warnings=warnings)
    kind = kinds.kind_of(obj)
    obj = _placed(obj, kind, namespace)
    warnings += tuple(problem_at(document, path, f'unknown field "{path}"') for path in unknown)
    if kind is kinds.ROUTE:
        warnings += tuple(
            problem_at(document, "spec.subdomain", text) for text in route_warnings(obj)
        )
    errors = _refusals(document, obj, kind, actor)
    return Reading(document=document, object=obj, errors=errors, warnings=warnings)


def _unreadable_characters(document: Document) -> tuple[Problem, ...]:
    """Where whoever read a file put U+FFFD because its bytes were not UTF-8."""
    message = "a character here could not be read when the file was opened"
    hint = "save the file as UTF-8 and upload it again"
    return tuple(
        Problem(document.index, line, text.index(_REPLACEMENT) + 1, message, hint)
        for line, text in enumerate(document.source.split("\n"), document.source_line)
        if _REPLACEMENT in text
    )


def _placed(obj: Object, kind: Kind, namespace: str) -> Object:
    wanted = (obj.metadata.namespace or namespace) if kind.namespaced else ""
    return dataclasses.replace(obj, metadata=dataclasses.replace(obj.metadata, namespace=wanted))


def _refusals(document: Document, obj: Object, kind: Kind, actor: Actor) -> tuple[Problem, ...]:
    """What needs no look into the cluster: kinds that it makes itself, and a missing namespace."""
    namespace = obj.metadata.namespace
    is_writable = kind.user_made or (kind.admin_made and actor.is_cluster_admin)
    if not is_writable:
        error = Forbidden.access(actor.name, CREATE, kind.plural, kind.group, namespace)
        hint = f"the cluster makes its {kind.title} itself"
        return (problem_at(document, "kind", error.message, hint),)
    if kind.namespaced and not namespace:
        return (problem_at(document, "metadata", NO_NAMESPACE),)
    return ()


def _advised(document: Document, problem: Problem) -> Problem:
    """What to do about a kind or a version that the server does not have."""
    name, version = document.value.get("kind"), document.value.get("apiVersion")
    if not isinstance(name, str) or not isinstance(version, str) or kinds.find(version, name):
        return problem
    known = kinds.BY_NAME.get(name)
    if known is not None:
        hint: str | None = f'{name} is served as "{known.api_version}"'
    else:
        near = difflib.get_close_matches(name, kinds.BY_NAME, 1, 0.75)
        hint = f'did you mean "{near[0]}"?' if near else None
    return dataclasses.replace(problem, hint=hint)


def _unique(readings: list[Reading]) -> list[Reading]:
    """Refuse documents that name the same object as one before: only the last would count."""
    first: dict[tuple[str, str, str], Reading] = {}
    result = []
    for each in readings:
        key = _identity(each.object)
        if key is not None and key in first:
            other = first[key].document
            hint = f'line {other.line} already names {each.kind} "{each.name}"'
            error = problem_at(each.document, "metadata.name", NOT_UNIQUE, hint)
            each = dataclasses.replace(each, errors=(*each.errors, error))
        elif key is not None:
            first[key] = each
        result.append(each)
    return result


def _identity(obj: Object | None) -> tuple[str, str, str] | None:
    if obj is None or not obj.metadata.name:
        return None
    kind = kinds.kind_of(obj)
    name = kinds.NAMESPACE.name if kind is kinds.PROJECT else kind.name
    return name, obj.metadata.namespace, obj.metadata.name


def _metadata(document: Document) -> dict[str, Any]:
    metadata = document.value.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
