"""A client's HTTP connection to the router: requests are read, found a route, and answered in turn
(HAProxy's frontends `public`, `fe_sni` and `fe_no_sni`)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from cluster.dataplane.http1 import answers
from cluster.dataplane.http1.body import Body
from cluster.dataplane.http1.errors import BadMessage
from cluster.dataplane.http1.head import RequestHead
from cluster.dataplane.router import outgoing
from cluster.dataplane.router.access_log import CLOSED
from cluster.dataplane.router.catalogue import ServedRoute
from cluster.dataplane.router.closing import close_gently
from cluster.dataplane.router.deadline import Deadline
from cluster.dataplane.router.exchange import Exchange
from cluster.dataplane.router.incoming import Incoming
from cluster.dataplane.router.outgoing import Outgoing
from cluster.dataplane.router.tunnel import Tunnel
from cluster.dataplane.router.upstream import Upstream
from cluster.engine.routing.matching import HTTP, HTTPS, Outcome

if TYPE_CHECKING:
    from cluster.dataplane.router.router import Router

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
        self.outgoing = Outgoing()
        self._incoming = Incoming()
        self._head: RequestHead | None = None
        self._exchange: Exchange | None = None
        self._served: ServedRoute | None = None
        self._limited: ServedRoute | None = None
        self._began = 0.0
        self._requests = 0
        self._advancing = False
        self._is_slow = False

    # --- asyncio.Protocol ------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The client is there; it has `timeout http-request` for its first request."""
        assert isinstance(transport, asyncio.Transport)
        self.outgoing.transport = transport
        self.address = str(transport.get_extra_info("peername")[0])
        self.port = int(transport.get_extra_info("sockname")[1])
        self._router.connections.add(self)
        self.deadline.set(self._router.timeouts["http-request"], self._head_too_slow)

    def data_received(self, data: bytes) -> None:
        """Requests, or the body of one."""
        transport = self.outgoing.transport
        if transport is None or transport.is_closing():
            return
        if not self._incoming and self._head is None and self._requests:
            self.deadline.set(self._router.timeouts["http-request"], self._head_too_slow)
        self._incoming.feed(data)
        self._advance()

    def eof_received(self) -> bool:
        """The client sends no more; what it has asked for is still answered."""
        self.is_ending = True
        if self._exchange is not None and self._incoming.is_body_complete:
            return True
        if self._incoming or self._head is not None:
            self._give_up(400, "the client ended in the middle of a request")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self.outgoing.transport = None
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
            self.outgoing.read_on(True)
            self._advance()

    # --- requests --------------------------------------------------------------------------------------

    def _advance(self) -> None:
        if self._advancing:
            return
        self._advancing = True
        try:
            while self.outgoing.transport is not None and self._step():
                pass
        except BadMessage as error:
            self._give_up(error.status, error.why)
        finally:
            self._advancing = False

    def _step(self) -> bool:
        """One step ahead; False when more has to come in, or the answer."""
        incoming = self._incoming
        if incoming.body is not None:
            return self._read_body(incoming.body)
        if self._exchange is not None or self._is_slow:
            if incoming.is_full:
                self.outgoing.read_on(False)
            return False
        head = incoming.head()
        if head is None:
            return False
        self._begin(head)
        return True

    def _read_body(self, body: Body) -> bool:
        if body.done or not self._incoming:
            return False
        content = self._incoming.content(body)
        exchange = self._exchange
        if exchange is not None and (content or body.done):
            exchange.body(content, last=body.done, trailers=body.trailers)
        if not body.done and exchange is not None:
            self.wait_for_body()
        return body.done

    def _begin(self, head: RequestHead) -> None:
        router = self._router
        self._head, self._requests = head, self._requests + 1
        self._began, self.outgoing.sent, self.status = router.loop.time(), 0, CLOSED
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
            status = 404 if decision.status == 404 else 503
            self.unavailable(router.catalogue.why(scheme, head.host, head.target), status)
            return
        self._served = served
        if not self._welcome(served):
            return
        self._incoming.expect(head)
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

    # --- answers -----------------------------------------------------------------------------------------

    def exchange_done(self, *, keep_alive: bool) -> None:
        """The answer is complete."""
        self.outgoing.flush()
        exchange, self._exchange = self._exchange, None
        self._record(exchange, self.status, "")
        self._answered(keep_alive=keep_alive)

    def unavailable(self, why: str, status: int = 503) -> None:
        """The page "Application is not available", with the cause."""
        self._own_answer(status, outgoing.unavailable(why, status), why)

    def fail(self, status: int, why: str) -> None:
        """HAProxy's own answer to an error."""
        self._own_answer(status, answers.error(status), why)

    def cut_off(self, why: str) -> None:
        """Close without an answer, or in the middle of one."""
        self.outgoing.flush()
        exchange, self._exchange = self._exchange, None
        self._record(exchange, CLOSED, why)
        self._incoming.body = None
        self.abort()

    def _redirect(self, head: RequestHead, route: str, location: str) -> None:
        keep = head.keep_alive and head.body == 0 and not self.is_ending
        location = self._router.redirect_location(location, head.host, self.port)
        self.outgoing.send(outgoing.redirect(location, keep_alive=keep, minor=head.minor))
        self.outgoing.flush()
        self._served = self._router.catalogue.served(route)
        self._record(None, 302, "redirected to HTTPS")
        self._answered(keep_alive=keep)

    def _own_answer(self, status: int, data: bytes, why: str) -> None:
        """An answer of the router's; the connection ends with it."""
        exchange, self._exchange = self._exchange, None
        if self._head is not None and self._head.method == "HEAD":
            data = outgoing.without_body(data)
        self.outgoing.send(data)
        self.outgoing.flush()
        self._record(exchange, status, why)
        self._answered(keep_alive=False)

    def _answered(self, *, keep_alive: bool) -> None:
        self._end_limited()
        self._head = self._served = None
        transport = self.outgoing.transport
        if transport is None:
            return
        if not keep_alive or self.is_ending:
            self._incoming.forget()
            if self.is_ending or not close_gently(transport, self.connection_lost):
                transport.close()
            else:
                self.deadline.set(LINGER, transport.abort)
            return
        self.deadline.set(self._router.timeouts["http-keep-alive"], self._idle_too_long)
        self.outgoing.read_on(True)
        if self._incoming and not self._advancing:
            self._router.loop.call_soon(self._advance)

    def _record(self, exchange: Exchange | None, status: int, cause: str) -> None:
        self._router.record(
            self, self._head, self._served, exchange, status, self.outgoing.sent, cause, self._began
        )

    # --- what goes wrong -----------------------------------------------------------------------------------

    def _give_up(self, status: int, why: str) -> None:
        """The request cannot be read to its end."""
        exchange = self._exchange
        if exchange is not None:
            exchange.abandon()
            if self.status != CLOSED:
                self.cut_off(why)
                return
        self.fail(status, why)

    def _head_too_slow(self) -> None:
        """`timeout http-request`."""
        if self._requests and not self._incoming:
            self._idle_too_long()
        else:
            self.fail(408, "the request did not arrive in time")

    def _body_too_slow(self) -> None:
        """`timeout client`."""
        self._give_up(408, "the request's body did not arrive in time")

    def _idle_too_long(self) -> None:
        """`timeout http-keep-alive`."""
        if self.outgoing.transport is not None:
            self.outgoing.transport.close()

    def abort(self) -> None:
        """The router stops."""
        if self.outgoing.transport is not None:
            self.outgoing.transport.abort()

    # --- leaving HTTP ---------------------------------------------------------------------------------

    def become_tunnel(self, upstream: Upstream, timeout: float) -> None:
        """101: pass bytes both ways from here on."""
        transport, pod = self.outgoing.transport, upstream.transport
        exchange, self._exchange = self._exchange, None
        assert transport is not None and pod is not None and exchange is not None
        head, served, began = self._head, self._served, self._began
        self.deadline.cancel()
        router = self._router

        def ended(sent: int) -> None:
            exchange.tunnel_ended()
            self._head, self._served, self._began = head, served, began
            self.outgoing.sent += sent
            self._record(exchange, 101, "")
            router.connections.discard(self)
            router.tunnels.discard(tunnel)
            self._end_limited()

        tunnel = Tunnel(router.loop, timeout, ended)
        router.tunnels.add(tunnel)
        upstream.owner = None
        tunnel.join(transport, pod, upstream.leftover(), self._incoming.rest())
        self.outgoing.read_on(True)
