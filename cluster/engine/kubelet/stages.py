"""The life cycle of a container as a table: from which stage, on what condition, after what delay, to which.

Stands for the kubelet's sync loop. Every stage and every moment is read from the stored pod, so that a
restarted engine goes on where it stopped: a waiting container keeps in `finished_at` since when and
in `started_at` until when it waits (the API shows neither in that state).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from cluster.engine.kubelet import backoff, images
from cluster.engine.kubelet.backoff import BackOff
from cluster.engine.kubelet.program import Program
from cluster.objects.pod import TERMINATED, WAITING, ContainerStatus, Pod

CREATING = "ContainerCreating"
NEVER_PULL = "ErrImageNeverPull"
ADMISSION = (0.1, 0.3)
"""Seconds from binding until the kubelet has taken the pod over."""
SANDBOX = (0.3, 0.9)
"""Seconds until the pod has its network."""
STARTING = (0.3, 0.8)
"""Seconds until a container whose image is there runs."""
FAILING = (0.8, 1.6)
"""Seconds until a registry has said no."""
SANDBOX_RETRY = 10.0
SYNC = 1.0
"""Seconds until the kubelet has noticed that a container ended or a pull failed."""


class Stage(Enum):
    """Where a container is."""

    CREATING = "waiting for its image and its start"
    STUCK = "waiting for a change of its image"
    PULL_FAILED = "shown as ErrImagePull"
    PULL_BACK_OFF = "waiting for the next pull"
    RUNNING = "running, not ready"
    READY = "running and ready"
    ENDED = "ended, to be restarted or not"
    CRASH_BACK_OFF = "waiting for the next start"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the table's conditions look at."""

    pod: Pod
    status: ContainerStatus
    program: Program

    @property
    def began(self) -> float:
        """When the container was started (0 before)."""
        return self.status.started_at or 0.0

    @property
    def ended(self) -> float:
        """When the container ended, or since when it waits."""
        return self.status.finished_at or 0.0


@dataclass(frozen=True, slots=True)
class Transition:
    """One line of the table. `due` gives the cluster time of the change."""

    source: Stage
    holds: Callable[[Seen], bool]
    due: Callable[[Seen], float]
    target: Stage


def stage_of(status: ContainerStatus) -> Stage:
    """The stage that a stored container status stands for."""
    if status.state == TERMINATED:
        return Stage.ENDED
    if status.state != WAITING:
        return Stage.READY if status.ready else Stage.RUNNING
    return _WAITING.get(status.reason, Stage.CREATING)


_WAITING = {
    CREATING: Stage.CREATING,
    images.INVALID_IMAGE_NAME: Stage.STUCK,
    NEVER_PULL: Stage.STUCK,
    images.ERR_IMAGE_PULL: Stage.PULL_FAILED,
    backoff.IMAGE_PULL_BACK_OFF: Stage.PULL_BACK_OFF,
    backoff.CRASH_LOOP_BACK_OFF: Stage.CRASH_BACK_OFF,
}


def _always(seen: Seen) -> bool:
    return True


def _now(seen: Seen) -> float:
    return 0.0


def _until(seen: Seen) -> float:
    return seen.began


def _resolves(seen: Seen) -> bool:
    return seen.program.image is not None


def _unresolved(seen: Seen) -> bool:
    return seen.program.image is None


def _another_image(seen: Seen) -> bool:
    return seen.status.image != seen.program.container.image


def _ends(seen: Seen) -> bool:
    return seen.program.lifetime is not None


def _end(seen: Seen) -> float:
    return seen.began + (seen.program.lifetime or 0.0)


def _becomes_ready(seen: Seen) -> bool:
    return seen.program.readiness_delay(probe_phase(seen.pod)) is not None


def _readiness(seen: Seen) -> float:
    return quantised(seen.began + (seen.program.readiness_delay(probe_phase(seen.pod)) or 0.0))


def restarts(seen: Seen) -> bool:
    """Whether the pod's restart policy has the ended container start again."""
    policy = seen.pod.spec.restart_policy or "Always"
    return policy == "Always" or (policy == "OnFailure" and seen.status.exit_code != 0)


def crash_back_off(status: ContainerStatus) -> BackOff:
    """The back-off in force when a container ended, told from the pause before it last started."""
    if status.last_finished_at is None or status.restart_count == 0:
        return BackOff()
    begun = status.started_at or 0.0
    waited = begun - status.last_finished_at
    series = BackOff()
    while series.delay < BackOff.MAXIMUM:
        series.count(begun, begun)
        if waited < 1.5 * series.delay / 2 + SYNC:
            break
    return series


def crash_wait(seen: Seen) -> float:
    """Seconds that the ended container has to wait for its next start."""
    return crash_back_off(seen.status).wait_after(seen.ended)


def _restarts_at_once(seen: Seen) -> bool:
    return restarts(seen) and crash_wait(seen) == 0.0


def _backs_off(seen: Seen) -> bool:
    return restarts(seen) and crash_wait(seen) > 0.0


def _noticed(seen: Seen) -> float:
    return seen.ended + SYNC


TABLE: tuple[Transition, ...] = (
    Transition(Stage.CREATING, _resolves, _until, Stage.RUNNING),
    Transition(Stage.CREATING, _unresolved, _until, Stage.PULL_FAILED),
    Transition(Stage.STUCK, _another_image, _now, Stage.CREATING),
    Transition(Stage.PULL_FAILED, _another_image, _now, Stage.CREATING),
    Transition(Stage.PULL_FAILED, _always, _noticed, Stage.PULL_BACK_OFF),
    Transition(Stage.PULL_BACK_OFF, _another_image, _now, Stage.CREATING),
    Transition(Stage.PULL_BACK_OFF, _resolves, _until, Stage.CREATING),
    Transition(Stage.PULL_BACK_OFF, _unresolved, _until, Stage.PULL_FAILED),
    Transition(Stage.RUNNING, _another_image, _now, Stage.ENDED),
    Transition(Stage.READY, _another_image, _now, Stage.ENDED),
    Transition(Stage.RUNNING, _ends, _end, Stage.ENDED),
    Transition(Stage.READY, _ends, _end, Stage.ENDED),
    Transition(Stage.RUNNING, _becomes_ready, _readiness, Stage.READY),
    Transition(Stage.ENDED, _restarts_at_once, _noticed, Stage.RUNNING),
    Transition(Stage.ENDED, _backs_off, _noticed, Stage.CRASH_BACK_OFF),
    Transition(Stage.CRASH_BACK_OFF, _always, _until, Stage.RUNNING),
)
_LINES: dict[Stage, tuple[Transition, ...]] = {
    stage: tuple(each for each in TABLE if each.source is stage) for stage in Stage
}


def next_transition(seen: Seen) -> tuple[float, Transition] | None:
    """What happens next to a container, and when; None when nothing will by itself."""
    coming = [(each.due(seen), each) for each in _LINES[stage_of(seen.status)] if each.holds(seen)]
    return min(coming, key=lambda pair: pair[0], default=None)


def jitter(pod: Pod, what: str, span: tuple[float, float]) -> float:
    """A pod's own delay out of a span: the chance is in its uid, so it need not be kept."""
    share = zlib.crc32(f"{pod.metadata.uid}{what}".encode()) / 0xFFFFFFFF
    return span[0] + share * (span[1] - span[0])


def probe_phase(pod: Pod) -> float:
    """When within its period a pod's probes come: from 0 to 1."""
    return jitter(pod, "probe", (0.0, 1.0))


def quantised(at: float) -> float:
    """A moment on the tenths of a second, so that many pods share their moments."""
    return round(at * 10) / 10
