"""From the wall's time to the cluster's: running, paused, stepped, at 1 to 100 times the speed.

Wall times are seconds of a monotonic clock and are passed in. When the engine cannot keep up, or the
machine slept, the cluster's time goes on slower or stands; it never leaps to catch up.
"""

from __future__ import annotations

from dataclasses import dataclass

from cluster.objects.errors import BadRequest

MIN_SPEED, MAX_SPEED = 1.0, 100.0
MAX_STEP = 7 * 24 * 3600.0
"""The longest step that may be asked for: a week of cluster time."""
LONGEST = 0.5
"""Wall seconds credited at once."""


@dataclass(frozen=True, slots=True)
class ClockState:
    """What the clock shows: cluster time (seconds since 1970), whether it runs, how fast."""

    now: float
    running: bool
    speed: float


class Clock:
    """`target` is the cluster time that the engine is to reach."""

    def __init__(
        self, now: float, wall: float, *, speed: float = 1.0, running: bool = True
    ) -> None:
        self.target = now
        self.speed = checked_speed(speed)
        self.running = running
        self._wall = wall

    def pass_to(self, wall: float, *, caught_up: bool) -> None:
        """The wall's clock has moved; it counts if the engine has reached the last target."""
        elapsed, self._wall = wall - self._wall, wall
        if self.running and caught_up and elapsed > 0:
            self.target += min(elapsed, LONGEST) * self.speed

    def skip(self, seconds: float) -> None:
        """Move the target ahead at once, running or not."""
        self.target += checked_step(seconds)

    def set_speed(self, speed: float) -> None:
        """Run at another speed. Raises BadRequest."""
        self.speed = checked_speed(speed)

    def wall_seconds_until(self, at: float) -> float | None:
        """Wall seconds until a cluster time comes; None while the clock is paused."""
        return max(0.0, (at - self.target) / self.speed) if self.running else None


def checked_speed(speed: float) -> float:
    """A legal speed. Raises BadRequest."""
    if not MIN_SPEED <= speed <= MAX_SPEED:
        raise BadRequest(f"speed: {speed:g} is not between 1 and 100", "speed")
    return float(speed)


def checked_step(seconds: float) -> float:
    """A legal step. Raises BadRequest."""
    if not 0 < seconds <= MAX_STEP:
        raise BadRequest(f"seconds: {seconds:g} is not above 0 and at most a week", "seconds")
    return float(seconds)
