"""The end of a pod's sandbox while the pod lives on: no address, no process, its place kept.

Stands for what `kuberuntime` finds when a sandbox is dead: every container of the pod ends with it, and
all of them start once more in the next sandbox, which has another address (`computePodActions`).
"""

from __future__ import annotations

from cluster.engine.cluster import Cluster
from cluster.engine.copying import changed
from cluster.engine.kubelet.phase import phase_of
from cluster.engine.kubelet.stages import CREATING
from cluster.engine.network.plugins.ovn import POD_NETWORKS
from cluster.objects.meta import Timestamp
from cluster.objects.pod import TERMINATED, WAITING, ContainerStatus, Pod

KILLED = 137
"""Exit status of a container whose sandbox was killed: 128 + SIGKILL."""


def had_sandbox(pod: Pod) -> bool:
    """Whether a sandbox is made again rather than for the first time."""
    ran = (each.last_finished_at for each in pod.status.container_statuses)
    return bool(pod.status.pod_ip) or any(at is not None for at in ran)


def lose_sandbox(pod: Pod, cluster: Cluster, exit_code: int = KILLED) -> Pod:
    """Take address and processes from a pod; the kubelet makes a new sandbox."""
    statuses = tuple(
        _ended(each, pod, exit_code, Timestamp(cluster.now))
        for each in pod.status.container_statuses
    )
    ready_at = Timestamp(cluster.now) if pod.status.ready else pod.status.ready_at
    status = changed(
        pod.status,
        pod_ip="",
        ready=False,
        ready_at=ready_at,
        container_statuses=statuses,
        phase=phase_of(pod.spec.restart_policy or "Always", statuses),
    )
    annotations = {
        name: each for name, each in pod.metadata.annotations.items() if name != POD_NETWORKS
    }
    if len(annotations) < len(pod.metadata.annotations):
        pod = changed(pod, metadata=changed(pod.metadata, annotations=annotations))
    return cluster.update_status(pod, status)


def _ended(status: ContainerStatus, pod: Pod, exit_code: int, now: Timestamp) -> ContainerStatus:
    """A container that ran starts anew, unless its pod never starts any again."""
    if status.state == WAITING:
        return changed(
            status, reason=CREATING, message="", ready=False, started_at=None, finished_at=None
        )
    if status.state != TERMINATED:
        status = changed(
            status,
            state=TERMINATED,
            reason="Error",
            ready=False,
            exit_code=exit_code,
            finished_at=now,
        )
    policy = pod.spec.restart_policy or "Always"
    if policy == "Never" or (policy == "OnFailure" and status.exit_code == 0):
        return status
    return changed(
        status,
        state=WAITING,
        reason=CREATING,
        message="",
        exit_code=0,
        started_at=None,
        finished_at=None,
        last_reason=status.reason,
        last_exit_code=status.exit_code,
        last_started_at=status.started_at,
        last_finished_at=status.finished_at,
    )
