"""Half-closing a connection whose other end may be gone already."""

from __future__ import annotations

import asyncio


def end_writing(transport: asyncio.Transport) -> None:
    """Say that no more comes. A socket whose peer has reset it cannot be half-closed: it is ended."""
    try:
        transport.write_eof()
    except OSError:
        transport.abort()
