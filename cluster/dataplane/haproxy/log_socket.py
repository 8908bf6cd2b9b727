"""The Unix socket to which HAProxy sends its log, as to the log container beside OpenShift's router
(`spec.logging.access.destination: Container`).

HAProxy never waits: what finds the socket's queue full, often ten datagrams, is lost. So a thread of its
own takes them off at once, and the loop gets them in batches.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cluster.dataplane.haproxy.log_lines import LONGEST

NAME: Final = "log.sock"
WAITING: Final = 20_000
"""Lines that wait for the loop; beyond, the oldest go."""
_BUFFER: Final = 1 << 20


class LogSocket:
    """Bound while it is open. `take` gets datagrams, several at once, on the loop."""

    def __init__(
        self, path: Path, loop: asyncio.AbstractEventLoop, take: Callable[[list[bytes]], None]
    ) -> None:
        """What an earlier process left at the path is removed. Raises OSError."""
        self.path = path
        self._loop = loop
        self._take = take
        self._waiting: deque[bytes] = deque(maxlen=WAITING)
        self._is_called = False
        self._closing = False
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            self._socket.bind(str(path))
            path.chmod(0o600)
        except OSError:
            self._socket.close()
            raise
        self._thread = threading.Thread(target=self._receive, name="haproxy-log", daemon=True)
        self._thread.start()

    def drain(self) -> None:
        """Hand over now what has come by now."""
        self._is_called = False
        found = []
        while self._waiting:
            found.append(self._waiting.popleft())
        if found:
            self._take(found)

    def close(self) -> None:
        """No more is received; the socket's file goes."""
        if self._closing:
            return
        self._closing = True
        self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread
        self._thread.join()
        self._socket.close()
        self.path.unlink(missing_ok=True)
        self.drain()

    def _receive(self) -> None:
        """The thread."""
        while True:
            try:
                # One byte more than is read tells a line that is too long from one that is not.
                datagram = self._socket.recv(LONGEST + 1)
            except OSError:
                return
            if self._closing and not datagram:
                return
            self._waiting.append(datagram)
            if not self._is_called:
                self._is_called = True
                try:
                    self._loop.call_soon_threadsafe(self.drain)
                except RuntimeError:  # the loop has ended
                    return
