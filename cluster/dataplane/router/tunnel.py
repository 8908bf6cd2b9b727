"""Bytes both ways, unread: TLS that is passed through, and connections that have left HTTP (101)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from cluster.dataplane.router.closing import end_writing
from cluster.dataplane.router.deadline import Deadline

HALF_CLOSED: Final = 1.0
"""Seconds for the other side after one has ended (`timeout client-fin`, `server-fin`)."""


class Tunnel:
    """Two connections that feed one another; each waits while the other is slow."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        timeout: float,
        on_end: Callable[[int], None],
    ) -> None:
        """`timeout` is how long nothing may pass; `on_end` gets the bytes sent to the client."""
        self.client = _Side(self)
        self.pod = _Side(self)
        self.client.other, self.pod.other = self.pod, self.client
        self._timeout = timeout
        self._deadline = Deadline(loop)
        self._on_end: Callable[[int], None] | None = on_end
        self._deadline.set(timeout, self.abort)

    def join(
        self,
        client: asyncio.Transport,
        pod: asyncio.Transport,
        from_pod: bytes,
        from_client: bytes,
    ) -> None:
        """Take two connections over, with what has come on either and was not used."""
        self.client.transport, self.pod.transport = client, pod
        client.set_protocol(self.client)
        pod.set_protocol(self.pod)
        if from_pod:
            self.pod.data_received(from_pod)
        if from_client:
            self.client.data_received(from_client)

    def touch(self) -> None:
        """Something has passed."""
        half = self.client.ended or self.pod.ended
        self._deadline.set(HALF_CLOSED if half else self._timeout, self.abort)

    def abort(self) -> None:
        """End it."""
        for side in (self.client, self.pod):
            if side.transport is not None:
                side.transport.abort()
        self.over()

    def over(self) -> None:
        """It has ended."""
        self._deadline.cancel()
        on_end, self._on_end = self._on_end, None
        if on_end is not None:
            on_end(self.pod.passed)


class _Side(asyncio.Protocol):
    """One end of a tunnel."""

    def __init__(self, tunnel: Tunnel) -> None:
        self.other: _Side
        self.transport: asyncio.Transport | None = None
        self.ended = False
        self.passed = 0
        self._tunnel = tunnel
        self._early = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The side is there; what has come for it meanwhile is sent."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        if self._early:
            transport.write(bytes(self._early))
            self._early.clear()

    def send(self, data: bytes) -> None:
        """Send, or keep until the side is there."""
        if self.transport is None:
            self._early += data
        else:
            self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        """On to the other side."""
        self.passed += len(data)
        self._tunnel.touch()
        self.other.send(data)

    def eof_received(self) -> bool:
        """This side says no more; the other one still may."""
        self.ended = True
        other = self.other.transport
        if other is None or self.other.ended or not other.can_write_eof():
            if other is not None:
                other.close()
            return False
        end_writing(other)
        self._tunnel.touch()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """This side is gone, and the other one is of no more use."""
        self.transport = None
        other = self.other.transport
        if other is not None:
            other.close()
        self._tunnel.over()

    def pause_writing(self) -> None:
        """This side is slow: let the other one wait."""
        if self.other.transport is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        """This side takes data again."""
        if self.other.transport is not None:
            self.other.transport.resume_reading()
