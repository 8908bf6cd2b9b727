"""Defaults of RoleBinding (kubernetes `rbac/v1: SetDefaults_RoleBinding`, `SetDefaults_Subject`)."""

from __future__ import annotations

from dataclasses import replace

from cluster.objects.rolebinding import RoleBinding, Subject

RBAC_GROUP = "rbac.authorization.k8s.io"


def default_rolebinding(binding: RoleBinding) -> RoleBinding:
    """A role binding whose role and subjects name their API group."""
    role_ref = binding.role_ref
    return replace(
        binding,
        role_ref=replace(role_ref, api_group=role_ref.api_group or RBAC_GROUP),
        subjects=tuple(_default_subject(each) for each in binding.subjects),
    )


def _default_subject(subject: Subject) -> Subject:
    if subject.api_group or subject.kind not in ("User", "Group"):
        return subject
    return replace(subject, api_group=RBAC_GROUP)
