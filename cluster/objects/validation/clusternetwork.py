"""Rules of ClusterNetwork."""

from __future__ import annotations

from cluster.objects.fields import FieldError
from cluster.objects.clusternetwork import ClusterNetwork


def validate_clusternetwork(obj: ClusterNetwork) -> list[FieldError]:
    """What is wrong with a new object."""
    return []


def validate_clusternetwork_update(new: ClusterNetwork, old: ClusterNetwork) -> list[FieldError]:
    """What is wrong with a change."""
    return validate_clusternetwork(new)
