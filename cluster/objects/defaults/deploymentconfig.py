"""Defaults of DeploymentConfig (openshift/origin `apps/apis/apps/v1/defaults.go`).

Missing replicas stay 0 as in the real API: its field is no pointer, so it has no default.
"""

from __future__ import annotations

from dataclasses import replace

from cluster.objects.defaults.pod import default_template
from cluster.objects.deploymentconfig import (
    DeploymentConfig,
    DeploymentConfigSpec,
    DeploymentStrategy,
    DeploymentTriggerPolicy,
    RollingParams,
)
from cluster.objects.meta import IntOrString

ROLLING, RECREATE, CUSTOM = "Rolling", "Recreate", "Custom"
CONFIG_CHANGE, IMAGE_CHANGE = "ConfigChange", "ImageChange"
UPDATE_PERIOD_SECONDS = 1
INTERVAL_SECONDS = 1
TIMEOUT_SECONDS = 600
SHARE = "25%"
REVISION_HISTORY_LIMIT = 10


def default_deploymentconfig(config: DeploymentConfig) -> DeploymentConfig:
    """A config with strategy, triggers, selector, history limit and template filled in."""
    spec = config.spec
    template = spec.template
    limit = spec.revision_history_limit
    triggers = spec.triggers
    if triggers is None:
        triggers = (DeploymentTriggerPolicy(type=CONFIG_CHANGE),)
    return replace(
        config,
        spec=replace(
            spec,
            strategy=_default_strategy(spec.strategy),
            triggers=tuple(_default_trigger(each, config.metadata.namespace) for each in triggers),
            selector=_default_selector(spec),
            revision_history_limit=REVISION_HISTORY_LIMIT if limit is None else limit,
            template=None if template is None else default_template(template),
        ),
    )


def _default_selector(spec: DeploymentConfigSpec) -> dict[str, str]:
    labels = spec.template.metadata.labels if spec.template is not None else {}
    return dict(spec.selector or labels)


def _default_strategy(strategy: DeploymentStrategy) -> DeploymentStrategy:
    kind = strategy.type or ROLLING
    params = strategy.rolling_params
    if params is None and kind == ROLLING:
        params = RollingParams()
    return replace(
        strategy, type=kind, rolling_params=None if params is None else _default_rolling(params)
    )


def _default_rolling(params: RollingParams) -> RollingParams:
    """Seconds; a limit that is missing counts as 0 unless both are, or the other one is 0."""
    unavailable, surge = params.max_unavailable, params.max_surge
    return replace(
        params,
        update_period_seconds=_or(params.update_period_seconds, UPDATE_PERIOD_SECONDS),
        interval_seconds=_or(params.interval_seconds, INTERVAL_SECONDS),
        timeout_seconds=_or(params.timeout_seconds, TIMEOUT_SECONDS),
        max_unavailable=SHARE if unavailable is None and _is_zero(surge) else unavailable,
        max_surge=SHARE if surge is None and _is_zero(unavailable) else surge,
    )


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def _is_zero(limit: IntOrString | None) -> bool:
    return limit is None or limit in (0, "0%")


def _default_trigger(trigger: DeploymentTriggerPolicy, namespace: str) -> DeploymentTriggerPolicy:
    """Images come from an ImageStreamTag of the config's own namespace."""
    source = trigger.image_change_params.get("from")
    if not isinstance(source, dict):
        return trigger
    filled = {"kind": "ImageStreamTag"} | ({"namespace": namespace} if namespace else {})
    given = {name: value for name, value in source.items() if value}
    return replace(
        trigger,
        image_change_params={**trigger.image_change_params, "from": {**filled, **given}},
    )
