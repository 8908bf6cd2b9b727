"""Rolls out DeploymentConfigs: a new ReplicationController per version, and the pods moved over to it.

Stands for openshift-controller-manager `controller/deploymentconfig`, its `deployer` and the deployer pod
in one: the phases of a rollout take the time that those take.
"""

from __future__ import annotations

from cluster.engine.cluster import Cluster
from cluster.engine.copying import changed
from cluster.engine.rollout import rolling
from cluster.engine.rollout.deployment import (
    CANCELLED_ANNOTATION,
    annotate,
    deployments_of,
    is_over,
    make_deployment,
    phase_of,
    resize,
    size_of,
    template_of,
    version_of,
    was_resized_by_hand,
)
from cluster.engine.rollout.status import status_of
from cluster.engine.watch import Change
from cluster.objects import kinds
from cluster.objects.deploymentconfig import (
    COMPLETE,
    CONFIG_ANNOTATION,
    FAILED,
    NEW,
    PENDING,
    RUNNING,
    DeploymentConfig,
    DeploymentDetails,
    deployment_name,
    has_config_change_trigger,
)
from cluster.objects.event import NORMAL, WARNING
from cluster.objects.meta import Key
from cluster.objects.namespace import Namespace
from cluster.objects.replicationcontroller import ReplicationController

COMPONENT = "deploymentconfig-controller"
PENDING_AFTER, RUNNING_AFTER = 0.3, 1.5
"""Seconds from a deployment's creation until its deployer is scheduled, and until it works."""
SET_BACK_AFTER = 2.0
"""Seconds for which a size set by hand stays, so that it can be seen, before the config corrects it."""
COLLISION_RETRY = 10.0

Deployments = list[ReplicationController]


