"""What the kubelet does as a container enters a stage: its new status and the events that tell of it.

Stands for `kubelet/images` (image manager) and `kubelet/kuberuntime` (starting and restarting).
"""

from __future__ import annotations

from collections.abc import Callable

from cluster.engine.cluster import Cluster
from cluster.engine.copying import changed
from cluster.engine.kubelet import backoff, images
from cluster.engine.kubelet.backoff import BackOff
from cluster.engine.kubelet.image_cache import ImageCache
from cluster.engine.kubelet.images import ImageFacts, ImagePullError
from cluster.engine.kubelet.stages import (
    CREATING,
    FAILING,
    NEVER_PULL,
    STARTING,
    Seen,
    Stage,
    crash_wait,
    jitter,
    quantised,
)
from cluster.objects.event import NORMAL, WARNING
from cluster.objects.meta import Timestamp
from cluster.objects.pod import TERMINATED, WAITING, ContainerStatus

COMPONENT = "kubelet"
PULL_SPREAD = (0.9, 1.2)


class Entries:
    """One method per stage; each returns the container's status in it."""

    def __init__(self, cache: ImageCache) -> None:
        self._cache = cache
        self._by_stage: dict[Stage, Callable[[Seen, Cluster], ContainerStatus]] = {
            Stage.CREATING: self.creating,
            Stage.PULL_FAILED: self._pull_failed,
            Stage.PULL_BACK_OFF: self._pull_back_off,
            Stage.RUNNING: self._running,
            Stage.READY: self._ready,
            Stage.ENDED: self._ended,
            Stage.CRASH_BACK_OFF: self._crash_back_off,
        }

    def enter(self, stage: Stage, seen: Seen, cluster: Cluster) -> ContainerStatus:
        """The container's status as it enters a stage now."""
        return self._by_stage[stage](seen, cluster)

    def creating(self, seen: Seen, cluster: Cluster) -> ContainerStatus:
        """Have the image, then start: `since` is set while the image is being pulled."""
        container, image = seen.program.container, seen.program.image
        if image is None:
            return self._unresolved(seen, cluster)
        present = self._cache.present_at(cluster.store, seen.pod.node_name, image)
        here = present is not None and present <= cluster.now
        start = jitter(seen.pod, f"start {container.name}", STARTING)
        if container.image_pull_policy == "Never" and not here:
            return self._never_pulled(seen, cluster)
        if here and container.image_pull_policy != "Always":
            _record(seen, cluster, NORMAL, "Pulled", _present(container.image))
            return _waiting(seen, CREATING, "", None, quantised(cluster.now + start))
        _record(seen, cluster, NORMAL, "Pulling", f'Pulling image "{container.image}"')
        done = present if present is not None and not here else self._pulled(seen, cluster, image)
        self._cache.add(cluster.store, seen.pod.node_name, image, done)
        return _waiting(seen, CREATING, "", cluster.now, quantised(done + start))

    def _pulled(self, seen: Seen, cluster: Cluster, image: ImageFacts) -> float:
        """When a pull that begins now is done; layers that are there are not fetched again."""
        if self._cache.present_at(cluster.store, seen.pod.node_name, image) is not None:
            return cluster.now + images.PULL_OVERHEAD_SECONDS
        spread = jitter(seen.pod, "pull", PULL_SPREAD)
        return quantised(cluster.now + image.pull_seconds * spread)

    def _unresolved(self, seen: Seen, cluster: Cluster) -> ContainerStatus:
        error = _error(seen)
        if error.reason != images.INVALID_IMAGE_NAME:
            image = seen.program.container.image
            _record(seen, cluster, NORMAL, "Pulling", f'Pulling image "{image}"')
            until = quantised(cluster.now + jitter(seen.pod, "pull", FAILING))
            return _waiting(seen, CREATING, "", cluster.now, until)
        _record(seen, cluster, WARNING, "InspectFailed", error.message)
        _record(seen, cluster, WARNING, "Failed", f"Error: {error.reason}")
        return _waiting(seen, error.reason, error.message, cluster.now, None)

    def _never_pulled(self, seen: Seen, cluster: Cluster) -> ContainerStatus:
        image = seen.program.container.image
        message = f'Container image "{image}" is not present with pull policy of Never'
        _record(seen, cluster, WARNING, NEVER_PULL, message)
        _record(seen, cluster, WARNING, "Failed", f"Error: {NEVER_PULL}")
        return _waiting(seen, NEVER_PULL, message, cluster.now, None)

    def _pull_failed(self, seen: Seen, cluster: Cluster) -> ContainerStatus:
        """The pull failed; the wait until the next is told from the one before."""
        error, image = _error(seen), seen.program.container.image
        back_off = BackOff()
        if seen.status.reason == backoff.IMAGE_PULL_BACK_OFF:
            _record(seen, cluster, NORMAL, "Pulling", f'Pulling image "{image}"')
            back_off = BackOff(seen.began - seen.ended, seen.ended)
        delay = back_off.count(cluster.now, cluster.now)
        message = f'Failed to pull image "{image}": {error.message}'
        _record(seen, cluster, WARNING, "Failed", message)
        _record(seen, cluster, WARNING, "Failed", f"Error: {error.reason}")
        return _waiting(seen, error.reason, error.message, cluster.now, cluster.now + delay)

    def _pull_back_off(self, seen: Seen, cluster: Cluster) -> ContainerStatus:
        message = backoff.pulling_message(seen.program.container.image)
        _record(seen, cluster, NORMAL, "BackOff", message)
        reason = backoff.IMAGE_PULL_BACK_OFF
        _record(seen, cluster, WARNING, "Failed", f"Error: {reason}")
        return _waiting(seen, reason, message, seen.status.finished_at, seen.status.started_at)

    def _running(self, seen: Seen, cluster: Cluster) -> ContainerStatus:
        """Start the container, or have its image pulled first if a restart finds it missing."""
        container, status = seen.program.container, _with_last(seen.status)
        if status.reason == CREATING:
            if status.finished_at is not None:
                _record(seen, cluster, NORMAL, "Pulled", _pulled_text(container.image))
        elif not self._at_hand(seen, cluster):
            return self.creating(changed(seen, status=status), cluster)
        _record(seen, cluster, NORMAL, "Created", f"Created container {container.name}")
        _record(seen, cluster, NORMAL, "Started", f"Started container {container.name}")
        again = status.last_finished_at is not None
        return changed(
            status,
            image=container.image,
            state="running",
            reason="",
            message="",
            ready=container.readiness_probe is None,
            restart_count=status.restart_count + again,
            started_at=Timestamp(cluster.now),
            finished_at=None,
            exit_code=0,
        )

    def _at_hand(self, seen: Seen, cluster: Cluster) -> bool:
        """Whether a restart has its image on the node; tells so, in the words of the pull policy."""
        container, image = seen.program.container, seen.program.image
        if image is None:
            return False
        present = self._cache.present_at(cluster.store, seen.pod.node_name, image)
        if present is None or present > cluster.now:
            return False
        if container.image_pull_policy == "Always":
            _record(seen, cluster, NORMAL, "Pulling", f'Pulling image "{container.image}"')
            _record(seen, cluster, NORMAL, "Pulled", _pulled_text(container.image))
        else:
            _record(seen, cluster, NORMAL, "Pulled", _present(container.image))
        return True

    def _ready(self, seen: Seen, cluster: Cluster) -> ContainerStatus:
        return changed(seen.status, ready=True)

    def _ended(self, seen: Seen, cluster: Cluster) -> ContainerStatus:
        """The process ended by itself, by its liveness probe, or for another image."""
        container, program = seen.program.container, seen.program
        code = program.exit_code
        if seen.status.image != container.image:
            code = 137
            text = f"Container {container.name} definition changed, will be restarted"
            _record(seen, cluster, NORMAL, "Killing", text)
        elif program.killed and container.liveness_probe is not None:
            failure = program.probe_failure(container.liveness_probe, seen.pod.status.pod_ip)
            _record(seen, cluster, WARNING, "Unhealthy", f"Liveness probe failed: {failure}")
            text = f"Container {container.name} failed liveness probe, will be restarted"
            _record(seen, cluster, NORMAL, "Killing", text)
        return changed(
            seen.status,
            state=TERMINATED,
            reason="Error" if code else "Completed",
            ready=False,
            exit_code=code,
            finished_at=Timestamp(cluster.now),
        )

    def _crash_back_off(self, seen: Seen, cluster: Cluster) -> ContainerStatus:
        wait = crash_wait(seen)
        namespace, pod = seen.pod.metadata.key
        message = backoff.restarting_message(
            wait,
            container=seen.status.name,
            pod=pod,
            namespace=namespace,
            uid=seen.pod.metadata.uid,
        )
        _record(seen, cluster, WARNING, "BackOff", backoff.restarting_event())
        ended = seen.ended
        kept = changed(seen, status=_with_last(seen.status))
        return _waiting(kept, backoff.CRASH_LOOP_BACK_OFF, message, ended, ended + wait)


