"""Rules of Pod."""

from __future__ import annotations

from cluster.objects.fields import FieldError
from cluster.objects.pod import Pod


def validate_pod(obj: Pod) -> list[FieldError]:
    """What is wrong with a new object."""
    return []


def validate_pod_update(new: Pod, old: Pod) -> list[FieldError]:
    """What is wrong with a change."""
    return validate_pod(new)
