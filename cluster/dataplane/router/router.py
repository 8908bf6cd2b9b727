"""The embedded router: its ports, its connections, and the way to the pods."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

from cluster.dataplane.http1.head import RequestHead
from cluster.dataplane.pods.network import PodNetwork
from cluster.dataplane.router.access_log import Access, AccessLog
from cluster.dataplane.router.catalogue import Catalogue, ServedRoute
from cluster.dataplane.router.certificates import Certificates
from cluster.dataplane.router.client import ClientConnection
from cluster.dataplane.router.entrance import TlsEntrance
from cluster.dataplane.router.exchange import Exchange
from cluster.dataplane.router.pool import Pool
from cluster.dataplane.router.tunnel import Tunnel
from cluster.dataplane.router.upstream import Upstream
from cluster.dataplane.tls.layer import TlsLayer
from cluster.engine.routing.backends import BackendServer
from cluster.engine.routing.router_settings import RouterSettings
from cluster.objects.meta import Key
from cluster.objects.route import REENCRYPT
from cluster.runtime.client import Client

ADDRESS: Final = "10.128.0.1"
"""The router's own address as the pods see it: the first node's gateway."""
DEFAULT_BACKEND: Final = "openshift_default"


class Served(NamedTuple):
    """What requests are counted by."""

    route: Key
    server: str
    status: int


class Router:
    """Belongs to one event loop."""

    def __init__(
        self,
        client: Client,
        network: PodNetwork,
        certificates: Certificates,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.loop = loop
        self.network = network
        self.certificates = certificates
        self.catalogue = Catalogue(client, certificates, self._is_listening, loop)
        self.pool = Pool(loop)
        self.log = AccessLog()
        self.https_port: int | None = None
        """Where redirected clients find the port for TLS."""
        self.connections: set[ClientConnection] = set()
        self.entering: set[TlsEntrance] = set()
        self.tunnels: set[Tunnel] = set()
        self._counts: Counter[Served] = Counter()
        self._number = 0
        self._since = time.time() - loop.time()

    @property
    def settings(self) -> RouterSettings:
        """The router's settings of now."""
        return self.catalogue.settings

    @property
    def timeouts(self) -> Mapping[str, float]:
        """Its timeouts by HAProxy's names, in seconds."""
        return self.catalogue.timeouts

    # --- ports -----------------------------------------------------------------------------------------

    def accept(self) -> asyncio.Protocol:
        """A connection to the port for HTTP."""
        return ClientConnection(self, secure=False) if self._has_room else Full()

    def accept_tls(self) -> asyncio.Protocol:
        """A connection to the port for TLS."""
        return TlsEntrance(self) if self._has_room else Full()

    @property
    def _has_room(self) -> bool:
        held = len(self.connections) + len(self.entering) + len(self.tunnels)
        most = self.settings.max_connections
        return most <= 0 or held < most  # `maxconn 0` is no limit of its own

    def close(self) -> None:
        """End all connections."""
        self.pool.close()
        for tunnel in tuple(self.tunnels):
            tunnel.abort()
        for entrance in tuple(self.entering):
            entrance.abort()
        for connection in tuple(self.connections):
            connection.abort()

    def redirect_location(self, location: str, host: str, own_port: int) -> str:
        """Where a client is sent for HTTPS: the real router's answer, made to work beside other ports.

        A client that named the router's own port in its Host is sent to the router's port for TLS;
        without one it gets what the real router says, which knows 80 and 443 only.
        """
        port = self.https_port
        if port in (None, 443) or host.rpartition(":")[2] != str(own_port):
            return location
        scheme, _, rest = location.partition("://")
        name, slash, path = rest.partition("/")
        return f"{scheme}://{name}:{port}{slash}{path}"

    # --- pods ---------------------------------------------------------------------------------

    def connect(self, server: BackendServer, served: ServedRoute, upstream: Upstream) -> None:
        """Connect to a pod, with TLS where the route re-encrypts. Raises OSError, ssl.SSLError."""
        if served.backend.termination != REENCRYPT:
            self.connect_plain(server, upstream)
            return
        context = self.certificates.trust(served.destination_ca)
        # The name goes along as SNI only where it is checked (template: `verifyhost`).
        name = f"{server.service}.{served.key.namespace}.svc"
        layer = TlsLayer(
            self.loop,
            context,
            upstream,
            server_side=False,
            server_hostname=name if context.check_hostname else None,
        )
        self.connect_plain(server, layer)

    def connect_plain(self, server: BackendServer, protocol: asyncio.Protocol) -> None:
        """Connect to a pod. Raises OSError."""
        self.network.connect(server.address, server.port, protocol, ADDRESS)

    def _is_listening(self, server: BackendServer) -> bool:
        return self.network.listens(server.address, server.port)

    # --- what has happened -------------------------------------------------------------------------------

    def take_counts(self) -> Counter[Served]:
        """What was served since the last time, by route, server and status."""
        counts, self._counts = self._counts, Counter()
        return counts

    def record(
        self,
        client: ClientConnection,
        head: RequestHead | None,
        served: ServedRoute | None,
        exchange: Exchange | None,
        status: int,
        sent: int,
        cause: str,
        began: float,
    ) -> None:
        """A request is over."""
        server = exchange.server if exchange is not None else None
        frontend = "public" if not client.secure else "fe_sni"
        if head is None:
            began = self.loop.time()
            self._write(
                client.address, frontend, None, None, False, "", "", "", status, sent, cause, began
            )
            return
        answered = exchange is not None and exchange.is_answered
        self._write(
            client.address, frontend, served, server, answered, head.method, head.host, head.target,
            status, sent, cause, began,
        )  # fmt: skip

    def record_passage(
        self,
        client: str,
        served: ServedRoute,
        server: BackendServer | None,
        name: str,
        status: int,
        sent: int,
        cause: str,
        began: float,
    ) -> None:
        """A connection that was passed through is over."""
        answered = server is not None
        self._write(
            client, "public_ssl", served, server, answered, "", name, "", status, sent, cause, began
        )

    def _write(
        self,
        client: str,
        frontend: str,
        served: ServedRoute | None,
        server: BackendServer | None,
        answered: bool,
        method: str,
        host: str,
        target: str,
        status: int,
        sent: int,
        cause: str,
        began: float,
    ) -> None:
        self._number += 1
        by = server if answered else None
        if served is not None:
            name = by.name if by is not None else ""
            self._counts[Served(served.key, name, status)] += 1
        self.log.write(
            Access(
                self._number,
                began + self._since,
                client,
                frontend,
                served.backend.name if served is not None else DEFAULT_BACKEND,
                served.name if served is not None else "",
                server.name if server is not None else "",
                by.pod if by is not None else "",
                by.service if by is not None else "",
                method,
                host,
                target,
                status,
                sent,
                self.loop.time() - began,
                cause,
            )
        )


class Full(asyncio.Protocol):
    """A connection beyond `maxconn`."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """There is no room for it."""
        assert isinstance(transport, asyncio.Transport)
        transport.abort()
