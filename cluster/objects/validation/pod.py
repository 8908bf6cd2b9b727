"""Rules of Pod (kubernetes `core/validation: ValidatePod`, `ValidatePodUpdate`)."""

from __future__ import annotations

from cluster.objects.fields import FieldError, forbidden
from cluster.objects.pod import Pod
from cluster.objects.validation.container import image_errors
from cluster.objects.validation.meta import checked, validate_meta, validate_meta_update
from cluster.objects.validation.names import dns1123_subdomain
from cluster.objects.validation.podspec import comparable, pod_spec_errors

_UPDATABLE = (
    "pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations`"
    " (only additions to existing tolerations),`spec.terminationGracePeriodSeconds`"
    " (allow it to be set to 1 if it was previously negative)"
)


def validate_pod(pod: Pod) -> list[FieldError]:
    """What is wrong with a new pod."""
    errors = validate_meta(pod.metadata, dns1123_subdomain, namespaced=True)
    errors += pod_spec_errors(pod.spec, "spec")
    if pod.node_name:
        errors += checked("spec.nodeName", pod.node_name, dns1123_subdomain(pod.node_name))
    return errors


def validate_pod_update(new: Pod, old: Pod) -> list[FieldError]:
    """What may not change: of the spec, only images and some times do. Binding sets the node once."""
    errors = [
        *validate_meta_update(new.metadata, old.metadata),
        *validate_meta(new.metadata, dns1123_subdomain, namespaced=True),
    ]
    if len(new.spec.containers) != len(old.spec.containers):
        detail = "pod updates may not add or remove containers"
        return [*errors, forbidden("spec.containers", detail)]
    for index, container in enumerate(new.spec.containers):
        errors += image_errors(container.image, f"spec.containers[{index}].image")
    if any(each not in new.spec.tolerations for each in old.spec.tolerations):
        detail = "existing toleration can not be modified except its tolerationSeconds"
        errors.append(forbidden("spec.tolerations", detail))
    grace_changed = (
        new.spec.termination_grace_period_seconds != old.spec.termination_grace_period_seconds
    )
    moved = bool(old.node_name) and new.node_name != old.node_name
    if moved or grace_changed or comparable(new.spec) != comparable(old.spec):
        errors.append(forbidden("spec", _UPDATABLE))
    return errors
