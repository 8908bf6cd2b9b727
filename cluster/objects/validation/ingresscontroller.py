"""Rules of IngressController (openshift/api `operator/v1`)."""

from __future__ import annotations

from cluster.objects.fields import FieldError
from cluster.objects.ingresscontroller import IngressController
from cluster.objects.validation.meta import validate_meta, validate_meta_update
from cluster.objects.validation.names import dns1123_subdomain


def validate_ingresscontroller(obj: IngressController) -> list[FieldError]:
    """What is wrong with a new one."""
    return validate_meta(obj.metadata, dns1123_subdomain, namespaced=True)


def validate_ingresscontroller_update(
    new: IngressController, old: IngressController
) -> list[FieldError]:
    """What is wrong with a change."""
    return [*validate_meta_update(new.metadata, old.metadata), *validate_ingresscontroller(new)]
