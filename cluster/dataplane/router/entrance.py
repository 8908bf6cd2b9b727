"""The port for TLS: the hello is looked at first. A passthrough route's connection goes on to a pod as it
is; elsewhere TLS ends here (HAProxy's frontend `public_ssl`)."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Final

from cluster.dataplane.pods.network import NoAnswerError
from cluster.dataplane.router.access_log import CLOSED
from cluster.dataplane.router.catalogue import ServedRoute
from cluster.dataplane.router.causes import refused_because
from cluster.dataplane.router.client import ClientConnection
from cluster.dataplane.router.deadline import Deadline
from cluster.dataplane.router.tunnel import Tunnel
from cluster.dataplane.tls.hello import NoHello, read_hello
from cluster.dataplane.tls.layer import TlsLayer
from cluster.engine.routing.backends import BackendServer
from cluster.engine.routing.proxy import Stage

if TYPE_CHECKING:
    from cluster.dataplane.router.router import Router

INSPECT: Final = 5.0
"""Seconds for the hello (`tcp-request inspect-delay 5s`)."""


class TlsEntrance(asyncio.Protocol):
    """A connection to the port for TLS until it is known who ends the TLS."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._deadline = Deadline(router.loop)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the hello."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._router.entering.add(self)
        self._deadline.set(INSPECT, self.abort)

    def data_received(self, data: bytes) -> None:
        """Look at the hello when it is complete."""
        self._buffer += data
        try:
            hello = read_hello(self._buffer)
        except NoHello:
            self.abort()
            return
        if hello is None:
            return
        transport = self._transport
        assert transport is not None
        self._leave()
        name = hello.server_name
        decision = self._router.catalogue.table.passthrough(name) if name is not None else None
        if decision is not None and decision.passthrough:
            served = self._router.catalogue.served(decision.route)
            if served is not None:
                Passage(self._router, transport, served, name or "", bytes(self._buffer)).start()
                return
        self._end_tls(transport, name)

    def _end_tls(self, transport: asyncio.Transport, name: str | None) -> None:
        router = self._router
        client = ClientConnection(router, secure=True)
        layer = TlsLayer(router.loop, router.catalogue.context(name), client, server_side=True)
        transport.set_protocol(layer)
        layer.connection_made(transport)
        layer.data_received(bytes(self._buffer))

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._leave()

    def abort(self) -> None:
        """This is no TLS, or it takes too long."""
        if self._transport is not None:
            self._transport.abort()
        self._leave()

    def _leave(self) -> None:
        self._deadline.cancel()
        self._router.entering.discard(self)


class Passage:
    """One connection of a passthrough route: balanced once, then passed through."""

    def __init__(
        self,
        router: Router,
        transport: asyncio.Transport,
        served: ServedRoute,
        server_name: str,
        hello: bytes,
    ) -> None:
        self._router = router
        self._served = served
        self._live = served.live
        self._name = server_name
        self._began = router.loop.time()
        self._server: BackendServer | None = None
        self._trouble: Exception | None = None
        self._over = False
        self._cause = ""
        self._limited = False
        self._client = str(transport.get_extra_info("peername")[0])
        self.tunnel = Tunnel(router.loop, served.timeout_tunnel, self._ended)
        self.tunnel.client.transport = transport
        self.tunnel.pod.send(hello)
        transport.set_protocol(self.tunnel.client)
        router.tunnels.add(self.tunnel)
        self._stream = self._live.arrive(self._client, None)

    def start(self) -> None:
        """Check the client, then go where the stream's stage says."""
        self._limited = True
        refused = self._live.limits.enter(self._client, self._router.loop.time())
        if refused:
            self._refuse(refused)
        else:
            self._go_on()

    def _go_on(self) -> None:
        if self._over:
            return
        stream = self._stream
        if stream.stage is Stage.CONNECT:
            self._connect()
        elif stream.stage is Stage.REFUSED:
            assert stream.refusal is not None
            self._refuse(refused_because(self._served, stream.refusal, self._trouble))
        else:
            self._live.wait(stream, self._go_on)

    def _connect(self) -> None:
        server = self._server = self._live.server(self._stream)
        try:
            self._router.connect_plain(server, self.tunnel.pod)
        except NoAnswerError as error:
            self._trouble = error  # its packets are lost: the timeout decides
            self._router.loop.call_later(self._router.timeouts["connect"], self._too_slow)
            return
        except (OSError, ssl.SSLError) as error:
            self._trouble = error
            self._live.failed(self._stream)
            self._go_on()
            return
        self._live.connected(self._stream)

    def _too_slow(self) -> None:
        if not self._over:
            self._live.failed(self._stream, timed_out=True)
            self._go_on()

    def _refuse(self, cause: str) -> None:
        self._cause = cause
        self._server = None
        self.tunnel.abort()

    def _ended(self, sent: int) -> None:
        self._over = True
        self._live.finished(self._stream)
        if self._limited:
            self._live.limits.leave(self._client)
        self._router.tunnels.discard(self.tunnel)
        status = 200 if self._server is not None else CLOSED
        self._router.record_passage(
            self._client, self._served, self._server, self._name, status, sent, self._cause,
            self._began,
        )  # fmt: skip
