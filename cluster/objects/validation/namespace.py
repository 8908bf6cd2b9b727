"""Rules of Namespace."""

from __future__ import annotations

from cluster.objects.fields import FieldError
from cluster.objects.namespace import Namespace


def validate_namespace(obj: Namespace) -> list[FieldError]:
    """What is wrong with a new object."""
    return []


def validate_namespace_update(new: Namespace, old: Namespace) -> list[FieldError]:
    """What is wrong with a change."""
    return validate_namespace(new)
