"""Rules of a DeploymentConfig's strategy (openshift/origin `validateDeploymentStrategy`)."""

from __future__ import annotations

import re

from cluster.objects.deploymentconfig import DeploymentStrategy, RollingParams
from cluster.objects.fields import FieldError, invalid, required
from cluster.objects.meta import IntOrString
from cluster.objects.validation.meta import nonnegative

_PERCENT = re.compile("([0-9]+)%")


def strategy_errors(strategy: DeploymentStrategy, path: str) -> list[FieldError]:
    """What is wrong with the type and with the parameters that belong to it."""
    errors: list[FieldError] = []
    params = strategy.rolling_params
    if strategy.type == "Rolling":
        if params is None:
            errors.append(required(f"{path}.rollingParams"))
        else:
            errors += _rolling_errors(params, f"{path}.rollingParams")
    elif strategy.type == "Recreate":
        errors += _recreate_errors(strategy, f"{path}.recreateParams")
    elif strategy.type == "Custom":
        if not strategy.extra.get("customParams"):
            errors.append(required(f"{path}.customParams"))
        if params is not None:
            errors += _rolling_errors(params, f"{path}.rollingParams")
    elif not strategy.type:
        errors.append(required(f"{path}.type"))
    else:
        detail = 'unsupported strategy type, use "Custom" instead and specify your own strategy'
        errors.append(invalid(f"{path}.type", strategy.type, detail))
    return [*errors, *_deadline_errors(strategy, f"{path}.activeDeadlineSeconds")]


def _deadline_errors(strategy: DeploymentStrategy, path: str) -> list[FieldError]:
    """The deployer pod must live longer than the rollout may take. Seconds."""
    deadline = strategy.extra.get("activeDeadlineSeconds")
    if not isinstance(deadline, int):
        return []
    errors = nonnegative(path, deadline)
    timeout = strategy.rolling_params.timeout_seconds if strategy.rolling_params else None
    if timeout is not None and deadline <= timeout:
        detail = "activeDeadlineSeconds must be greater than timeoutSeconds"
        errors.append(invalid(path, deadline, detail))
    return errors


def _recreate_errors(strategy: DeploymentStrategy, path: str) -> list[FieldError]:
    params = strategy.extra.get("recreateParams")
    timeout = params.get("timeoutSeconds") if isinstance(params, dict) else None
    return _positive(f"{path}.timeoutSeconds", timeout if isinstance(timeout, int) else None)


def _positive(path: str, value: int | None) -> list[FieldError]:
    return [] if value is None or value >= 1 else [invalid(path, value, "must be >0")]


def _rolling_errors(params: RollingParams, path: str) -> list[FieldError]:
    unavailable, surge = params.max_unavailable or 0, params.max_surge or 0
    errors = [
        *_positive(f"{path}.intervalSeconds", params.interval_seconds),
        *_positive(f"{path}.updatePeriodSeconds", params.update_period_seconds),
        *_positive(f"{path}.timeoutSeconds", params.timeout_seconds),
        *_limit_errors(unavailable, f"{path}.maxUnavailable"),
        *_limit_errors(surge, f"{path}.maxSurge"),
    ]
    if _amount(unavailable) == 0 and _amount(surge) == 0:
        detail = "cannot be 0 when maxSurge is 0 as well"
        errors.append(invalid(f"{path}.maxUnavailable", unavailable, detail))
    if isinstance(unavailable, str) and _amount(unavailable) > 100:
        detail = "should not be more than 100%"
        errors.append(invalid(f"{path}.maxUnavailable", unavailable, detail))
    return errors


def _limit_errors(limit: IntOrString, path: str) -> list[FieldError]:
    if isinstance(limit, str):
        if _PERCENT.fullmatch(limit):
            return []
        return [invalid(path, limit, "value should be int(5) or percentage(5%)")]
    return [] if limit >= 0 else [invalid(path, limit, "must be non-negative")]


def _amount(limit: IntOrString) -> int:
    """The number in a limit; text that is no percentage counts as 0."""
    if isinstance(limit, int):
        return limit
    # More digits than this are no less "more than 100%", and int() would refuse very long ones.
    percent = _PERCENT.fullmatch(limit)
    return int(percent[1][:12]) if percent else 0
