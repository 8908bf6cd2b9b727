"""The mailbox: how other threads ask something of the engine's thread."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from cluster.runtime.errors import Unavailable

Work = Callable[["Future[Any]"], None]


@dataclass(frozen=True, slots=True)
class Request:
    """Something to do on the engine's thread. `work` resolves the future, at once or later."""

    work: Work
    future: Future[Any] = field(default_factory=Future)

    def serve(self) -> None:
        """Do it; what it raises is the answer. One that was cancelled meanwhile is left out."""
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            self.work(self.future)
        except Exception as error:
            self.future.set_exception(error)


class Mailbox:
    """Requests in order of arrival. Any thread puts; the engine's thread takes and waits."""

    def __init__(self) -> None:
        self._waiting: deque[Request] = deque()
        self._arrived = threading.Event()
        self._lock = threading.Lock()
        self._closed = False

    def put(self, work: Work) -> Future[Any]:
        """Ask for something. Raises Unavailable when nobody will ever take it."""
        request = Request(work)
        with self._lock:
            if self._closed:
                raise Unavailable("the cluster is shutting down")
            self._waiting.append(request)
        self._arrived.set()
        return request.future

    def take(self) -> list[Request]:
        """Everything that waits."""
        self._arrived.clear()
        taken = []
        while self._waiting:
            taken.append(self._waiting.popleft())
        return taken

    def wait(self, seconds: float | None) -> None:
        """Sleep until something arrives, or for so many seconds."""
        self._arrived.wait(seconds)

    def wake(self) -> None:
        """Wake the engine's thread."""
        self._arrived.set()

    def close(self) -> list[Request]:
        """Take no more; returns what still waits."""
        with self._lock:
            self._closed = True
        return self.take()
