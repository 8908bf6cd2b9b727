"""One server's health checks as HAProxy counts them: rise and fall, and how long until the next
check (haproxy: `srv_getinter`, `check_notify_failure`, `start_check_task`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cluster.engine.routing.proxy.settings import CheckLine

SPREAD_FROM: Final = 1.0
"""Only checks with intervals from 1 s up decide over how long the first ones are spread."""


class HealthCheck:
    """State of a server's check: `health` from 0 to rise + fall - 1, up from `rise` on.

    It starts at `rise`: believed up, but one failure takes it down and one success is enough.
    """

    def __init__(self, line: CheckLine, first_at: float) -> None:
        self.line = line
        self.health = line.rise
        self.next_at: float | None = first_at
        """When the next check starts; None while one is under way."""
        self.paused = False

    @property
    def best(self) -> int:
        """The health of a server that is fully up."""
        return self.line.rise + self.line.fall - 1

    @property
    def up(self) -> bool:
        return self.health >= self.line.rise

    @property
    def interval(self) -> float:
        """Seconds from the end of a check to the next."""
        line = self.line
        if self.health == self.best:
            return line.inter
        other = line.fastinter if self.health else line.downinter
        return line.inter if other is None else other

    @property
    def progress(self) -> str:
        """How far it is on the way to the other state, such as `1/3`; "" when it is on none."""
        line = self.line
        if self.health in (0, self.best):
            return ""
        if self.up:
            return f"{self.health - line.rise + 1}/{line.fall}"
        return f"{self.health}/{line.rise}"

    def start(self, now: float) -> bool:
        """Whether a check starts now; one that is paused lets its time go by."""
        if self.next_at is None or self.next_at > now:
            return False
        self.next_at = now + self.interval if self.paused else None
        return not self.paused

    def record(self, ok: bool, now: float) -> None:
        """The check that was under way has ended."""
        rise = self.line.rise
        if ok:
            self.health = self.best if self.health + 1 >= rise else self.health + 1
        else:
            # On the edge, or rising back: all is lost at once.
            self.health = self.health - 1 if self.health > rise else 0
        self.next_at = now + self.interval

    def pause(self) -> None:
        """The server enters maintenance."""
        self.paused, self.health = True, 0

    def unpause(self) -> None:
        """The server leaves maintenance: believed up, on the edge."""
        self.paused, self.health = False, self.line.rise


def first_checks(lines: Sequence[CheckLine | None], now: float) -> list[HealthCheck | None]:
    """The checks of all server lines after a start, the first ones spread over the interval."""
    checks = [None if line is None else HealthCheck(line, now) for line in lines]
    present = [check for check in checks if check is not None]
    intervals = [check.interval for check in present]
    shortest = min((each for each in intervals if each >= SPREAD_FROM), default=0.0)
    for place, check in enumerate(present):
        check.next_at = now + max(shortest, check.interval) * place / len(present)
    return checks
