"""Rules of `metadata` (apimachinery `api/validation: ValidateObjectMeta`, and core's finalizer rule)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cluster.objects.codec import encode
from cluster.objects.fields import FieldError, duplicate, forbidden, invalid, required, too_long
from cluster.objects.meta import ObjectMeta, OwnerReference
from cluster.objects.validation.names import (
    NameRule,
    dns1123_label,
    label_value,
    qualified_name,
    size,
)

ANNOTATIONS_LIMIT = 256 * 1024  # bytes of all keys and values together
IMMUTABLE = "field is immutable"
STANDARD_FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")


def validate_meta(
    metadata: ObjectMeta, name_rule: NameRule, *, namespaced: bool
) -> list[FieldError]:
    """What is wrong with the metadata of an object whose name is already generated."""
    return [
        *_name_errors(metadata, name_rule),
        *_namespace_errors(metadata.namespace, namespaced),
        *nonnegative("metadata.generation", metadata.generation),
        *validate_labels(metadata.labels, "metadata.labels"),
        *validate_annotations(metadata.annotations, "metadata.annotations"),
        *_owner_errors(metadata.owner_references),
        *_finalizer_errors(metadata.finalizers),
    ]


def validate_meta_update(new: ObjectMeta, old: ObjectMeta) -> list[FieldError]:
    """What may not change. Versions and conflicts are the store's business.

    Fields that the server sets may be left out; the store fills them in.
    """
    errors: list[FieldError] = []
    if old.deletion_timestamp is not None:
        errors += _no_new_finalizers(new, old)
    errors += immutable("metadata.name", new.name, old.name)
    errors += immutable("metadata.namespace", new.namespace, old.namespace)
    if new.uid:
        errors += immutable("metadata.uid", new.uid, old.uid)
    return errors


def _no_new_finalizers(new: ObjectMeta, old: ObjectMeta) -> list[FieldError]:
    added = [name for name in new.finalizers if name not in old.finalizers]
    if not added:
        return []
    shown = ", ".join(f'"{name}"' for name in added)
    detail = (
        "no new finalizers can be added if the object is being deleted,"
        f" found new finalizers []string{{{shown}}}"
    )
    return [forbidden("metadata.finalizers", detail)]


def _name_errors(metadata: ObjectMeta, name_rule: NameRule) -> list[FieldError]:
    errors: list[FieldError] = []
    if metadata.generate_name:
        errors += checked(
            "metadata.generateName",
            metadata.generate_name,
            name_rule(_with_suffix(metadata.generate_name)),
        )
    if not metadata.name:
        return [*errors, required("metadata.name", "name or generateName is required")]
    return [*errors, *checked("metadata.name", metadata.name, name_rule(metadata.name))]


def _with_suffix(prefix: str) -> str:
    """A prefix may end with a dash: letters follow (apimachinery `maskTrailingDash`)."""
    return f"{prefix[:-2]}a" if len(prefix) > 1 and prefix.endswith("-") else prefix


def _namespace_errors(namespace: str, namespaced: bool) -> list[FieldError]:
    path = "metadata.namespace"
    if not namespaced:
        return [forbidden(path, "not allowed on this type")] if namespace else []
    if not namespace:
        return [required(path)]
    return checked(path, namespace, dns1123_label(namespace))


def validate_labels(labels: Mapping[str, str], path: str) -> list[FieldError]:
    """Keys and values of labels, node selectors and service selectors."""
    errors: list[FieldError] = []
    for key, value in sorted(labels.items()):
        errors += checked(path, key, qualified_name(key))
        errors += checked(path, value, label_value(value))
    return errors


def validate_annotations(annotations: Mapping[str, str], path: str) -> list[FieldError]:
    """Keys of annotations (upper case is fine) and their size altogether."""
    errors: list[FieldError] = []
    total = 0
    for key, value in sorted(annotations.items()):
        errors += checked(path, key, qualified_name(key.lower()))
        total += size(key) + size(value)
    if total > ANNOTATIONS_LIMIT:
        errors.append(too_long(path, f"must have at most {ANNOTATIONS_LIMIT} bytes"))
    return errors


def _owner_errors(owners: Iterable[OwnerReference]) -> list[FieldError]:
    path = "metadata.ownerReferences"
    errors: list[FieldError] = []
    controller = ""
    for owner in owners:
        if not owner.api_version:
            errors.append(invalid(f"{path}.apiVersion", "", "version must not be empty"))
        for name in ("kind", "name", "uid"):
            if not getattr(owner, name):
                errors.append(invalid(f"{path}.{name}", "", f"{name} must not be empty"))
        if owner.controller and controller:
            detail = (
                "Only one reference can have Controller set to true."
                f' Found "true" in references for {controller} and {owner.name}'
            )
            errors.append(invalid(path, [encode(each) for each in owners], detail))
        elif owner.controller:
            controller = owner.name
    return errors


def _finalizer_errors(finalizers: tuple[str, ...]) -> list[FieldError]:
    path = "metadata.finalizers"
    errors: list[FieldError] = []
    for name in finalizers:
        errors += checked(path, name, qualified_name(name))
    if "orphan" in finalizers and "foregroundDeletion" in finalizers:
        detail = "finalizer orphan and foregroundDeletion cannot be both set"
        errors.append(invalid(path, list(finalizers), detail))
    for index, name in enumerate(finalizers):
        errors += finalizer_name(f"{path}[{index}]", name)
    return errors


def finalizer_name(path: str, name: str) -> list[FieldError]:
    """Only Kubernetes' own finalizers go without a domain."""
    if "/" in name or name in STANDARD_FINALIZERS:
        return []
    detail = "name is neither a standard finalizer name nor is it fully qualified"
    return [invalid(path, name, detail)]


# --- checks that every kind uses -----------------------------------------------------------------


def checked(path: str, value: Any, broken: Iterable[str]) -> list[FieldError]:
    """One `Invalid value` for every rule that the value breaks."""
    return [invalid(path, value, rule) for rule in broken]


def nonnegative(path: str, value: int | None) -> list[FieldError]:
    """A number that may not be below 0; a missing one is fine."""
    if value is None or value >= 0:
        return []
    return [invalid(path, value, "must be greater than or equal to 0")]


def immutable(path: str, new: Any, old: Any) -> list[FieldError]:
    """A field that keeps its first value."""
    return [] if new == old else [invalid(path, new, IMMUTABLE)]


def repeated(path: str, values: Iterable[str]) -> list[FieldError]:
    """`path` holds one `{}` for the index; empty values do not count."""
    seen: set[str] = set()
    errors: list[FieldError] = []
    for index, value in enumerate(values):
        if value and value in seen:
            errors.append(duplicate(path.format(index), value))
        seen.add(value)
    return errors
