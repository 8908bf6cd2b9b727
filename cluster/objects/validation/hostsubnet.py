"""Rules of HostSubnet."""

from __future__ import annotations

from cluster.objects.fields import FieldError
from cluster.objects.hostsubnet import HostSubnet


def validate_hostsubnet(obj: HostSubnet) -> list[FieldError]:
    """What is wrong with a new object."""
    return []


def validate_hostsubnet_update(new: HostSubnet, old: HostSubnet) -> list[FieldError]:
    """What is wrong with a change."""
    return validate_hostsubnet(new)
