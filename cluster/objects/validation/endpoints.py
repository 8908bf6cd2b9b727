"""Rules of Endpoints."""

from __future__ import annotations

from cluster.objects.fields import FieldError
from cluster.objects.endpoints import Endpoints


def validate_endpoints(obj: Endpoints) -> list[FieldError]:
    """What is wrong with a new object."""
    return []


def validate_endpoints_update(new: Endpoints, old: Endpoints) -> list[FieldError]:
    """What is wrong with a change."""
    return validate_endpoints(new)
