"""DNS over TCP (RFC 7766): questions with a length before each, as many on a connection as a client likes.

Questions are answered in the order in which they come, a bounded number at a time, and a client that
does not read its answers is not read from. Idle connections end.
"""

from __future__ import annotations

import asyncio
import struct
from typing import Final

from cluster.dataplane.dns.answers import Answers

IDLE: Final = 8.0
"""Seconds without a question after which a connection is closed (miekg/dns)."""
MOST_CONNECTIONS: Final = 256
AT_A_TIME: Final = 32
"""Questions of one connection that are answered before others get their turn."""
_LENGTH: Final = struct.Struct("!H")


class TcpConnections:
    """The open connections."""

    def __init__(self, answers: Answers, idle: float = IDLE, most: int = MOST_CONNECTIONS) -> None:
        """`idle` in seconds; beyond `most` connections new ones are closed at once."""
        self.answers = answers
        self.idle = idle
        self.most = most
        self.open: set[TcpConnection] = set()

    def accept(self) -> TcpConnection:
        """A protocol for a new connection."""
        return TcpConnection(self)

    def close(self) -> None:
        """End all connections."""
        for each in list(self.open):
            each.abort()


class TcpConnection(asyncio.Protocol):
    """One connection."""

    def __init__(self, owner: TcpConnections) -> None:
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._is_blocked = False
        self._has_turn = False
        self._has_ended = False
        self._idle: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client came."""
        assert isinstance(transport, asyncio.Transport)
        if len(self._owner.open) >= self._owner.most:
            transport.abort()
            return
        self._transport = transport
        self._owner.open.add(self)
        self._rest()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client went."""
        self._transport = None
        self._owner.open.discard(self)
        self._buffer.clear()
        if self._idle is not None:
            self._idle.cancel()

    def data_received(self, data: bytes) -> None:
        """Bytes of questions."""
        self._buffer += data
        self._take_turn()

    def eof_received(self) -> bool:
        """The client has asked everything: its answers are sent, then the connection ends."""
        self._has_ended = True
        if not self._has_turn and not self._is_blocked:
            self._work()
        return True

    def pause_writing(self) -> None:
        """The client does not read: stop answering, and reading."""
        self._is_blocked = True
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """The client reads again."""
        self._is_blocked = False
        if self._transport is not None:
            self._transport.resume_reading()
        self._take_turn()

    def abort(self) -> None:
        """End the connection now."""
        if self._transport is not None:
            self._transport.abort()

    def _take_turn(self) -> None:
        if not self._has_turn and not self._is_blocked:
            self._work()

    def _work(self) -> None:
        """Answer what has come, then let others have their turn."""
        self._has_turn = False
        if self._transport is None:
            return
        answered = 0
        while answered < AT_A_TIME and not self._is_blocked:
            packet = self._next()
            if packet is None:
                break
            answered += 1
            answer = self._owner.answers.respond(packet, is_udp=False)
            if answer is not None:
                self._transport.write(_LENGTH.pack(len(answer)) + answer)
        if answered:
            self._rest()
        if answered == AT_A_TIME and not self._is_blocked:
            # Reading waits for its turn too, so that what is kept of a client stays small.
            self._has_turn = True
            self._transport.pause_reading()
            self._loop.call_soon(self._go_on)
        elif self._has_ended and not self._is_blocked:
            self._transport.close()

    def _go_on(self) -> None:
        self._has_turn = False
        if self._transport is None or self._is_blocked:
            return
        self._transport.resume_reading()
        self._work()

    def _next(self) -> bytes | None:
        """The next whole question."""
        if len(self._buffer) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._buffer)
        end = _LENGTH.size + length
        if len(self._buffer) < end:
            return None
        packet = bytes(self._buffer[_LENGTH.size : end])
        del self._buffer[:end]
        return packet

    def _rest(self) -> None:
        """Wait for the next question, not for ever."""
        if self._idle is not None:
            self._idle.cancel()
        self._idle = self._loop.call_later(self._owner.idle, self.abort)
