"""From the API server's answer to the lines of the text that it is about."""

from __future__ import annotations

from cluster.objects.errors import AlreadyExists, ApiError, BadRequest, Conflict, Forbidden, Invalid
from cluster.objects.manifest import Document, Problem


def problem_at(document: Document, path: str, message: str, hint: str | None = None) -> Problem:
    """A problem at the line of a field, or of its nearest parent that stands in the text."""
    position = document.positions.nearest(path)
    return Problem(document.index, position.key_line, position.key_column, message, hint)


def problems_of(document: Document, error: ApiError) -> tuple[Problem, ...]:
    """A refusal as problems of the document: one for each field that is at fault."""
    match error:
        case Invalid(errors=errors):
            texts = dict.fromkeys((each.path, str(each)) for each in errors)
            return tuple(problem_at(document, path, text) for path, text in texts)
        case BadRequest(path=path):
            return (problem_at(document, path, error.message),)
        case Conflict():
            path = "metadata.uid" if "UID in precondition" in error.message else _VERSION
            return (problem_at(document, path, error.message),)
        case AlreadyExists():
            return (problem_at(document, "metadata.name", error.message),)
        case Forbidden():
            return (problem_at(document, _place(document), error.message),)
        case _:
            # Of a create or an update only the namespace can be missing.
            return (problem_at(document, _place(document), error.message),)


_VERSION = "metadata.resourceVersion"


def _place(document: Document) -> str:
    """The field that says where the object would go: its namespace, else its kind."""
    return "metadata.namespace" if "metadata.namespace" in document.positions else "kind"
