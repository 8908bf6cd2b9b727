"""The real HAProxy before the cluster's routes: it is written, checked and reloaded as they change, and
its statistics count with those of simulated visitors (openshift/router: `pkg/router/template`)."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from cluster.dataplane.haproxy.access import FindRoute, HaproxyLog
from cluster.dataplane.haproxy.counting import Counting
from cluster.dataplane.haproxy.files import ConfigurationFiles
from cluster.dataplane.haproxy.log_lines import LONGEST
from cluster.dataplane.haproxy.log_socket import NAME, LogSocket
from cluster.dataplane.haproxy.places import (
    bind_address,
    free_port,
    most_connections,
    sockets_directory,
)
from cluster.dataplane.haproxy.process import (
    MASTER_SOCKET,
    HaproxyError,
    HaproxyProcess,
    find_program,
)
from cluster.dataplane.pods.listeners import LoopbackListeners
from cluster.dataplane.router.catalogue import ClientObjects
from cluster.dataplane.router.certificates import SERVICE_CA, Certificates
from cluster.engine.routing.haproxy_backend import ServedRoute
from cluster.engine.routing.haproxy_config import HaproxyConfig, render, served_by
from cluster.engine.routing.haproxy_layout import Layout
from cluster.engine.routing.router_log import RouterLog
from cluster.engine.routing.router_object import is_of_router
from cluster.engine.routing.router_settings import router_settings
from cluster.engine.watch import Change
from cluster.objects import kinds
from cluster.runtime.client import Client, RouterAddress

log = logging.getLogger(__name__)

RELOAD_INTERVAL: Final = 1.0
"""Seconds from a reload to the next one; the real router takes 5 (`RELOAD_INTERVAL`)."""
_RESTART_AFTER: Final = 1.0
_RESTART_AT_MOST: Final = 30.0
_SERVED_KINDS: Final = (kinds.ROUTE, kinds.SERVICE, kinds.ENDPOINTS, kinds.SECRET)
_ROUTERS_KINDS: Final = (kinds.INGRESSCONTROLLER,)
_HOST_LENGTH: Final = 253
"""Bytes of the Host header in the log: the longest name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HaproxySetup:
    """Where HAProxy listens and keeps its files. A port of 0 takes a free one, None none."""

    directory: Path
    host: str
    http_port: int | None
    https_port: int | None
    reload_interval: float = RELOAD_INTERVAL


