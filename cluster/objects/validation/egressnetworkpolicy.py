"""Rules of EgressNetworkPolicy (openshift/origin `network/apis/network/validation`)."""

from __future__ import annotations

from cluster.objects.egressnetworkpolicy import EgressNetworkPolicy
from cluster.objects.fields import FieldError
from cluster.objects.validation.meta import validate_meta, validate_meta_update
from cluster.objects.validation.names import dns1123_subdomain


def validate_egressnetworkpolicy(obj: EgressNetworkPolicy) -> list[FieldError]:
    """What is wrong with a new one."""
    return validate_meta(obj.metadata, dns1123_subdomain, namespaced=True)


def validate_egressnetworkpolicy_update(
    new: EgressNetworkPolicy, old: EgressNetworkPolicy
) -> list[FieldError]:
    """What is wrong with a change."""
    return [*validate_meta_update(new.metadata, old.metadata), *validate_egressnetworkpolicy(new)]
