"""Rules of NetNamespace (openshift/origin `network/apis/network/validation`)."""

from __future__ import annotations

from cluster.objects.fields import FieldError
from cluster.objects.netnamespace import NetNamespace
from cluster.objects.validation.meta import validate_meta, validate_meta_update
from cluster.objects.validation.names import path_segment


def validate_netnamespace(obj: NetNamespace) -> list[FieldError]:
    """What is wrong with a new one."""
    return validate_meta(obj.metadata, path_segment, namespaced=False)


def validate_netnamespace_update(new: NetNamespace, old: NetNamespace) -> list[FieldError]:
    """What is wrong with a change."""
    return [*validate_meta_update(new.metadata, old.metadata), *validate_netnamespace(new)]