class HaproxyRouter:
    """Belongs to one event loop; the pods must listen on loopback addresses."""

    def __init__(
        self,
        client: Client,
        listeners: LoopbackListeners,
        certificates: Certificates,
        setup: HaproxySetup,
        find_route: FindRoute,
    ) -> None:
        """`find_route` says whose the requests are that HAProxy answers before any backend."""
        self.reloads = 0
        """How often a changed configuration was taken into use."""
        self.trouble = ""
        """Why the configuration of now is not in use, "" when it is."""
        self._client = client
        self._listeners = listeners
        self._certificates = certificates
        self._setup = setup
        self._changed = asyncio.Event()
        self._working = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._used: HaproxyConfig | None = None
        self._process: HaproxyProcess | None = None
        self._sockets = sockets_directory(setup.directory)
        self._counting = Counting(client, self._sockets / MASTER_SOCKET, asyncio.get_running_loop())
        self.log = HaproxyLog(find_route, self._counting.logged)
        """What HAProxy logs."""
        self._log_socket: LogSocket | None = None

    async def start(self) -> RouterAddress:
        """Serve. Raises HaproxyError: it is missing, or does not start."""
        try:
            address = await self._serve()
        except BaseException:
            self._leave_sockets()
            raise
        self._tasks = [
            asyncio.create_task(each)
            for each in (self._follow(), self._watch(), self._counting.run())
        ]
        return address

    async def _serve(self) -> RouterAddress:
        program, setup = find_program(), self._setup
        address = RouterAddress(
            setup.host,
            free_port(setup.host, setup.http_port, "--router-http-port"),
            free_port(setup.host, setup.https_port, "--router-https-port"),
        )
        try:
            self._sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._files = ConfigurationFiles(setup.directory)
            self._layout = self._laid_out(address)
            place = self._sockets / NAME
            self._log_socket = LogSocket(place, asyncio.get_running_loop(), self.log.take)
        except OSError as error:
            raise HaproxyError(f"{setup.directory}: {error.strerror or error}") from None
        process = HaproxyProcess(program, self._files.configuration, self._sockets)
        await self._listeners.update()
        made = await asyncio.to_thread(self._render)
        await asyncio.to_thread(self._files.write, made)
        try:
            await process.check()
            await process.start()
        except BaseException:
            await process.stop()
            raise
        self._process, self._used = process, made
        return address

    async def stop(self) -> None:
        """End HAProxy and its connections; what it had served is counted."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        if self._process is not None:
            await self.count()
            await self._process.stop()
            self._process = None
        self._leave_sockets()
        self._counting.finish()

    def _leave_sockets(self) -> None:
        """Receive no more, and remove what lies outside of the directory."""
        if self._log_socket is not None:
            self._log_socket.close()
        if self._sockets.parent != self._setup.directory:
            shutil.rmtree(self._sockets, ignore_errors=True)

    @property
    def pid(self) -> int | None:
        """The master's process id, None while none runs."""
        return self._process.pid if self._process is not None else None

    async def count(self) -> None:
        """Hand what was served since the last time to the cluster's measurements."""
        if self._log_socket is not None:
            self._log_socket.drain()
        await self._counting.count()

    # --- following the cluster ---------------------------------------------------------------------------

    def follow(self, changes: Iterable[Change]) -> None:
        """Take commits over: soon HAProxy serves by them."""
        if any(
            change.kind in _SERVED_KINDS
            or (change.kind in _ROUTERS_KINDS and is_of_router(change.key))
            for change in changes
        ):
            self._changed.set()

    async def _follow(self) -> None:
        """The first change at once, those that come meanwhile together."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self.update()
            except OSError as error:
                self._complain(f"the configuration cannot be written: {error}")
            await asyncio.sleep(self._setup.reload_interval)

    async def update(self) -> None:
        """Bring HAProxy up to date. A configuration that it refuses is not used. Raises OSError."""
        async with self._working:
            process = self._process
            if process is None:
                return
            made = await asyncio.to_thread(self._render)
            if made == self._used:
                return
            await self._listeners.update()
            await asyncio.to_thread(self._files.write, made)
            try:
                await process.check()
            except HaproxyError as error:
                self._complain(str(error))
                if self._used is not None:
                    await asyncio.to_thread(self._files.write, self._used)
                return
            await self.count()  # a worker without connections takes its counts with it
            try:
                await process.reload()
            except HaproxyError as error:
                self._complain(str(error))
                self._changed.set()  # once more, unless `_watch` starts it again before
                return
            self._used = made
            self.reloads += 1
            self.trouble = ""

    def _complain(self, text: str) -> None:
        self.trouble = text
        log.error("%s", text)

    # --- the configuration -------------------------------------------------------------------------------

    def _render(self) -> HaproxyConfig:
        config = self._client.config
        objects = ClientObjects(self._client)
        served = served_by(objects, config, self._client.clock().now)
        served = [self._presentable(each) for each in served]
        settings = router_settings(objects, config)
        possible = min(settings.max_connections, most_connections())
        self.log.hosts = {each.name: each.host for each in served}
        running = replace(settings, max_connections=possible, log=self._log)
        made = render(served, running, self._layout)
        default = {self._layout.default_certificate: self._certificates.default_text}
        return replace(made, files={**made.files, **default})

    @property
    def _log(self) -> RouterLog:
        """Its log comes here, wherever the cluster's router would send it."""
        return RouterLog(
            address=str(self._sockets / NAME),
            length=LONGEST,
            level="info",
            request_headers=(("Host", _HOST_LENGTH),),
        )

    def _presentable(self, served: ServedRoute) -> ServedRoute:
        """A route whose certificate OpenSSL refuses gets the default one: HAProxy would refuse the
        whole configuration."""
        tls = served.tls
        if tls is None or not tls.certificate or self._certificates.loaded(tls) is not None:
            return served
        return replace(served, tls=replace(tls, certificate="", key="", ca_certificate=""))

    def _laid_out(self, address: RouterAddress) -> Layout:
        directory, sockets = self._setup.directory, self._sockets
        http, https = address.http_port, address.https_port
        return Layout(
            configuration=str(directory / "conf"),
            sockets=str(sockets),
            work=str(directory),
            http_bind=bind_address(address.host, http, sockets / "public.sock"),
            https_bind=bind_address(address.host, https, sockets / "public-ssl.sock"),
            stats_bind=f"unix@{sockets / 'stats.sock'}",
            default_certificate=str(self._certificates.default_file),
            default_destination_ca=str(self._certificates.directory / f"{SERVICE_CA}.crt"),
            server_address=self._listeners.address,
            redirect_ports=(http, https) if http and https not in (None, 443) else None,
        )

    # --- keeping it alive --------------------------------------------------------------------------------

    async def _watch(self) -> None:
        """Start HAProxy again when it dies, sooner at first than when it keeps dying."""
        assert self._process is not None
        pause = _RESTART_AFTER
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            why = await self._process.ended()
            log.error("HAProxy has ended and is started again: %s", why)
            if loop.time() - began > _RESTART_AT_MOST:
                pause = _RESTART_AFTER
            while True:
                async with self._working:
                    try:
                        await self._process.start()
                    except HaproxyError as error:
                        self._complain(str(error))
                    else:
                        break
                await asyncio.sleep(pause)
                pause = min(pause * 2, _RESTART_AT_MOST)
            self.trouble = ""
            self._changed.set()
