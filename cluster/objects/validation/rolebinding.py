"""Rules of RoleBinding (kubernetes `rbac/validation: ValidateRoleBinding`)."""

from __future__ import annotations

from cluster.objects.codec import encode
from cluster.objects.fields import FieldError, invalid, required, unsupported
from cluster.objects.rolebinding import RoleBinding, RoleRef, Subject
from cluster.objects.validation.meta import checked, validate_meta, validate_meta_update
from cluster.objects.validation.names import dns1123_subdomain, path_segment

GROUP = "rbac.authorization.k8s.io"


def validate_rolebinding(binding: RoleBinding) -> list[FieldError]:
    """What is wrong with a new role binding. The role itself need not exist."""
    errors = validate_meta(binding.metadata, path_segment, namespaced=True)
    errors += _role_errors(binding.role_ref)
    for index, subject in enumerate(binding.subjects):
        errors += _subject_errors(subject, f"subjects[{index}]")
    return errors


def validate_rolebinding_update(new: RoleBinding, old: RoleBinding) -> list[FieldError]:
    """What is wrong with a change: another role needs another binding."""
    errors = [*validate_meta_update(new.metadata, old.metadata), *validate_rolebinding(new)]
    if new.role_ref != old.role_ref:
        errors.append(invalid("roleRef", encode(new.role_ref), "cannot change roleRef"))
    return errors


def _role_errors(role: RoleRef) -> list[FieldError]:
    errors: list[FieldError] = []
    if role.api_group != GROUP:
        errors.append(unsupported("roleRef.apiGroup", role.api_group, (GROUP,)))
    if role.kind not in ("Role", "ClusterRole"):
        errors.append(unsupported("roleRef.kind", role.kind, ("Role", "ClusterRole")))
    if not role.name:
        return [*errors, required("roleRef.name")]
    return [*errors, *checked("roleRef.name", role.name, path_segment(role.name))]


def _subject_errors(subject: Subject, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if not subject.name:
        errors.append(required(f"{path}.name"))
    if subject.kind == "ServiceAccount":
        if subject.name:
            errors += checked(f"{path}.name", subject.name, dns1123_subdomain(subject.name))
        if subject.api_group:
            errors.append(unsupported(f"{path}.apiGroup", subject.api_group, ("",)))
    elif subject.kind in ("User", "Group"):
        if subject.api_group != GROUP:
            errors.append(unsupported(f"{path}.apiGroup", subject.api_group, (GROUP,)))
    else:
        kinds = ("ServiceAccount", "User", "Group")
        errors.append(unsupported(f"{path}.kind", subject.kind, kinds))
    return errors
