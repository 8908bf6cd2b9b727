"""Rules of RoleBinding."""

from __future__ import annotations

from cluster.objects.fields import FieldError
from cluster.objects.rolebinding import RoleBinding


def validate_rolebinding(obj: RoleBinding) -> list[FieldError]:
    """What is wrong with a new object."""
    return []


def validate_rolebinding_update(new: RoleBinding, old: RoleBinding) -> list[FieldError]:
    """What is wrong with a change."""
    return validate_rolebinding(new)