def _record(seen: Seen, cluster: Cluster, type_: str, reason: str, message: str) -> None:
    cluster.record(seen.pod, type_, reason, message, COMPONENT, seen.pod.node_name)


def _present(image: str) -> str:
    return f'Container image "{image}" already present on machine'


def _pulled_text(image: str) -> str:
    return f'Successfully pulled image "{image}"'


def _error(seen: Seen) -> ImagePullError:
    return seen.program.error or ImagePullError(images.ERR_IMAGE_PULL, "unknown error")


def _with_last(status: ContainerStatus) -> ContainerStatus:
    """The ended run becomes the last state."""
    if status.state != TERMINATED:
        return status
    return changed(
        status,
        state=WAITING,
        last_reason=status.reason,
        last_exit_code=status.exit_code,
        last_started_at=status.started_at,
        last_finished_at=status.finished_at,
    )


def _waiting(
    seen: Seen, reason: str, message: str, since: float | None, until: float | None
) -> ContainerStatus:
    """A waiting container; see `stages` for what its two moments mean."""
    return changed(
        seen.status,
        image=seen.program.container.image,
        state=WAITING,
        reason=reason,
        message=message,
        ready=False,
        exit_code=0,
        finished_at=None if since is None else Timestamp(since),
        started_at=None if until is None else Timestamp(until),
    )
