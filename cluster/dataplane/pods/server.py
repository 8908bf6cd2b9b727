"""The web server in a pod, for one connection: keep-alive, bodies, WebSockets, the configured delay and
share of errors, and TLS for whoever begins with a TLS hello."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from cluster.dataplane.http1.answers import answer
from cluster.dataplane.http1.body import Body, body_reader
from cluster.dataplane.http1.errors import BadMessage
from cluster.dataplane.http1.head import Header, RequestHead, end_of_head, read_request
from cluster.dataplane.pods import page
from cluster.dataplane.pods.page import Asked, Place
from cluster.dataplane.pods.programs import Program
from cluster.dataplane.pods.websocket import Echo
from cluster.dataplane.tls.layer import TlsLayer

STEADY_PART: Final = 0.8
"""Part of the delay that every answer takes; the rest varies exponentially about it."""
_TLS_HELLO: Final = 22
_HEAD_BUFFER: Final = 65_536
_ERROR_TEXT: Final = b"Internal Server Error\n"


class Home(Protocol):
    """The pod that a connection came to."""

    @property
    def place(self) -> Place:
        """What it says of itself."""
        ...

    @property
    def program(self) -> Program:
        """What listens on the port."""
        ...

    def tls_context(self) -> ssl.SSLContext:
        """Its certificate."""
        ...


class PodConnection(asyncio.Protocol):
    """A connection to a pod, before the pod knows whether its client speaks TLS."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        home: Home,
        on_end: Callable[[PodConnection], None],
    ) -> None:
        self._loop = loop
        self._home = home
        self._on_end = on_end
        self._transport: asyncio.Transport | None = None
        self._inner: asyncio.Protocol | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first byte."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """The first byte says what the client speaks."""
        if self._inner is None:
            assert self._transport is not None
            self._inner = self._choose(data)
            self._inner.connection_made(self._transport)
        self._inner.data_received(data)

    def _choose(self, data: bytes) -> asyncio.Protocol:
        if not self._home.program.speaks_http:
            return _NoHttp()
        if data[0] != _TLS_HELLO:
            return PodHttp(self._loop, self._home, tls=False)
        secured = PodHttp(self._loop, self._home, tls=True)
        return TlsLayer(self._loop, self._home.tls_context(), secured, server_side=True)

    def eof_received(self) -> bool:
        """The client sends no more."""
        return bool(self._inner is not None and self._inner.eof_received())

    def pause_writing(self) -> None:
        """The client takes no more for now."""
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        """The client takes data again."""
        if self._inner is not None:
            self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        if self._inner is not None:
            self._inner.connection_lost(exc)
        self._on_end(self)

    def kill(self) -> None:
        """The process is gone, and its sockets with it."""
        if self._transport is not None:
            self._transport.abort()


class _NoHttp(asyncio.Protocol):
    """A database: it does not understand what an HTTP client says, and hangs up."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.close()


