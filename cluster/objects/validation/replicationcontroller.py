"""Rules of ReplicationController (kubernetes `core/validation`)."""

from __future__ import annotations

from cluster.objects.fields import FieldError, required
from cluster.objects.replicationcontroller import ReplicationController
from cluster.objects.validation.meta import nonnegative, validate_meta, validate_meta_update
from cluster.objects.validation.names import dns1123_subdomain
from cluster.objects.validation.podspec import controlled_template_errors


def validate_replicationcontroller(controller: ReplicationController) -> list[FieldError]:
    """What is wrong with a new replication controller."""
    spec = controller.spec
    errors = validate_meta(controller.metadata, dns1123_subdomain, namespaced=True)
    errors += nonnegative("spec.minReadySeconds", spec.min_ready_seconds)
    if not spec.selector:
        errors.append(required("spec.selector"))
    errors += nonnegative("spec.replicas", spec.replicas)
    errors += controlled_template_errors(spec.template, spec.selector, "spec.template")
    return errors


def validate_replicationcontroller_update(
    new: ReplicationController, old: ReplicationController
) -> list[FieldError]:
    """What is wrong with a change. Selector and template may change: old pods are then let go."""
    return [
        *validate_meta_update(new.metadata, old.metadata),
        *validate_replicationcontroller(new),
    ]
