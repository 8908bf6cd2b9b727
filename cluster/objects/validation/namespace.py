"""Rules of Namespace (kubernetes `core/validation: ValidateNamespace`)."""

from __future__ import annotations

from cluster.objects.fields import FieldError
from cluster.objects.namespace import Namespace
from cluster.objects.validation.meta import (
    checked,
    finalizer_name,
    validate_meta,
    validate_meta_update,
)
from cluster.objects.validation.names import dns1123_label, qualified_name


def validate_namespace(namespace: Namespace) -> list[FieldError]:
    """What is wrong with a new namespace."""
    errors = validate_meta(namespace.metadata, dns1123_label, namespaced=False)
    finalizers = namespace.spec.get("finalizers")
    for name in finalizers if isinstance(finalizers, list) else ():
        errors += checked("spec.finalizers", name, qualified_name(str(name)))
        errors += finalizer_name("spec.finalizers", str(name))
    return errors


def validate_namespace_update(new: Namespace, old: Namespace) -> list[FieldError]:
    """What is wrong with a change."""
    return [*validate_meta_update(new.metadata, old.metadata), *validate_namespace(new)]
