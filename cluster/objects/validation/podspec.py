"""Rules of a pod's spec, wherever it stands (kubernetes `core/validation: ValidatePodSpec`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cluster.objects.codec import encode
from cluster.objects.fields import FieldError, invalid, required, unsupported
from cluster.objects.pod import PodSpec, PodTemplateSpec
from cluster.objects.validation.container import container_errors
from cluster.objects.validation.meta import nonnegative, validate_annotations, validate_labels
from cluster.objects.validation.names import qualified_name

RESTART_POLICIES = ("Always", "OnFailure", "Never")
TAINT_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def template_errors(template: PodTemplateSpec, path: str) -> list[FieldError]:
    """What is wrong with a pod template."""
    return [
        *validate_labels(template.metadata.labels, f"{path}.labels"),
        *validate_annotations(template.metadata.annotations, f"{path}.annotations"),
        *pod_spec_errors(template.spec, f"{path}.spec"),
    ]


def controlled_template_errors(
    template: PodTemplateSpec | None, selector: Mapping[str, str], path: str
) -> list[FieldError]:
    """A template of a controller: its pods must be found again and must keep running."""
    if template is None:
        return [required(path)]
    labels = template.metadata.labels
    errors: list[FieldError] = []
    if any(labels.get(key) != value for key, value in selector.items()):
        detail = "`selector` does not match template `labels`"
        errors.append(invalid(f"{path}.metadata.labels", sorted_map(labels), detail))
    errors += template_errors(template, path)
    policy = template.spec.restart_policy
    if policy != "Always":
        errors.append(unsupported(f"{path}.spec.restartPolicy", policy, ("Always",)))
    return errors


def sorted_map(labels: Mapping[str, str]) -> dict[str, str]:
    """Labels in the order in which Go prints them."""
    return dict(sorted(labels.items()))


def pod_spec_errors(spec: PodSpec, path: str) -> list[FieldError]:
    """What is wrong with containers, restart policy, node selector, grace period, tolerations."""
    errors = container_errors(spec.containers, f"{path}.containers")
    policy = spec.restart_policy
    if not policy:
        errors.append(required(f"{path}.restartPolicy"))
    elif policy not in RESTART_POLICIES:
        errors.append(unsupported(f"{path}.restartPolicy", policy, RESTART_POLICIES))
    errors += nonnegative(
        f"{path}.terminationGracePeriodSeconds", spec.termination_grace_period_seconds
    )
    errors += validate_labels(spec.node_selector, f"{path}.nodeSelector")
    for index, each in enumerate(spec.tolerations):
        errors += _toleration_errors(each, f"{path}.tolerations[{index}]")
    return errors


def _toleration_errors(toleration: Mapping[str, Any], path: str) -> list[FieldError]:
    key, operator = toleration.get("key") or "", toleration.get("operator") or "Equal"
    effect = toleration.get("effect") or ""
    errors: list[FieldError] = []
    if key:
        errors += [invalid(f"{path}.key", key, rule) for rule in qualified_name(str(key))]
    elif operator != "Exists":
        detail = (
            "operator must be Exists when `key` is empty,"
            ' which means "match all values and all keys"'
        )
        errors.append(invalid(f"{path}.operator", operator, detail))
    if operator not in ("Equal", "Exists"):
        errors.append(unsupported(f"{path}.operator", operator, ("Equal", "Exists")))
    elif operator == "Exists" and toleration.get("value"):
        detail = "value must be empty when `operator` is 'Exists'"
        errors.append(invalid(f"{path}.operator", dict(toleration), detail))
    if effect and effect not in TAINT_EFFECTS:
        errors.append(unsupported(f"{path}.effect", effect, TAINT_EFFECTS))
    if toleration.get("tolerationSeconds") is not None and effect != "NoExecute":
        detail = "effect must be 'NoExecute' when `tolerationSeconds` is set"
        errors.append(invalid(f"{path}.effect", effect, detail))
    return errors


def comparable(spec: PodSpec) -> dict[str, Any]:
    """The spec without what a running pod may still change."""
    document = encode(spec)
    for name in ("tolerations", "activeDeadlineSeconds", "terminationGracePeriodSeconds"):
        document.pop(name, None)
    for container in document["containers"]:
        container.pop("image", None)
    return document
