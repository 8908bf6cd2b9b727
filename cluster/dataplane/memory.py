"""Connections within the process: two ends that behave as asyncio's socket transports do, so that the
embedded router reaches 150,000 pods without a socket for any of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Final

HIGH_WATER: Final = 65_536
"""Bytes on their way from which on a writer is asked to pause; below a quarter it may go on."""


class MemoryTransport(asyncio.Transport):
    """One end. What is written is delivered to the other end's protocol in the loop's next turn."""

    def __init__(self, loop: asyncio.AbstractEventLoop, extra: dict[str, Any]) -> None:
        super().__init__(extra)
        self._loop = loop
        self._protocol: asyncio.Protocol | None = None
        self._peer: MemoryTransport | None = None
        self._incoming = bytearray()
        self._incoming_eof = False
        self._eof_told = False
        self._scheduled = False
        self._reading = True
        self._closing = False
        self._lost = False
        self._wrote_eof = False
        self._writer_paused = False

    # --- asyncio.Transport -------------------------------------------------------------------------

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send to the other end; what it no longer takes is lost, as on a socket."""
        if self._closing or self._wrote_eof:
            return
        peer = self._peer
        if peer is None or peer._closing:
            return
        peer._incoming += data
        peer._schedule()
        if len(peer._incoming) > HIGH_WATER and not self._writer_paused:
            self._writer_paused = True
            if self._protocol is not None:
                self._protocol.pause_writing()

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Send several pieces."""
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        """Yes."""
        return True

    def write_eof(self) -> None:
        """No more is to come from here; the other direction stays open."""
        self._wrote_eof = True
        peer = self._peer
        if peer is not None and not peer._closing:
            peer._incoming_eof = True
            peer._schedule()

    def pause_reading(self) -> None:
        """Deliver no more."""
        self._reading = False

    def resume_reading(self) -> None:
        """Go on delivering."""
        self._reading = True
        if self._incoming or self._incoming_eof:
            self._schedule()

    def is_reading(self) -> bool:
        """Whether data is delivered."""
        return self._reading

    def get_write_buffer_size(self) -> int:
        """Bytes that the other end has not taken yet."""
        return len(self._peer._incoming) if self._peer is not None else 0

    def is_closing(self) -> bool:
        """Whether this end or the other one is closed."""
        return self._closing

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Hand the connection over to another protocol."""
        assert isinstance(protocol, asyncio.Protocol)
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Who gets the data."""
        assert self._protocol is not None
        return self._protocol

    def close(self) -> None:
        """The other end gets what is on its way, then the end of the connection."""
        if self._closing:
            return
        self.write_eof()
        self._closing = True
        self._loop.call_soon(self._lose, None)

    def abort(self) -> None:
        """End it now; what is on its way is lost."""
        self._end(ConnectionAbortedError("the connection was aborted"))
        if self._peer is not None:
            self._peer._end(ConnectionResetError("the other end has reset the connection"))

    # --- inner life ------------------------------------------------------------------------------------

    def _end(self, error: Exception) -> None:
        if not self._lost:
            self._closing = True
            self._incoming.clear()
            self._loop.call_soon(self._lose, error)

    def _lose(self, error: Exception | None) -> None:
        if self._lost:
            return
        self._lost = True
        protocol, self._protocol = self._protocol, None
        if protocol is not None:
            protocol.connection_lost(error)
        peer, self._peer = self._peer, None
        if peer is not None and error is None and not peer._closing:
            peer._incoming_eof = True
            peer._schedule()

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._deliver)

    def _deliver(self) -> None:
        self._scheduled = False
        protocol = self._protocol
        if self._closing or not self._reading or protocol is None:
            return
        if self._incoming:
            data, self._incoming = bytes(self._incoming), bytearray()
            self._resume_writer()
            protocol.data_received(data)
            if self._incoming:
                return  # more has been scheduled meanwhile
        if self._incoming_eof and not self._eof_told and self._reading and not self._closing:
            self._eof_told = True
            if not protocol.eof_received():
                self.close()

    def _resume_writer(self) -> None:
        peer = self._peer
        if peer is not None and peer._writer_paused:
            peer._writer_paused = False
            if peer._protocol is not None:
                peer._protocol.resume_writing()


def connect(
    loop: asyncio.AbstractEventLoop,
    client: asyncio.Protocol,
    server: asyncio.Protocol,
    *,
    source: tuple[str, int],
    target: tuple[str, int],
) -> MemoryTransport:
    """Connect two protocols; the client's end. Both are told at once, the server first."""
    here = MemoryTransport(loop, {"peername": target, "sockname": source})
    there = MemoryTransport(loop, {"peername": source, "sockname": target})
    here._peer, there._peer = there, here
    here._protocol, there._protocol = client, server
    server.connection_made(there)
    client.connection_made(here)
    return here