class PodHttp(asyncio.Protocol):
    """HTTP/1.1 as the simulated application serves it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, home: Home, *, tls: bool) -> None:
        self._loop = loop
        self._home = home
        self._tls = tls
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._head: RequestHead | None = None
        self._raw_head = b""
        self._body: Body | None = None
        self._received = 0
        self._waiting: asyncio.TimerHandle | None = None
        self._echo: Echo | None = None
        self._eof = False
        self._client_is_slow = False

    # --- asyncio.Protocol ------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for requests."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Requests, one after another."""
        if self._echo is not None:
            self._converse(data)
            return
        self._buffer += data
        self._advance()

    def eof_received(self) -> bool:
        """An answer that is under way is still sent."""
        self._eof = True
        return self._waiting is not None

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody waits for the answer any more."""
        if self._waiting is not None:
            self._waiting.cancel()
        self._transport = None

    def pause_writing(self) -> None:
        """The client is slow: read nothing more that would have to be answered."""
        self._client_is_slow = True
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """The client takes data again."""
        self._client_is_slow = False
        if self._transport is not None:
            self._transport.resume_reading()
            self._advance()

    # --- requests ----------------------------------------------------------------------------------------

    def _advance(self) -> None:
        transport = self._transport
        try:
            while self._may_go_on and self._step():
                pass
        except BadMessage as error:
            body = f"{error.why}\n".encode()
            headers = [("content-type", "text/plain"), ("connection", "close")]
            if transport is not None:
                transport.write(answer(error.status, headers, body))
                transport.close()
            return
        if transport is None:
            return
        if self._waiting is not None and len(self._buffer) > _HEAD_BUFFER:
            transport.pause_reading()
        elif self._waiting is None and not self._client_is_slow and not transport.is_reading():
            transport.resume_reading()

    @property
    def _may_go_on(self) -> bool:
        free = self._waiting is None and self._echo is None and not self._client_is_slow
        return free and self._transport is not None and not self._transport.is_closing()

    def _step(self) -> bool:
        """One step ahead; False when more has to come in."""
        if self._head is None:
            end = end_of_head(self._buffer)
            if end < 0:
                return False
            self._raw_head = bytes(self._buffer[:end])
            del self._buffer[:end]
            self._head = read_request(self._raw_head)
            self._body, self._received = body_reader(self._head.body), 0
            if self._head.expects_continue and self._transport is not None:
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self._body
        assert body is not None
        if not body.done:
            self._received += len(body.feed(self._buffer))
            if not body.done:
                return False
        self._think()
        return True

    def _think(self) -> None:
        """Answer after the application's delay."""
        latency = self._home.program.application.latency_ms / 1000
        if not latency:
            self._reply()
            return
        varying = -(1 - STEADY_PART) * random.expovariate(1.0)
        self._waiting = self._loop.call_later(
            latency * (STEADY_PART - varying), self._reply_and_go_on
        )

    def _reply_and_go_on(self) -> None:
        self._waiting = None
        self._reply()
        if self._eof and self._transport is not None:
            self._transport.close()
        else:
            self._advance()

    def _reply(self) -> None:
        head, transport = self._head, self._transport
        if head is None or transport is None:
            return
        trailers = self._body.trailers if self._body is not None else ()
        self._head = self._body = None
        if head.upgrade.lower() == "websocket":
            self._open_echo(transport)
            return
        status, kind, body = self._content(head, trailers, transport)
        headers = [("content-type", kind)]
        if not head.keep_alive:
            headers.append(("connection", "close"))
        reply = answer(status, headers, body)
        transport.write(reply[: len(reply) - len(body)] if head.method == "HEAD" else reply)
        if not head.keep_alive:
            transport.close()

    def _content(
        self, head: RequestHead, trailers: Sequence[Header], transport: asyncio.Transport
    ) -> tuple[int, str, bytes]:
        rate = self._home.program.application.error_rate
        if rate and random.random() < rate:
            return 500, "text/plain", _ERROR_TEXT
        peer = transport.get_extra_info("peername")
        client = str(peer[0]) if peer else ""
        asked = Asked(
            head.method, head.target, head.headers, self._received, self._tls, client, trailers
        )
        if page.wants_json(head.headers):
            return 200, "application/json", page.as_json(self._home.place, asked)
        return 200, "text/html; charset=utf-8", page.as_html(self._home.place, asked)

    # --- WebSockets ----------------------------------------------------------------------------------------

    def _open_echo(self, transport: asyncio.Transport) -> None:
        echo = Echo()
        transport.write(echo.open(self._raw_head))
        if not echo.is_open:
            transport.close()
            return
        self._echo = echo
        if self._buffer:
            data = bytes(self._buffer)
            self._buffer.clear()
            self._converse(data)

    def _converse(self, data: bytes) -> None:
        assert self._echo is not None
        transport = self._transport
        if transport is None:
            return
        reply = self._echo.receive(data)
        if reply:
            transport.write(reply)
        if self._echo.is_over:
            transport.close()
