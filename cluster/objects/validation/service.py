"""Rules of Service."""

from __future__ import annotations

from cluster.objects.fields import FieldError
from cluster.objects.service import Service


def validate_service(obj: Service) -> list[FieldError]:
    """What is wrong with a new object."""
    return []


def validate_service_update(new: Service, old: Service) -> list[FieldError]:
    """What is wrong with a change."""
    return validate_service(new)
