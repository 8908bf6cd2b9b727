"""What a boot leaves of a node's pods: their places, but no sandbox, no address and no process.

Stands for what `kuberuntime` finds after a machine has started again: every sandbox is dead, so each is
made anew, with another address, and every container starts once more.
"""

from __future__ import annotations

from cluster.engine.cluster import Cluster
from cluster.engine.copying import changed
from cluster.engine.kubelet.phase import phase_of
from cluster.engine.kubelet.stages import CREATING
from cluster.objects.meta import Timestamp
from cluster.objects.pod import TERMINATED, WAITING, ContainerStatus, Pod

KILLED_BY_BOOT = 255
"""What the runtime reports of a container whose end it did not see."""


def end_sandboxes(node: str, cluster: Cluster) -> None:
    """Take addresses and processes from the pods of a node that has booted."""
    for pod in cluster.store.pods_on(node):
        if pod.status.start_time is None or pod.is_finished:
            continue
        statuses = tuple(_ended(each, pod, cluster.now) for each in pod.status.container_statuses)
        policy = pod.spec.restart_policy or "Always"
        ready_at = Timestamp(cluster.now) if pod.status.ready else pod.status.ready_at
        status = changed(
            pod.status,
            pod_ip="",
            ready=False,
            ready_at=ready_at,
            container_statuses=statuses,
            phase=phase_of(policy, statuses),
        )
        cluster.update_status(pod, status)


def _ended(status: ContainerStatus, pod: Pod, now: float) -> ContainerStatus:
    """A container that ran starts anew, unless its pod never starts any again."""
    if status.state == TERMINATED and status.finished_at is not None:
        code, began, ended, reason = (
            status.exit_code,
            status.started_at,
            status.finished_at,
            status.reason,
        )
    elif status.state == WAITING:
        return changed(
            status, reason=CREATING, message="", ready=False, started_at=None, finished_at=None
        )
    else:
        code, began, ended, reason = KILLED_BY_BOOT, status.started_at, Timestamp(now), "Error"
    if pod.spec.restart_policy == "Never" or (pod.spec.restart_policy == "OnFailure" and code == 0):
        return changed(
            status,
            state=TERMINATED,
            reason=reason,
            ready=False,
            exit_code=code,
            finished_at=ended,
        )
    return changed(
        status,
        state=WAITING,
        reason=CREATING,
        message="",
        ready=False,
        exit_code=0,
        started_at=None,
        finished_at=None,
        last_reason=reason,
        last_exit_code=code,
        last_started_at=began,
        last_finished_at=ended,
    )
