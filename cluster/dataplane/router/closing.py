"""Ending connections whose other end may be gone already, or still has something to say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


def end_writing(transport: asyncio.Transport) -> None:
    """Say that no more comes. A socket whose peer has reset it cannot be half-closed: it is ended."""
    try:
        transport.write_eof()
    except OSError:
        transport.abort()


def close_gently(transport: asyncio.Transport, on_lost: Callable[[Exception | None], None]) -> bool:
    """Close once the client has had the chance to read: what it still sends would reset it.

    False, and nothing happens, where a connection has no half that could be closed.
    """
    if not transport.can_write_eof():
        return False
    end_writing(transport)
    transport.set_protocol(_Linger(transport, on_lost))
    return True


class _Linger(asyncio.Protocol):
    """A connection whose last answer is on its way: what the client still says is not read."""

    def __init__(
        self, transport: asyncio.Transport, on_lost: Callable[[Exception | None], None]
    ) -> None:
        self._on_lost = on_lost
        if not transport.is_reading():
            transport.resume_reading()

    def eof_received(self) -> bool:
        """The client has read it, or has gone."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._on_lost(exc)
