"""The checks the console makes on a document before it knows the kind (Import YAML, OCP 4)."""

from __future__ import annotations

from .hints import hints
from .model import Document, Problem

_REQUIRED = ("apiVersion", "kind", "metadata")


def check_structure(document: Document) -> list[Problem]:
    """The fields every object needs, in the console's words; empty when all are there."""
    problems = [
        _missing(document, name) for name in _REQUIRED if document.value.get(name) in (None, "")
    ]
    if is_list(document.value):
        problems = [each for each in problems if '"metadata"' not in each.message]
        line = document.line_of("items")
        items = document.value.get("items")
        if not items:
            problems.append(Problem(document.index, line, 1, '"items" list is empty'))
        elif not isinstance(items, list):
            problems.append(Problem(document.index, line, 1, '"items" is not a list'))
    return problems


def is_list(value: dict[str, object]) -> bool:
    """Whether an object is a v1 List or a typed one such as ServiceList."""
    kind = value.get("kind")
    if not isinstance(kind, str) or not kind.endswith("List"):
        return False
    return kind == "List" or "items" in value


def _missing(document: Document, name: str) -> Problem:
    position = document.positions.nearest(name)
    hint = None
    for found in hints(document.source):
        if f'"{name}:"' in f"{found.message} {found.hint}":
            hint = f"line {found.line + document.source_line - 1}: {found.hint}"
            break
    message = f'No "{name}" field found in YAML.'
    return Problem(document.index, position.key_line, position.key_column, message, hint)
