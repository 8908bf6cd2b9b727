"""Rules of Visitors."""

from __future__ import annotations

from cluster.objects.fields import FieldError
from cluster.objects.visitors import Visitors


def validate_visitors(obj: Visitors) -> list[FieldError]:
    """What is wrong with a new object."""
    return []


def validate_visitors_update(new: Visitors, old: Visitors) -> list[FieldError]:
    """What is wrong with a change."""
    return validate_visitors(new)
