"""Timeouts that cost next to nothing while nothing times out: a connection moves its deadline with every
step, and a timer looks only now and then whether it has come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Deadline:
    """The next moment at which a connection has waited too long, and what happens then."""

    __slots__ = ("_at", "_expired", "_loop", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._at = 0.0
        self._expired: Callable[[], None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def set(self, seconds: float, expired: Callable[[], None]) -> None:
        """Call `expired` in so many seconds, and forget what was set before."""
        self._at, self._expired = self._loop.time() + seconds, expired
        timer = self._timer
        if timer is not None and timer.when() > self._at:
            timer.cancel()
            timer = None
        if timer is None:
            self._timer = self._loop.call_at(self._at, self._look)

    def clear(self) -> None:
        """Nothing is waited for. A timer that runs is left alone: the next wait may use it."""
        self._expired = None

    def cancel(self) -> None:
        """The connection is over."""
        self._expired = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        expired = self._expired
        if expired is None:
            return
        if self._loop.time() < self._at:
            self._timer = self._loop.call_at(self._at, self._look)
            return
        self._expired = None
        expired()
