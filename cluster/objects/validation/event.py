"""Rules of Event."""

from __future__ import annotations

from cluster.objects.fields import FieldError
from cluster.objects.event import Event


def validate_event(obj: Event) -> list[FieldError]:
    """What is wrong with a new object."""
    return []


def validate_event_update(new: Event, old: Event) -> list[FieldError]:
    """What is wrong with a change."""
    return validate_event(new)
