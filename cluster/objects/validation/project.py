"""Rules of Project."""

from __future__ import annotations

from cluster.objects.fields import FieldError
from cluster.objects.namespace import Project


def validate_project(obj: Project) -> list[FieldError]:
    """What is wrong with a new object."""
    return []


def validate_project_update(new: Project, old: Project) -> list[FieldError]:
    """What is wrong with a change."""
    return validate_project(new)
