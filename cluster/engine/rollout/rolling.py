"""The arithmetic of a rollout: how large the new and the old deployments may be now.

Stands for the deployer's strategies (openshift/oc `pkg/cli/deployer/strategy/{rolling,recreate}`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from cluster.engine.rollout.deployment import size_of
from cluster.objects.defaults.deploymentconfig import RECREATE, SHARE, TIMEOUT_SECONDS
from cluster.objects.deploymentconfig import DeploymentConfig, RollingParams
from cluster.objects.meta import IntOrString
from cluster.objects.replicationcontroller import ReplicationController


class Limits(NamedTuple):
    """Pods that may be missing from, and come on top of, the wanted number."""

    unavailable: int
    surge: int


def limits(config: DeploymentConfig) -> Limits:
    """The limits as numbers: surge rounds up, unavailable down, and not both are 0."""
    params, wanted = config.spec.strategy.rolling_params or RollingParams(), wanted_of(config)
    given_unavailable = SHARE if params.max_unavailable is None else params.max_unavailable
    given_surge = SHARE if params.max_surge is None else params.max_surge
    surge = math.ceil(_share(given_surge, wanted))
    unavailable = math.floor(_share(given_unavailable, wanted))
    return Limits(unavailable or (0 if surge else 1), surge)


def _share(given: IntOrString, whole: int) -> float:
    if isinstance(given, int):
        return float(given)
    return int(given.rstrip("%")) * whole / 100


def wanted_of(config: DeploymentConfig) -> int:
    """The wanted number of pods; a config for tests keeps none outside its rollouts."""
    return config.spec.replicas


def timeout_of(config: DeploymentConfig) -> float:
    """Seconds after which an unfinished rollout has failed."""
    params = config.spec.strategy.rolling_params
    seconds = params.timeout_seconds if params is not None else None
    return float(TIMEOUT_SECONDS if seconds is None else seconds)


def sizes(
    config: DeploymentConfig,
    new: ReplicationController,
    olds: Sequence[ReplicationController],
) -> dict[str, int]:
    """The next size of every deployment, by name, as far as the pods' state allows."""
    if config.spec.strategy.type == RECREATE:
        return _recreate(config, new, olds)
    return _rolling(config, new, olds)


def _recreate(
    config: DeploymentConfig,
    new: ReplicationController,
    olds: Sequence[ReplicationController],
) -> dict[str, int]:
    """First nothing of the old, then all of the new."""
    gone = all(size_of(each) == 0 and each.status.replicas == 0 for each in olds)
    target = {each.metadata.name: 0 for each in olds}
    return target | {new.metadata.name: wanted_of(config) if gone else size_of(new)}


def _rolling(
    config: DeploymentConfig,
    new: ReplicationController,
    olds: Sequence[ReplicationController],
) -> dict[str, int]:
    """Up by the surge, down by what is available beyond the least."""
    wanted, allowed = wanted_of(config), limits(config)
    room = wanted + allowed.surge - sum(map(size_of, olds))
    target = {new.metadata.name: min(wanted, max(size_of(new), room))}
    spare = sum(map(_available, (new, *olds))) - max(wanted - allowed.unavailable, 0)
    for old in olds:
        size = size_of(old)
        # Pods that do not serve can go without harm; the controller deletes those first.
        idle = size - _available(old)
        taken = min(size - idle, max(spare, 0))
        spare -= taken
        target[old.metadata.name] = size - idle - taken
    return target


def _available(deployment: ReplicationController) -> int:
    """Available pods; after a reduction the status may still count pods that go."""
    return min(deployment.status.available_replicas, size_of(deployment))


def is_done(
    config: DeploymentConfig,
    new: ReplicationController,
    olds: Sequence[ReplicationController],
) -> bool:
    """Whether the new version has taken over entirely."""
    wanted = wanted_of(config)
    return (
        size_of(new) == wanted
        and new.status.available_replicas >= wanted
        and not any(map(size_of, olds))
    )
