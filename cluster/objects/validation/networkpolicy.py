"""Rules of NetworkPolicy (kubernetes `networking/validation`)."""

from __future__ import annotations

from cluster.objects.fields import FieldError
from cluster.objects.networkpolicy import NetworkPolicy
from cluster.objects.validation.meta import validate_meta, validate_meta_update
from cluster.objects.validation.names import dns1123_subdomain


def validate_networkpolicy(obj: NetworkPolicy) -> list[FieldError]:
    """What is wrong with a new one."""
    return validate_meta(obj.metadata, dns1123_subdomain, namespaced=True)


def validate_networkpolicy_update(new: NetworkPolicy, old: NetworkPolicy) -> list[FieldError]:
    """What is wrong with a change."""
    return [*validate_meta_update(new.metadata, old.metadata), *validate_networkpolicy(new)]
