"""A TLS session between a transport and a protocol: whatever carries the bytes, a socket whose first
ones were already looked at, or a connection within the process. (asyncio's own begins with sockets.)"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import Any, Final

_READ: Final = 65_536
_HIGH_WATER: Final = 65_536
HANDSHAKE_TIMEOUT: Final = 10.0


class TlsLayer(asyncio.Transport, asyncio.Protocol):
    """Towards the wire a protocol, towards the application a transport.

    The application's `connection_made` is called when the handshake is over; a handshake that fails
    ends in its `connection_lost` alone, with the error.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        context: ssl.SSLContext,
        protocol: asyncio.Protocol,
        *,
        server_side: bool,
        server_hostname: str | None = None,
    ) -> None:
        super().__init__()
        self._loop = loop
        self._protocol: asyncio.Protocol = protocol
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._session = context.wrap_bio(
            self._incoming, self._outgoing, server_side=server_side, server_hostname=server_hostname
        )
        self._wire: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._open = False
        self._told = False
        self._closing = False
        self._reading = True
        self._ended = False
        self._pending = bytearray()

    # --- the wire's protocol -----------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The wire is there: begin the handshake."""
        assert isinstance(transport, asyncio.Transport)
        self._wire = transport
        self._timer = self._loop.call_later(HANDSHAKE_TIMEOUT, self._too_slow)
        self._handshake()

    def data_received(self, data: bytes) -> None:
        """Bytes from the wire."""
        if self._told and self._closing:
            return
        self._incoming.write(data)
        if not self._open:
            self._handshake()
        if self._open:
            self._read()

    def eof_received(self) -> bool:
        """The wire ends: so does the session; half-closed TLS is of no use."""
        self._incoming.write_eof()
        if self._open:
            self._read()
            self._end_of_data()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The wire is gone."""
        if not self._open and exc is None:
            exc = ConnectionResetError("the connection ended during the TLS handshake")
        self._lose(exc)

    def pause_writing(self) -> None:
        """The wire is full."""
        if self._open:
            self._protocol.pause_writing()

    def resume_writing(self) -> None:
        """The wire takes data again."""
        if self._open:
            self._protocol.resume_writing()

    # --- the application's transport -----------------------------------------------------------------------

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Encrypt and send."""
        if self._closing or not data:
            return
        self._pending += data
        self._flush()

    def can_write_eof(self) -> bool:
        """No: the session ends in both directions at once."""
        return False

    def pause_reading(self) -> None:
        """Deliver no more, and take no more off the wire."""
        self._reading = False
        if self._wire is not None:
            self._wire.pause_reading()

    def resume_reading(self) -> None:
        """Go on; what is in the session already comes first."""
        if self._reading:
            return
        self._reading = True
        if self._wire is not None and not self._wire.is_closing():
            self._wire.resume_reading()
        self._loop.call_soon(self._read)

    def is_reading(self) -> bool:
        """Whether data is delivered."""
        return self._reading

    def get_write_buffer_size(self) -> int:
        """Bytes that have not been sent."""
        waiting = self._wire.get_write_buffer_size() if self._wire is not None else 0
        return len(self._pending) + waiting

    def is_closing(self) -> bool:
        """Whether it is over."""
        return self._closing or self._wire is None or self._wire.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Of the session, else of the wire."""
        if name == "ssl_object":
            return self._session
        return self._wire.get_extra_info(name, default) if self._wire is not None else default

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Hand the session over to another protocol."""
        assert isinstance(protocol, asyncio.Protocol)
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Who gets the data."""
        return self._protocol

    def close(self) -> None:
        """Say good-bye, send what is left, end."""
        if self._closing:
            return
        self._closing = True
        self._flush()
        with contextlib.suppress(ssl.SSLError, ValueError):
            self._session.unwrap()  # nobody waits for the other side to say good-bye, too
        self._send()
        if self._wire is not None:
            self._wire.close()

    def abort(self) -> None:
        """End now."""
        self._closing = True
        if self._wire is not None:
            self._wire.abort()

    # --- the session -----------------------------------------------------------------------------------

    def _handshake(self) -> None:
        try:
            self._session.do_handshake()
        except ssl.SSLWantReadError:
            self._send()
            return
        except (ssl.SSLError, ssl.CertificateError) as error:
            self._send()  # the alert
            self._fail(error)
            return
        self._send()
        self._open = True
        self._stop_timer()
        self._protocol.connection_made(self)
        self._flush()

    def _read(self) -> None:
        while self._reading and not self._closing:
            try:
                data = self._session.read(_READ)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLZeroReturnError:
                data = b""
            except ssl.SSLError as error:
                self._fail(error)
                return
            if not data:
                self._send()
                self._end_of_data()
                return
            self._protocol.data_received(data)
        self._send()

    def _end_of_data(self) -> None:
        if self._ended or self._closing:
            return
        self._ended = True
        if not self._protocol.eof_received():
            self.close()

    def _flush(self) -> None:
        """Encrypt what waits. Renegotiation does not exist in TLS 1.3, and 1.2 refuses it."""
        if not self._open:
            return
        while self._pending:
            try:
                written = self._session.write(memoryview(self._pending)[:_READ])
            except ssl.SSLWantReadError:
                break
            except ssl.SSLError as error:
                self._fail(error)
                return
            del self._pending[:written]
        self._send()

    def _send(self) -> None:
        if self._outgoing.pending and self._wire is not None:
            self._wire.write(self._outgoing.read())

    def _fail(self, error: Exception) -> None:
        self._closing = True
        if self._wire is not None:
            self._wire.close()
        self._lose(error)

    def _too_slow(self) -> None:
        self._fail(TimeoutError("the TLS handshake took too long"))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _lose(self, error: Exception | None) -> None:
        self._stop_timer()
        if self._told:
            return
        self._told = self._closing = True
        self._loop.call_soon(self._protocol.connection_lost, error)
