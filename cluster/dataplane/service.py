"""The data plane of a running cluster: router, pods and certificates on one event loop, started with the
server and stopped with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cluster.dataplane.haproxy.process import HaproxyError
from cluster.dataplane.haproxy.router import RELOAD_INTERVAL, HaproxyRouter, HaproxySetup
from cluster.dataplane.pods.certificates import PodCertificates
from cluster.dataplane.pods.listeners import LoopbackListeners, errno_text
from cluster.dataplane.pods.network import PodNetwork
from cluster.dataplane.router.access_log import Access
from cluster.dataplane.router.certificates import Certificates
from cluster.dataplane.router.router import Router
from cluster.engine.watch import Change
from cluster.runtime.client import Client, RealRequests, RouterAddress, Unavailable

log = logging.getLogger(__name__)

EMBEDDED: Final = "embedded"
HAPROXY: Final = "haproxy"
OFF: Final = "off"
ROUTERS: Final = (EMBEDDED, HAPROXY, OFF)
"""Who serves the routes: this process, a real HAProxy, nobody."""
HTTP_PORT: Final = 8080
HTTPS_PORT: Final = 8443
DNS_PORT: Final = 8053
COUNT_EVERY: Final = 0.25
"""Seconds between two reports of what was served: as often as charts are drawn."""
BACKLOG: Final = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPlaneSetup:
    """Where to listen. A port of 0 takes a free one, None does not listen.

    `directory` keeps the authorities, `haproxy_directory` what HAProxy reads; `pods_on_loopback`
    gives pods sockets of their own, for a router that is another process. HAProxy needs both.
    `loopback_shift` says on which addresses (see `pods.listeners.loopback`).
    `reload_interval` is in seconds. `dns_port` is of the cluster's DNS server, on UDP and TCP.
    """

    directory: Path
    router: str = EMBEDDED
    host: str = "127.0.0.1"
    http_port: int | None = HTTP_PORT
    https_port: int | None = HTTPS_PORT
    dns_port: int | None = DNS_PORT
    pods_on_loopback: bool = False
    loopback_shift: int = 0
    haproxy_directory: Path | None = None
    reload_interval: float = RELOAD_INTERVAL


class DataPlane:
    """Router and pods. All of it belongs to the loop on which `start` is called."""

    def __init__(self, client: Client, setup: DataPlaneSetup) -> None:
        self._client = client
        self._setup = setup
        self._loop = asyncio.get_running_loop()
        self._running = self._stopped = False
        self._early: list[Change] = []
        self._servers: list[asyncio.Server] = []
        self._counting: asyncio.Task[None] | None = None
        self.troubles: list[str] = []
        """What could not be started, a sentence each."""
        client.on_commit(self._on_commit)  # before anything is read: nothing may be missed
        self.certificates = Certificates(setup.directory, client.config.router_domain)
        pods = PodCertificates(client, self.certificates.service_ca)
        self.network = PodNetwork(client, pods, self._loop)
        self.router = Router(client, self.network, self.certificates, self._loop)
        on_loopback = setup.pods_on_loopback or setup.router == HAPROXY
        self.listeners = (
            LoopbackListeners(self.network, self._loop, setup.loopback_shift)
            if on_loopback
            else None
        )
        self.haproxy: HaproxyRouter | None = None
        """The real router, where it serves the ports."""

    async def start(self) -> RouterAddress:
        """Listen, and say where. A port in use is a trouble, no error: the rest runs."""
        self._running = True
        self._follow([])
        if self.listeners is not None:
            await self.listeners.start()
        started = {EMBEDDED: self._start_embedded, HAPROXY: self._start_haproxy}
        address = RouterAddress(self._setup.host, None, None)
        if self._setup.router in started:
            address = await started[self._setup.router]()
        listening = address.http_port or address.https_port
        self._client.announce_router(address if listening else None, self)
        return address

    async def _start_embedded(self) -> RouterAddress:
        router, setup = self.router, self._setup
        http = await self._listen(setup.http_port, router.accept, "--router-http-port")
        https = await self._listen(setup.https_port, router.accept_tls, "--router-https-port")
        router.https_port = https
        self._counting = self._loop.create_task(self._count())
        return RouterAddress(setup.host, http, https)

    async def _start_haproxy(self) -> RouterAddress:
        setup = self._setup
        assert self.listeners is not None
        wanted = HaproxySetup(
            directory=setup.haproxy_directory or setup.directory / HAPROXY,
            host=setup.host,
            http_port=setup.http_port,
            https_port=setup.https_port,
            reload_interval=setup.reload_interval,
        )
        router = HaproxyRouter(
            self._client, self.listeners, self.certificates, wanted, self._route_of
        )
        try:
            address = await router.start()
        except HaproxyError as error:
            self.troubles.append(str(error))
            return RouterAddress(setup.host, None, None)
        self.haproxy = router
        for (pod, port), why in self.listeners.refused.items():
            place = f"{self.listeners.address(pod)}:{port}"
            self.troubles.append(
                f"Pods cannot listen where HAProxy looks for them, on {place}: {why}."
                " Does another cluster run here with ROUTER=haproxy?"
            )
            break
        return address

    def _route_of(self, host: str, target: str) -> str:
        """The route of a plain HTTP request, "" for none."""
        return self.router.catalogue.table.http(host, target).route

    async def stop(self) -> None:
        """Stop listening, end the connections, report what was counted."""
        self._running, self._stopped = False, True
        self._client.announce_router(None)
        if self._counting is not None:
            self._counting.cancel()
        for server in self._servers:
            server.close()
        if self.haproxy is not None:
            await self.haproxy.stop()
        if self.listeners is not None:
            await self.listeners.stop()
        self.router.close()
        self.report()
        await asyncio.sleep(0)  # lets closed connections tell their protocols

    async def _listen(
        self, port: int | None, accept: Callable[[], asyncio.Protocol], option: str
    ) -> int | None:
        if port is None:
            return None
        host = self._setup.host
        try:
            server = await self._loop.create_server(
                accept, host, port, backlog=BACKLOG, reuse_address=True
            )
        except OverflowError:
            self.troubles.append(f"{option}: {port} is not between 0 and 65535")
            return None
        except OSError as error:
            reason = errno_text(error)
            self.troubles.append(
                f"The router cannot listen on {host}:{port}: {reason}. Choose another port with"
                f" {option}, or 0 for a free one."
            )
            return None
        self._servers.append(server)
        taken: int = server.sockets[0].getsockname()[1]
        return taken

    # --- following the cluster ---------------------------------------------------------------------------

    def _on_commit(self, changes: list[Change]) -> None:
        """On the engine's thread: over to the loop."""
        try:
            self._loop.call_soon_threadsafe(self._follow, changes)
        except RuntimeError:
            log.debug("the loop of the data plane has ended")

    def _follow(self, changes: list[Change]) -> None:
        if not self._running:
            if not self._stopped:
                self._early += changes
            return
        if self._early:
            changes, self._early = self._early + changes, []
        self.network.follow(changes)
        self.router.catalogue.follow(changes)
        if self.listeners is not None:
            self.listeners.follow(changes)
        if self.haproxy is not None:
            self.haproxy.follow(changes)

    # --- what the console asks, from any thread ------------------------------------------------------------

    def access_entries(self, route: str, since: int = 0) -> list[Access]:
        """The last requests of a route (`<namespace>:<name>`), oldest first."""
        log = self.router.log if self.haproxy is None else self.haproxy.log.entries
        return log.entries(route, since)

    def authority_certificates(self) -> dict[str, str]:
        """The authorities' certificates, for browsers that are to trust the router."""
        return self.certificates.downloads

    # --- counting ------------------------------------------------------------------------------------------

    async def _count(self) -> None:
        while True:
            await asyncio.sleep(COUNT_EVERY)
            self.report()

    def report(self) -> None:
        """Hand what was served to the cluster's measurements."""
        counts = self.router.take_counts()
        if counts:
            requests = [RealRequests(*served, number) for served, number in counts.items()]
            try:
                self._client.count_requests(requests)
            except Unavailable:
                log.debug("the cluster has stopped: requests are not counted")
