"""Rules of ReplicationController."""

from __future__ import annotations

from cluster.objects.fields import FieldError
from cluster.objects.replicationcontroller import ReplicationController


def validate_replicationcontroller(obj: ReplicationController) -> list[FieldError]:
    """What is wrong with a new object."""
    return []


def validate_replicationcontroller_update(new: ReplicationController, old: ReplicationController) -> list[FieldError]:
    """What is wrong with a change."""
    return validate_replicationcontroller(new)
