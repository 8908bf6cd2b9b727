"""Back-off of restarts and image pulls: how long the kubelet waits, and how it says so.

Stands for client-go's `flowcontrol.Backoff` as the kubelet uses it for CrashLoopBackOff and
ImagePullBackOff: 10 s, doubled each time up to 300 s, forgotten after twice the maximum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

CRASH_LOOP_BACK_OFF = "CrashLoopBackOff"
IMAGE_PULL_BACK_OFF = "ImagePullBackOff"


@dataclass(slots=True)
class BackOff:
    """The back-off of one container's restarts, or of one container's image pulls.

    `delay` (seconds) is the wait in force, 0 before the first failure; `updated` the time (seconds
    on the cluster's clock) of the last retry counted. Both are all there is to store.
    """

    INITIAL: ClassVar[float] = 10.0
    MAXIMUM: ClassVar[float] = 300.0

    delay: float = 0.0
    updated: float = 0.0

    def retry_at(self, since: float) -> float:
        """When the retry of something that failed at `since` may begin: `since` itself or later."""
        return since if self._forgotten(since) else since + self.delay

    def wait_after(self, since: float) -> float:
        """The seconds to wait after a failure at `since`; 0 the first time."""
        return 0.0 if self._forgotten(since) else self.delay

    def count(self, since: float, now: float) -> float:
        """Count a retry made at `now` for a failure at `since`; returns the next wait in seconds.

        A container: `since` is when it ended and `now` when it starts again, so that ten minutes of
        running begin the series anew. A pull: both are when it failed.
        """
        fresh = self._forgotten(since)
        self.delay = self.INITIAL if fresh else min(self.delay * 2, self.MAXIMUM)
        self.updated = now
        return self.delay

    def _forgotten(self, since: float) -> bool:
        return self.delay == 0.0 or since - self.updated > 2 * self.MAXIMUM


def go_duration(seconds: float) -> str:
    """A duration as Go prints it, to the millisecond: `10s`, `2m40s`, `1.5s`, `250ms`."""
    milliseconds = round(seconds * 1000)
    if milliseconds < 1000:
        return f"{milliseconds}ms" if milliseconds else "0s"
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    text = f"{rest / 1000:.3f}".rstrip("0").rstrip(".") + "s"
    if hours:
        return f"{hours}h{minutes}m{text}"
    return f"{minutes}m{text}" if minutes else text


def restarting_message(wait: float, *, container: str, pod: str, namespace: str, uid: str) -> str:
    """`state.waiting.message` of a container in CrashLoopBackOff; `wait` in seconds."""
    return (
        f"back-off {go_duration(wait)} restarting failed "
        f"container={container} pod={pod}_{namespace}({uid})"
    )


def restarting_event() -> str:
    """Message of the Warning event `BackOff` for a crashing container."""
    return "Back-off restarting failed container"


def pulling_message(image: str) -> str:
    """`state.waiting.message` in ImagePullBackOff, and the Normal event `BackOff`."""
    return f'Back-off pulling image "{image}"'
