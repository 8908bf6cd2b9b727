"""What a boot leaves of a node's pods: their places, but no sandbox, no address and no process.

Stands for what `kuberuntime` finds after a machine has started again: every sandbox is dead, so each is
made anew, with another address, and every container starts once more.
"""

from __future__ import annotations

from cluster.engine.cluster import Cluster
from cluster.engine.kubelet.sandbox import lose_sandbox

KILLED_BY_BOOT = 255
"""What the runtime reports of a container whose end it did not see."""


def end_sandboxes(node: str, cluster: Cluster) -> None:
    """Take addresses and processes from the pods of a node that has booted."""
    for pod in cluster.store.pods_on(node):
        if pod.status.start_time is not None and not pod.is_finished:
            lose_sandbox(pod, cluster, KILLED_BY_BOOT)
