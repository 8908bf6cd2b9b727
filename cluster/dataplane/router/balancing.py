"""A route's backend at work: the engine's model of HAProxy's backend on the wall's clock. A change of the
configuration makes another one; requests that the old one holds end there, as at a reload."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

import numpy as np

from cluster.engine.routing.backends import Backend, BackendServer
from cluster.engine.routing.client_limits import ClientLimits
from cluster.engine.routing.proxy import ProxyBackend, Stage, Stream, backend_lines

CHECKED_WHILE_USED: Final = 60.0
"""Seconds since the last request for which servers go on being checked."""

Check = Callable[[BackendServer], bool]


class LiveBackend:
    """The model, the timers that it asks for, and who waits for which of its requests."""

    def __init__(
        self,
        backend: Backend,
        loop: asyncio.AbstractEventLoop,
        check: Check,
        *,
        connect_timeout: float,
    ) -> None:
        self.backend = backend
        self.limits = ClientLimits(backend.settings)
        self._loop = loop
        self._check = check
        self._model = ProxyBackend(
            backend_lines(backend, connect_timeout=connect_timeout),
            now=loop.time(),
            rng=np.random.default_rng(),
        )
        self._waiting: dict[Stream, Callable[[], None]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._checker: asyncio.TimerHandle | None = None
        self._used_at = 0.0

    # --- requests ------------------------------------------------------------------------------------

    def arrive(self, client: str, cookie: str | None) -> Stream:
        """A request comes in; `stage` says what is to be done with it."""
        now = self._used_at = self._loop.time()
        if self._checker is None and self._model.next_check() is not None:
            self._run_checks()
        return self._model.arrive(now, client, cookie)

    def wait(self, stream: Stream, changed: Callable[[], None]) -> None:
        """Call when the stage of a queued or pausing stream has changed."""
        self._waiting[stream] = changed
        self._arm()

    def connected(self, stream: Stream) -> str | None:
        """The server has taken the connection; the `Set-Cookie` that its answer is to carry."""
        self._model.connected(stream)
        return self._model.set_cookie(stream)

    def failed(self, stream: Stream, *, timed_out: bool = False) -> None:
        """The connection could not be made; the stream's stage says what follows."""
        changed = self._model.failed(stream, self._loop.time(), timed_out=timed_out)
        self._tell(each for each in changed if each is not stream)

    def finished(self, stream: Stream) -> None:
        """The request is over, however it ended."""
        self._waiting.pop(stream, None)
        changed = self._model.finished(stream, self._loop.time())
        if changed:
            self._tell(changed)

    def server(self, stream: Stream) -> BackendServer:
        """The server of a stream that is to connect or is served."""
        assert stream.server is not None
        return self.backend.servers[stream.server]

    def is_up(self, index: int) -> bool:
        """Whether the checks hold a server for usable."""
        return self._model.servers[index].up

    def _tell(self, streams: Iterable[Stream]) -> None:
        """Wake those whose wait is over; in the loop's next turn, for each may change others."""
        for stream in streams:
            if stream.stage in (Stage.QUEUED, Stage.PAUSED):
                continue
            waiter = self._waiting.pop(stream, None)
            if waiter is not None:
                self._loop.call_soon(waiter)

    # --- timers ---------------------------------------------------------------------------------

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._model.next_timeout() if self._waiting else None
        if due is not None:
            self._timer = self._loop.call_at(due, self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        self._tell(self._model.timeouts(self._loop.time()))
        self._arm()

    # --- health ---------------------------------------------------------------------------------

    def _run_checks(self) -> None:
        """Check who is due; within the process a check takes no time."""
        self._checker = None
        now = self._loop.time()
        for index in self._model.checks_due(now):
            ok = self._check(self.backend.servers[index])
            self._tell(self._model.check_result(index, ok, now))
        due = self._model.next_check()
        if due is not None and now - self._used_at < CHECKED_WHILE_USED:
            self._checker = self._loop.call_at(due, self._run_checks)

    def close(self) -> None:
        """No more is begun here. Requests that it holds go on."""
        if self._checker is not None:
            self._checker.cancel()
            self._checker = None
        self._used_at = float("-inf")
