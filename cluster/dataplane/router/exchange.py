"""One request through the router: a server is chosen, connected to, asked, and its answer sent on."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cluster.dataplane.http1.answers import PHRASES
from cluster.dataplane.http1.body import chunk, last_chunk
from cluster.dataplane.http1.errors import BadMessage
from cluster.dataplane.http1.head import CHUNKED, Header, RequestHead, ResponseHead, write_head
from cluster.dataplane.pods.network import NoAnswerError
from cluster.dataplane.router import headers
from cluster.dataplane.router.catalogue import ServedRoute
from cluster.dataplane.router.causes import refused_because
from cluster.dataplane.router.pool import PoolKey
from cluster.dataplane.router.upstream import Upstream
from cluster.engine.routing.backends import BackendServer
from cluster.engine.routing.forwarded import ClientSide
from cluster.engine.routing.proxy import Stage

if TYPE_CHECKING:
    from cluster.dataplane.router.client import ClientConnection
    from cluster.dataplane.router.router import Router

EARLY_BODY: Final = 65_536
"""Bytes of a request's body that are kept while no pod is there to take them."""


class Exchange:
    """Between a client's connection and a pod's. The client's connection owns it."""

    def __init__(
        self, router: Router, client: ClientConnection, head: RequestHead, served: ServedRoute
    ) -> None:
        self.method = head.method
        self.served = served
        self.server: BackendServer | None = None
        self.is_over = False
        self._router = router
        self._client = client
        self._head = head
        self._request: list[tuple[str, str]] = []
        self._live = served.live
        self._upstream: Upstream | None = None
        self._sent_head = False
        self._early: list[bytes] = []
        self._early_size = 0
        self._body_complete = head.body == 0
        self._set_cookie: str | None = None
        self._answering = False
        self._chunked = False
        self._keep_alive = False
        self._trouble: Exception | None = None
        self._repeated = False
        self._stream = self._live.arrive(client.address, headers.cookie_header(head))

    @property
    def is_answered(self) -> bool:
        """Whether the answer is the pod's."""
        return self._answering

    # --- towards the pod -----------------------------------------------------------------------------

    def start(self) -> None:
        """Go where the stream's stage says."""
        stream = self._stream
        if self.is_over:
            return
        if stream.stage is Stage.CONNECT:
            self._connect()
        elif stream.stage is Stage.REFUSED:
            assert stream.refusal is not None
            self._over()
            cause = refused_because(self.served, stream.refusal, self._trouble)
            self._client.unavailable(cause)
        else:
            self._live.wait(stream, self.start)

    def _connect(self) -> None:
        server = self.server = self._live.server(self._stream)
        upstream = self._router.pool.take(self._pool_key(server)) if not self._repeated else None
        if upstream is not None:
            self._upstream, upstream.owner = upstream, self
            self.upstream_ready()
            return
        self._upstream = upstream = Upstream()
        upstream.owner = self
        self._client.deadline.set(self._router.timeouts["connect"], self._connect_too_slow)
        try:
            self._router.connect(server, self.served, upstream)
        except NoAnswerError:
            return  # the deadline tells
        except (OSError, ssl.SSLError) as error:
            upstream.owner = None
            self._connect_failed(error)

    def _pool_key(self, server: BackendServer) -> PoolKey:
        return self.served.backend.name, server.name, self.served.destination_ca

    def _connect_too_slow(self) -> None:
        self._drop_upstream()
        self._connect_failed(TimeoutError("the connection took too long"), timed_out=True)

    def _connect_failed(self, error: Exception, *, timed_out: bool = False) -> None:
        self._trouble = error
        self._client.deadline.clear()
        if self._stream.stage is not Stage.CONNECT:  # the second try of a kept connection
            self._over()
            self._client.fail(502, str(error))
            return
        self._live.failed(self._stream, timed_out=timed_out)
        self.start()

    def upstream_ready(self) -> None:
        """Send the request, and what of its body has come by now."""
        upstream, served, head = self._upstream, self.served, self._head
        assert upstream is not None
        if self._stream.stage is Stage.CONNECT:
            self._set_cookie = self._live.connected(self._stream)
        router = self._router
        host = head.host.lower()
        side = ClientSide(self._client.address, self._client.port, host, self._client.secure)
        request = self._request = headers.request_headers(
            head, served, side, router.settings.request_headers
        )
        rewrite = served.backend.settings.rewrite
        target = head.target if rewrite is None else rewrite.apply(head.target)
        first = f"{head.method} {target} HTTP/1.1"
        upstream.send(write_head(first, request) + b"".join(self._early))
        self._sent_head = True
        if self._body_complete:
            self._client.deadline.set(served.timeout_server, self._too_slow)
            return
        self._early.clear()
        self._early_size = 0
        self._client.outgoing.read_on(True)
        self._client.wait_for_body()

    def body(self, content: bytes, *, last: bool, trailers: Sequence[Header] = ()) -> None:
        """A piece of the request's body, with the last one what follows it."""
        self._body_complete |= last
        if self._head.body == CHUNKED:
            content = (chunk(content) if content else b"") + (last_chunk(trailers) if last else b"")
        if not self._sent_head:
            self._early.append(content)
            self._early_size += len(content)
            if self._early_size > EARLY_BODY and not last:
                self._client.outgoing.read_on(False)
        elif self._upstream is not None:
            self._upstream.send(content)
            if last and not self._answering:
                self._client.deadline.set(self.served.timeout_server, self._too_slow)

    def pod_is_slow(self, slow: bool) -> None:
        """Read no more of the body than the pod takes."""
        self._client.outgoing.read_on(not slow)

    def client_is_slow(self, slow: bool) -> None:
        """Read no more of the answer than the client takes."""
        transport = self._upstream.transport if self._upstream is not None else None
        if transport is not None:
            if slow:
                transport.pause_reading()
            else:
                transport.resume_reading()

    def _too_slow(self) -> None:
        """`timeout server`: 504, or the end where the answer has begun."""
        self._drop_upstream()
        self._over()
        if self._answering:
            self._client.cut_off("the pod stopped answering")
        else:
            self._client.fail(504, "the pod did not answer in time")

    # --- back to the client ----------------------------------------------------------------------------

    def answer_begins(self, head: ResponseHead) -> None:
        """Send the head on."""
        client, served = self._client, self.served
        if head.status < 200 and head.status != 101:
            if self._head.minor:
                client.outgoing.send(
                    write_head(f"HTTP/1.1 {head.status} {head.reason}", head.headers)
                )
            return
        self._answering = True
        found = headers.response_headers(
            head, served, self._request, self._set_cookie, self._router.settings.response_headers
        )
        self._chunked = head.body == CHUNKED and self._head.minor == 1
        known = head.body >= 0 or self._chunked
        self._keep_alive = (
            self._head.keep_alive and known and self._body_complete and not client.is_ending
        )
        found += headers.body_header(head, minor=self._head.minor)
        if head.status != 101:
            if not self._keep_alive:
                found.append(("connection", "close"))
            elif not self._head.minor:
                found.append(("connection", "keep-alive"))
        reason = head.reason or PHRASES.get(head.status, "")
        client.status = head.status
        client.outgoing.send(write_head(f"HTTP/1.1 {head.status} {reason}", found))
        if head.status == 101:
            self._switch()
        else:
            client.deadline.set(served.timeout_server, self._too_slow)

    def answer_goes_on(self, content: bytes) -> None:
        """Send a piece on."""
        self._client.outgoing.send(chunk(content) if self._chunked else content)
        self._client.deadline.set(self.served.timeout_server, self._too_slow)

    def answer_paused(self) -> None:
        """Everything that has been read goes out together."""
        self._client.outgoing.flush()

    def answer_ends(self, trailers: Sequence[Header]) -> None:
        """Done: the pod's connection may serve others, the client's the next request."""
        if self._chunked and self.method != "HEAD":
            self._client.outgoing.send(last_chunk(trailers))
        upstream, self._upstream = self._upstream, None
        if upstream is not None:
            upstream.owner = None
            if upstream.reusable and self._body_complete and not upstream.is_closing:
                assert self.server is not None
                self._router.pool.put(self._pool_key(self.server), upstream)
            else:
                upstream.close()
        self._over()
        self._client.exchange_done(keep_alive=self._keep_alive)

    def answer_fails(self, error: Exception) -> None:
        """The pod's connection is lost, or what it says is no HTTP."""
        upstream, self._upstream = self._upstream, None
        if self._stream.stage is Stage.CONNECT:
            self._connect_failed(error)
            return
        if self._may_repeat(upstream, error):
            self._repeated = True
            self._connect()
            return
        self._over()
        if self._answering:
            self._client.cut_off("the pod's answer was cut off")
            return
        why = error.why if isinstance(error, BadMessage) else str(error)
        self._client.fail(502, f"the pod's answer is broken: {why}")

    def _may_repeat(self, upstream: Upstream | None, error: Exception) -> bool:
        """A kept connection that ends just as it is used again says nothing about the pod."""
        return (
            upstream is not None
            and upstream.used > 0
            and not self._answering
            and not self._repeated
            and self._head.body == 0
            and not isinstance(error, BadMessage)
        )

    def _switch(self) -> None:
        """101: from here on bytes pass unread."""
        upstream, self._upstream = self._upstream, None
        assert upstream is not None
        self._client.outgoing.flush()
        self._client.become_tunnel(upstream, self.served.timeout_tunnel)

    def abandon(self) -> None:
        """The client has gone."""
        self._drop_upstream()
        self._over()

    def tunnel_ended(self) -> None:
        """The connection that left HTTP has ended."""
        self._over()

    def _drop_upstream(self) -> None:
        upstream, self._upstream = self._upstream, None
        if upstream is not None:
            upstream.close()

    def _over(self) -> None:
        if not self.is_over:
            self.is_over = True
            self._live.finished(self._stream)
