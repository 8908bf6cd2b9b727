"""A client's HTTP connection to the router: requests are read, found a route, and answered in turn
(HAProxy's frontends `public`, `fe_sni` and `fe_no_sni`)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from cluster.dataplane.http1 import answers
from cluster.dataplane.http1.body import Body, body_reader
from cluster.dataplane.http1.errors import BadMessage
from cluster.dataplane.http1.head import RequestHead, end_of_head, read_request
from cluster.dataplane.router.access_log import CLOSED
from cluster.dataplane.router.catalogue import ServedRoute
from cluster.dataplane.router.closing import end_writing
from cluster.dataplane.router.deadline import Deadline
from cluster.dataplane.router.exchange import Exchange
from cluster.dataplane.router.tunnel import Tunnel
from cluster.dataplane.router.upstream import Upstream
from cluster.engine.routing.error_pages import error_file, unavailable_page
from cluster.engine.routing.matching import HTTP, HTTPS, Outcome

if TYPE_CHECKING:
    from cluster.dataplane.router.router import Router

PIPELINED: Final = 65_536
"""Bytes behind the current request that are kept before the client has to wait."""
LINGER: Final = 1.0
"""Seconds for a client to take the answer to a broken request (`timeout client-fin`)."""


class ClientConnection(asyncio.Protocol):
    """One connection; `secure` says that it came through TLS."""

    def __init__(self, router: Router, *, secure: bool) -> None:
        self.secure = secure
        self.address = ""
        self.port = 0
        self.deadline = Deadline(router.loop)
        self.status = CLOSED
        """The status of the answer that is being sent."""
        self.is_ending = False
        """Whether the client sends no more."""
        self._router = router
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._head: RequestHead | None = None
        self._body: Body | None = None
        self._exchange: Exchange | None = None
        self._served: ServedRoute | None = None
        self._limited: ServedRoute | None = None
        self._out: list[bytes] = []
        self._sent = 0
        self._began = 0.0
        self._requests = 0
        self._advancing = False
        self._is_slow = False

    # --- asyncio.Protocol ------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The client is there; it has `timeout http-request` for its first request."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.address = str(transport.get_extra_info("peername")[0])
        self.port = int(transport.get_extra_info("sockname")[1])
        self._router.connections.add(self)
        self.deadline.set(self._router.timeouts["http-request"], self._head_too_slow)

    def data_received(self, data: bytes) -> None:
        """Requests, or the body of one."""
        if self._transport is None or self._transport.is_closing():
            return
        if not self._buffer and self._head is None and self._requests:
            self.deadline.set(self._router.timeouts["http-request"], self._head_too_slow)
        self._buffer += data
        self._advance()

    def eof_received(self) -> bool:
        """The client sends no more; what it has asked for is still answered."""
        self.is_ending = True
        if self._exchange is not None and (self._body is None or self._body.done):
            return True
        if self._buffer or self._head is not None:
            self._bad(BadMessage("the client ended in the middle of a request"))
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._transport = None
        self.deadline.cancel()
        self._router.connections.discard(self)
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.abandon()
            self._record(exchange, CLOSED, "the client went away")
        self._end_limited()

    def pause_writing(self) -> None:
        """The client is slow: it gets no more answers before it has taken those it has."""
        self._is_slow = True
        if self._exchange is not None:
            self._exchange.client_is_slow(True)

    def resume_writing(self) -> None:
        """The client takes data again."""
        self._is_slow = False
        if self._exchange is not None:
            self._exchange.client_is_slow(False)
        else:
            self.read_on(True)
            self._advance()

    # --- requests --------------------------------------------------------------------------------------

    def _advance(self) -> None:
        if self._advancing:
            return
        self._advancing = True
        try:
            while self._transport is not None and self._step():
                pass
        except BadMessage as error:
            self._bad(error)
        finally:
            self._advancing = False

    def _step(self) -> bool:
        """One step ahead; False when more has to come in, or the answer."""
        if self._body is not None:
            return self._read_body(self._body)
        if self._exchange is not None or self._is_slow:
            if len(self._buffer) > PIPELINED:
                self.read_on(False)
            return False
        while self._buffer[:2] == b"\r\n":  # RFC 9112 §2.2
            del self._buffer[:2]
        if not self._buffer:
            return False
        end = end_of_head(self._buffer)
        if end < 0:
            if not self._buffer[0] > 32:
                raise BadMessage("this is not HTTP")
            return False
        head = read_request(self._buffer[:end])
        del self._buffer[:end]
        self._begin(head)
        return True

    def _read_body(self, body: Body) -> bool:
        if body.done or not self._buffer:
            return False
        content = body.feed(self._buffer)
        if body.done:
            self._body = None
        exchange = self._exchange
        if exchange is not None and (content or body.done):
            exchange.body(content, last=body.done, trailers=body.trailers)
        if not body.done and exchange is not None:
            self.wait_for_body()
        return body.done

    def _begin(self, head: RequestHead) -> None:
        router = self._router
        self._head, self._requests = head, self._requests + 1
        self._began, self._sent, self.status = router.loop.time(), 0, CLOSED
        self.deadline.clear()
        scheme = HTTPS if self.secure else HTTP
        table = router.catalogue.table
        decide = table.https if self.secure else table.http
        decision = decide(head.host, head.target)
        if decision.outcome is Outcome.REDIRECTED:
            self._redirect(head, decision.route, decision.location)
            return
        served = router.catalogue.served(decision.route) if decision.route else None
        if served is None:
            if decision.status == 404:
                self.unavailable(router.catalogue.why(scheme, head.host, head.target), 404)
            else:
                self.unavailable(router.catalogue.why(scheme, head.host, head.target))
            return
        self._served = served
        if not self._welcome(served):
            return
        if head.body:
            self._body = body_reader(head.body)
        self._exchange = exchange = Exchange(router, self, head, served)
        exchange.start()

    def _welcome(self, served: ServedRoute) -> bool:
        """The allow list and the rate limits: whoever is beyond finds the connection closed."""
        self._end_limited()
        self._limited = served
        refused = served.live.limits.enter(self.address, self._router.loop.time())
        if refused:
            self.cut_off(refused)
        return not refused

    def _end_limited(self) -> None:
        limited, self._limited = self._limited, None
        if limited is not None:
            limited.live.limits.leave(self.address)

    def wait_for_body(self) -> None:
        """More of the body is to come within `timeout client`."""
        self.deadline.set(self._router.timeouts["client"], self._body_too_slow)

    def read_on(self, on: bool) -> None:
        """Whether to take more from the client."""
        transport = self._transport
        if transport is None or transport.is_closing() or transport.is_reading() is on:
            return
        if on:
            transport.resume_reading()
        else:
            transport.pause_reading()

    # --- answers -----------------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """Send, together with what follows in this turn."""
        self._out.append(data)

    def flush(self) -> None:
        """Send it now."""
        out = self._out
        if not out:
            return
        data = out[0] if len(out) == 1 else b"".join(out)
        out.clear()
        self._sent += len(data)
        if self._transport is not None:
            self._transport.write(data)

    def exchange_done(self, *, keep_alive: bool) -> None:
        """The answer is complete."""
        self.flush()
        exchange, self._exchange = self._exchange, None
        self._record(exchange, self.status, "")
        self._answered(keep_alive=keep_alive)

    def unavailable(self, why: str, status: int = 503) -> None:
        """The page "Application is not available", with the cause."""
        page = error_file(status, answers.PHRASES[status], unavailable_page(why))
        # HTTP/1.0 ends with the connection; HAProxy leaves the header of its file out.
        self._own_answer(status, page.replace("Connection: close\r\n", "", 1).encode(), why)

    def fail(self, status: int, why: str) -> None:
        """HAProxy's own answer to an error."""
        self._own_answer(status, answers.error(status), why)

    def cut_off(self, why: str) -> None:
        """Close without an answer, or in the middle of one."""
        self.flush()
        exchange, self._exchange = self._exchange, None
        self._record(exchange, CLOSED, why)
        self._body = None
        if self._transport is not None:
            self._transport.abort()

    def _redirect(self, head: RequestHead, route: str, location: str) -> None:
        keep = head.keep_alive and head.body == 0 and not self.is_ending
        location = self._router.redirect_location(location, head.host, self.port)
        headers = [("location", location), ("cache-control", "no-cache")]
        if not keep:
            headers.append(("connection", "close"))
        elif not head.minor:
            headers.append(("connection", "keep-alive"))
        self.send(answers.answer(302, headers))
        self.flush()
        self._served = self._router.catalogue.served(route)
        self._record(None, 302, "redirected to HTTPS")
        self._answered(keep_alive=keep)

    def _own_answer(self, status: int, data: bytes, why: str) -> None:
        """An answer of the router's; the connection ends with it."""
        exchange, self._exchange = self._exchange, None
        if self._head is not None and self._head.method == "HEAD":
            data = data[: data.index(b"\r\n\r\n") + 4]
        self.send(data)
        self.flush()
        self._record(exchange, status, why)
        self._answered(keep_alive=False)

    def _answered(self, *, keep_alive: bool) -> None:
        self._end_limited()
        self._head = self._served = None
        transport = self._transport
        if transport is None:
            return
        if not keep_alive or self.is_ending:
            self._close(transport)
            return
        self.deadline.set(self._router.timeouts["http-keep-alive"], self._idle_too_long)
        self.read_on(True)
        if self._buffer and not self._advancing:
            self._router.loop.call_soon(self._advance)

    def _close(self, transport: asyncio.Transport) -> None:
        """Close once the client has had the chance to read: what it still sends would reset it."""
        self._body = None
        self._buffer.clear()
        if self.is_ending or not transport.can_write_eof():
            transport.close()
            return
        end_writing(transport)
        transport.set_protocol(_Linger(self, transport))
        self.deadline.set(LINGER, transport.abort)

    def _record(self, exchange: Exchange | None, status: int, cause: str) -> None:
        self._router.record(self, self._head, self._served, exchange, status, self._sent, cause,
                            self._began)  # fmt: skip

    # --- what goes wrong -----------------------------------------------------------------------------------

    def _bad(self, error: BadMessage) -> None:
        exchange = self._exchange
        if exchange is not None:
            exchange.abandon()
            if self.status != CLOSED:
                self.cut_off(error.why)
                return
        self.fail(error.status, error.why)

    def _head_too_slow(self) -> None:
        """`timeout http-request`."""
        if self._requests and not self._buffer:
            self._idle_too_long()
        else:
            self.fail(408, "the request did not arrive in time")

    def _body_too_slow(self) -> None:
        """`timeout client`."""
        if self._exchange is not None:
            self._exchange.abandon()
            if self.status != CLOSED:
                self.cut_off("the request's body did not arrive in time")
                return
        self.fail(408, "the request's body did not arrive in time")

    def _idle_too_long(self) -> None:
        """`timeout http-keep-alive`."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """The router stops."""
        if self._transport is not None:
            self._transport.abort()

    # --- leaving HTTP ---------------------------------------------------------------------------------

    def become_tunnel(self, upstream: Upstream, timeout: float) -> None:
        """101: pass bytes both ways from here on."""
        transport, pod = self._transport, upstream.transport
        exchange, self._exchange = self._exchange, None
        assert transport is not None and pod is not None and exchange is not None
        head, served, began = self._head, self._served, self._began
        self.deadline.cancel()
        router = self._router

        def ended(sent: int) -> None:
            exchange.tunnel_ended()
            self._head, self._served, self._began = head, served, began
            self._sent += sent
            self._record(exchange, 101, "")
            router.connections.discard(self)
            router.tunnels.discard(tunnel)
            self._end_limited()

        tunnel = Tunnel(router.loop, timeout, ended)
        router.tunnels.add(tunnel)
        tunnel.client.transport, tunnel.pod.transport = transport, pod
        transport.set_protocol(tunnel.client)
        pod.set_protocol(tunnel.pod)
        upstream.owner = None
        first, early = upstream.leftover(), bytes(self._buffer)
        self._buffer.clear()
        if first:
            tunnel.pod.data_received(first)
        if early:
            tunnel.client.data_received(early)
        self.read_on(True)


class _Linger(asyncio.Protocol):
    """A connection whose last answer is on its way: what the client still says is not read."""

    def __init__(self, connection: ClientConnection, transport: asyncio.Transport) -> None:
        self._connection = connection
        self._transport = transport
        if not transport.is_reading():
            transport.resume_reading()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._connection.connection_lost(exc)