class DeploymentConfigController:
    """Controller `deploymentconfig`."""

    name = "deploymentconfig"
    watches: tuple[type, ...] = (DeploymentConfig, ReplicationController)

    def __init__(self) -> None:
        self._resized_since: dict[str, float] = {}

    def keys(self, change: Change, cluster: Cluster) -> list[Key]:
        """The config, or the config of a deployment."""
        if change.kind is kinds.DEPLOYMENTCONFIG:
            return [change.key]
        config = change.object.metadata.annotations.get(CONFIG_ANNOTATION)
        if change.new is None:
            self._resized_since.pop(change.object.metadata.uid, None)
        return [Key(change.key.namespace, config)] if config else []

    def reconcile(self, key: Key, cluster: Cluster) -> float | None:
        """Start, drive or hold what the config wants; then say how it stands."""
        config = cluster.store.get(DeploymentConfig, *key)
        if config is None or not _is_active(key.namespace, cluster):
            return None
        config = self._trigger(config, cluster)
        again = self._ensure_latest(config, cluster)
        config = cluster.store.get(DeploymentConfig, *key) or config
        deployments = deployments_of(config, cluster)
        latest = _latest(config, deployments)
        if latest is not None:
            if is_over(latest):
                again = self._hold(config, deployments, cluster)
                self._forget_old(config, latest, cluster)
            else:
                again = self._drive(config, latest, deployments, cluster)
        deployments = deployments_of(config, cluster)
        status = status_of(config, _latest(config, deployments), deployments, cluster.now)
        cluster.update_status(config, status)
        return again

    # --- versions ----------------------------------------------------------------------------------

    def _trigger(self, config: DeploymentConfig, cluster: Cluster) -> DeploymentConfig:
        """Count the version up when the template changed, or at first."""
        version = config.status.latest_version
        if config.spec.paused or not config.spec.triggers or config.spec.template is None:
            return config
        if version:
            latest = cluster.store.get(
                ReplicationController,
                config.metadata.namespace,
                deployment_name(config.metadata.name, version),
            )
            if latest is None or not _is_of(latest, config):
                return config
            unchanged = latest.spec.template == template_of(config, version)
            if unchanged or not has_config_change_trigger(config):
                return config
        details = DeploymentDetails(message="config change", causes=({"type": "ConfigChange"},))
        status = changed(config.status, latest_version=version + 1, details=details)
        return cluster.update_status(config, status)

    def _ensure_latest(self, config: DeploymentConfig, cluster: Cluster) -> float | None:
        """Make the deployment of the latest version; rollouts under way give way to it."""
        version = config.status.latest_version
        name = deployment_name(config.metadata.name, version)
        held = cluster.store.get(ReplicationController, config.metadata.namespace, name)
        if not version or (held is not None and _is_of(held, config)):
            return None
        if held is not None:
            text = f'Couldn\'t deploy version {version}: replicationcontrollers "{name}" already exists'
            cluster.record(config, WARNING, "DeploymentCreationFailed", text, COMPONENT)
            return COLLISION_RETRY
        for each in deployments_of(config, cluster):
            if not is_over(each):
                reason = "newer deployment was found running"
                annotate(each, cluster, phase=FAILED, reason=reason, cancelled="true")
        reason = config.status.details.message if config.status.details else "config change"
        cluster.create(make_deployment(config, version, reason))
        text = f'Created new replication controller "{name}" for version {version}'
        cluster.record(config, NORMAL, "DeploymentCreated", text, COMPONENT)
        return None

    def _forget_old(
        self, config: DeploymentConfig, latest: ReplicationController, cluster: Cluster
    ) -> None:
        """Delete old deployments beyond `revisionHistoryLimit`, the oldest first."""
        limit = config.spec.revision_history_limit
        deployments = deployments_of(config, cluster)
        active = _active(deployments)
        old = [
            each
            for each in deployments
            if each not in (latest, active) and not size_of(each) and not each.status.replicas
        ]
        for each in old[: max(len(old) - limit, 0)] if limit is not None else ():
            cluster.delete(each)

    # --- a rollout under way -----------------------------------------------------------------------

    def _drive(
        self,
        config: DeploymentConfig,
        latest: ReplicationController,
        deployments: Deployments,
        cluster: Cluster,
    ) -> float | None:
        """Bring the rollout one step on; returns the seconds until it needs a look by itself."""
        age = cluster.now - (latest.metadata.creation_timestamp or cluster.now)
        if latest.metadata.annotations.get(CANCELLED_ANNOTATION) == "true":
            annotate(latest, cluster, phase=FAILED, reason="cancelled by the user")
            return None
        phase = phase_of(latest)
        for current, following, due in (
            (NEW, PENDING, PENDING_AFTER),
            (PENDING, RUNNING, RUNNING_AFTER),
        ):
            if phase == current:
                if age < due:
                    return due - age
                latest, phase = annotate(latest, cluster, phase=following), following
        timeout = RUNNING_AFTER + rolling.timeout_of(config)
        if age >= timeout:
            self._fail(latest, rolling.timeout_of(config), cluster)
            return None
        olds = [each for each in deployments if each.metadata.uid != latest.metadata.uid]
        if not all(_is_observed(each) for each in (latest, *olds)):
            return timeout - age
        if rolling.is_done(config, latest, olds):
            annotate(latest, cluster, phase=COMPLETE)
            return None
        target = rolling.sizes(config, latest, olds)
        for each in (latest, *olds):
            if size_of(each) != target[each.metadata.name]:
                resize(each, target[each.metadata.name], cluster)
        return timeout - age

    def _fail(self, latest: ReplicationController, timeout: float, cluster: Cluster) -> None:
        name = latest.metadata.name
        reason = f"timed out waiting for {name} to become available after {timeout:g}s"
        annotate(latest, cluster, phase=FAILED, reason=reason)

    # --- no rollout under way ------------------------------------------------------------------------

    def _hold(
        self, config: DeploymentConfig, deployments: Deployments, cluster: Cluster
    ) -> float | None:
        """The active deployment has the config's size, all others none; a size set by hand is put back."""
        active = _active(deployments)
        wanted = 0 if config.spec.test else rolling.wanted_of(config)
        again: float | None = None
        for each in deployments:
            size = wanted if active is not None and each is active else 0
            uid = each.metadata.uid
            if size_of(each) == size and not was_resized_by_hand(each):
                self._resized_since.pop(uid, None)
                continue
            if was_resized_by_hand(each) and size_of(each) != size:
                since = self._resized_since.setdefault(uid, cluster.now)
                if cluster.now < since + SET_BACK_AFTER:
                    again = since + SET_BACK_AFTER - cluster.now
                    continue
            self._resized_since.pop(uid, None)
            self._scale(config, each, size, cluster)
        return again

    def _scale(
        self,
        config: DeploymentConfig,
        deployment: ReplicationController,
        size: int,
        cluster: Cluster,
    ) -> None:
        old, name = size_of(deployment), deployment.metadata.name
        resize(deployment, size, cluster)
        if old != size:
            text = f'Scaled replication controller "{name}" from {old} to {size}'
            cluster.record(config, NORMAL, "ReplicationControllerScaled", text, COMPONENT)


def _latest(config: DeploymentConfig, deployments: Deployments) -> ReplicationController | None:
    version = config.status.latest_version
    return next((each for each in deployments if version_of(each) == version), None)


def _active(deployments: Deployments) -> ReplicationController | None:
    """The newest deployment that was rolled out completely."""
    complete = (each for each in reversed(deployments) if phase_of(each) == COMPLETE)
    return next(complete, None)


def _is_of(deployment: ReplicationController, config: DeploymentConfig) -> bool:
    owners = deployment.metadata.owner_references
    return any(each.uid == config.metadata.uid for each in owners)


def _is_observed(deployment: ReplicationController) -> bool:
    """Whether the deployment's status speaks of its present size."""
    return deployment.status.observed_generation == deployment.metadata.generation


def _is_active(namespace: str, cluster: Cluster) -> bool:
    held = cluster.store.get(Namespace, "", namespace)
    return held is not None and held.status.phase == "Active"
