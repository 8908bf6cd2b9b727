"""Rules of DeploymentConfig (openshift/origin `apps/apis/apps/validation`)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from cluster.objects.deploymentconfig import (
    DeploymentConfig,
    DeploymentConfigSpec,
    DeploymentConfigStatus,
    DeploymentTriggerPolicy,
)
from cluster.objects.fields import FieldError, invalid, required
from cluster.objects.pod import PodTemplateSpec
from cluster.objects.validation.calls import calls_errors
from cluster.objects.validation.meta import nonnegative, validate_meta, validate_meta_update
from cluster.objects.validation.names import dns1123_subdomain
from cluster.objects.validation.podspec import controlled_template_errors, sorted_map
from cluster.objects.validation.strategy import strategy_errors

DEFAULT_TIMEOUT_SECONDS = 600
_STREAM_NAME = "[a-z0-9]+(?:[._-][a-z0-9]+)*"


def validate_deploymentconfig(config: DeploymentConfig) -> list[FieldError]:
    """What is wrong with a new deployment config."""
    return [
        *validate_meta(config.metadata, dns1123_subdomain, namespaced=True),
        *calls_errors(config.metadata.annotations),
        *_spec_errors(config.spec),
        *_status_errors(config.status),
    ]


def validate_deploymentconfig_update(
    new: DeploymentConfig, old: DeploymentConfig
) -> list[FieldError]:
    """What is wrong with a change: versions only go up, one at a time."""
    errors = [
        *validate_meta_update(new.metadata, old.metadata),
        *validate_deploymentconfig(new),
    ]
    version, before = new.status.latest_version, old.status.latest_version
    if version < before:
        detail = "latestVersion cannot be decremented"
        errors.append(invalid("status.latestVersion", version, detail))
    elif version > before + 1:
        detail = "latestVersion can only be incremented by 1"
        errors.append(invalid("status.latestVersion", version, detail))
    if new.status.observed_generation < old.status.observed_generation:
        detail = "observedGeneration cannot be decremented"
        errors.append(invalid("status.observedGeneration", new.status.observed_generation, detail))
    return errors


def _spec_errors(spec: DeploymentConfigSpec) -> list[FieldError]:
    errors: list[FieldError] = []
    for index, trigger in enumerate(spec.triggers or ()):
        errors += _trigger_errors(trigger, f"spec.triggers[{index}]")
    if spec.template is not None:
        errors += strategy_errors(spec.strategy, "spec.strategy")
    errors += nonnegative("spec.revisionHistoryLimit", spec.revision_history_limit)
    errors += nonnegative("spec.minReadySeconds", spec.min_ready_seconds)
    errors += _min_ready_errors(spec)
    template = None if spec.template is None else _with_triggered_images(spec.template, spec)
    errors += controlled_template_errors(template, spec.selector, "spec.template")
    if spec.replicas < 0:
        errors.append(invalid("spec.replicas", spec.replicas, "replicas cannot be negative"))
    if not spec.selector:
        errors.append(
            invalid("spec.selector", sorted_map(spec.selector), "selector cannot be empty")
        )
    return errors


def _min_ready_errors(spec: DeploymentConfigSpec) -> list[FieldError]:
    """Pods must be able to become available before the rollout is given up. Seconds."""
    path, wanted = "spec.minReadySeconds", spec.min_ready_seconds
    errors: list[FieldError] = []
    timeout = _timeout(spec)
    if 0 < timeout <= wanted:
        detail = f"must be less than the deployment timeout ({timeout}s)"
        errors.append(invalid(path, wanted, detail))
    deadline = spec.strategy.extra.get("activeDeadlineSeconds")
    if isinstance(deadline, int) and wanted >= deadline:
        detail = f"must be less than activeDeadlineSeconds ({deadline}s - used by the deployer pod)"
        errors.append(invalid(path, wanted, detail))
    return errors


def _timeout(spec: DeploymentConfigSpec) -> int:
    rolling = spec.strategy.rolling_params
    if rolling is not None and rolling.timeout_seconds is not None:
        return rolling.timeout_seconds
    recreate = spec.strategy.extra.get("recreateParams")
    given = recreate.get("timeoutSeconds") if isinstance(recreate, dict) else None
    return given if isinstance(given, int) else DEFAULT_TIMEOUT_SECONDS


def _with_triggered_images(
    template: PodTemplateSpec, spec: DeploymentConfigSpec
) -> PodTemplateSpec:
    """An image may be missing where an ImageChange trigger will supply it."""
    supplied = {
        name
        for trigger in spec.triggers or ()
        if trigger.type == "ImageChange"
        for name in _container_names(trigger)
    }
    containers = tuple(
        replace(each, image="unset") if not each.image and each.name in supplied else each
        for each in template.spec.containers
    )
    return replace(template, spec=replace(template.spec, containers=containers))


def _container_names(trigger: DeploymentTriggerPolicy) -> list[str]:
    names = trigger.image_change_params.get("containerNames")
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def _trigger_errors(trigger: DeploymentTriggerPolicy, path: str) -> list[FieldError]:
    if not trigger.type:
        return [required(f"{path}.type")]
    if trigger.type != "ImageChange":
        return []
    path = f"{path}.imageChangeParams"
    if not trigger.image_change_params:
        return [required(path)]
    errors = _image_source_errors(trigger.image_change_params.get("from"), f"{path}.from")
    if not _container_names(trigger):
        errors.append(required(f"{path}.containerNames"))
    return errors


def _image_source_errors(source: Any, path: str) -> list[FieldError]:
    held = source if isinstance(source, dict) else {}
    kind, name, namespace = (str(held.get(key) or "") for key in ("kind", "name", "namespace"))
    if not name:
        return [required(path)]
    errors: list[FieldError] = []
    if kind != "ImageStreamTag":
        errors.append(invalid(f"{path}.kind", kind, "kind must be an ImageStreamTag"))
    stream, _, tag = name.partition(":")
    if not stream or not tag or ":" in tag:
        errors.append(invalid(f"{path}.name", name, "must be in the form of <name>:<tag>"))
    elif not re.fullmatch(_STREAM_NAME, stream):
        errors.append(invalid(f"{path}.name", name, f'must match "{_STREAM_NAME}"'))
    if namespace and dns1123_subdomain(namespace):
        detail = "namespace must be a valid subdomain"
        errors.append(invalid(f"{path}.namespace", namespace, detail))
    return errors


def _status_errors(status: DeploymentConfigStatus) -> list[FieldError]:
    return [
        *nonnegative("status.latestVersion", status.latest_version),
        *nonnegative("status.observedGeneration", status.observed_generation),
        *nonnegative("status.replicas", status.replicas),
        *nonnegative("status.readyReplicas", status.ready_replicas),
        *nonnegative("status.availableReplicas", status.available_replicas),
        *nonnegative("status.unavailableReplicas", status.unavailable_replicas),
    ]
