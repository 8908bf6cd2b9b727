"""Rules of EndpointSlice (kubernetes `discovery/validation`)."""

from __future__ import annotations

from cluster.objects.endpointslice import EndpointSlice
from cluster.objects.fields import FieldError
from cluster.objects.validation.meta import validate_meta, validate_meta_update
from cluster.objects.validation.names import dns1123_subdomain


def validate_endpointslice(obj: EndpointSlice) -> list[FieldError]:
    """What is wrong with a new one."""
    return validate_meta(obj.metadata, dns1123_subdomain, namespaced=True)


def validate_endpointslice_update(new: EndpointSlice, old: EndpointSlice) -> list[FieldError]:
    """What is wrong with a change."""
    return [*validate_meta_update(new.metadata, old.metadata), *validate_endpointslice(new)]
