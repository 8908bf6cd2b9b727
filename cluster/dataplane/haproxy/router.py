"""The real HAProxy before the cluster's routes: it is written, checked and reloaded as they change, and
its statistics count with those of simulated visitors (openshift/router: `pkg/router/template`)."""

from __future__ import annotations

import asyncio
import logging
import resource
import shutil
import socket
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from cluster.dataplane.haproxy import command_line, statistics
from cluster.dataplane.haproxy.files import ConfigurationFiles
from cluster.dataplane.haproxy.process import HaproxyError, HaproxyProcess, find_program
from cluster.dataplane.pods.listeners import LoopbackListeners
from cluster.dataplane.router.catalogue import ClientObjects
from cluster.dataplane.router.certificates import SERVICE_CA, Certificates
from cluster.engine.routing.haproxy_backend import ServedRoute
from cluster.engine.routing.haproxy_config import HaproxyConfig, render, served_by
from cluster.engine.routing.haproxy_layout import Layout
from cluster.engine.routing.router_settings import router_settings
from cluster.engine.watch import Change
from cluster.objects import kinds
from cluster.runtime.client import Client, RouterAddress, Unavailable

log = logging.getLogger(__name__)

RELOAD_INTERVAL: Final = 1.0
"""Seconds from a reload to the next one; the real router takes 5 (`RELOAD_INTERVAL`)."""
POLL_EVERY: Final = 0.25
"""Seconds between two looks at the statistics: as often as charts are drawn."""
_RESTART_AFTER: Final = 1.0
_RESTART_AT_MOST: Final = 30.0
_SERVED_KINDS: Final = (kinds.ROUTE, kinds.SERVICE, kinds.ENDPOINTS)
_OTHER_FILES: Final = 2_000
_LONGEST_SOCKET: Final = 107
"""Bytes that the path of a Unix socket may have (sun_path)."""
_SOCKET_NAME: Final = len("/haproxy-no-sni.sock.4194304.tmp")
"""The longest one: HAProxy takes a socket over under a name of its own for the moment."""


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
    ) -> None:
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
        self._ledger = statistics.Ledger()
        self._activity: tuple[str, ...] = ()
        self._used: HaproxyConfig | None = None
        self._process: HaproxyProcess | None = None
        self._sockets = _sockets(setup.directory)

    async def start(self) -> RouterAddress:
        """Serve. Raises HaproxyError: it is missing, or does not start."""
        program = find_program()
        setup = self._setup
        address = RouterAddress(
            setup.host,
            _port(setup.host, setup.http_port, "--router-http-port"),
            _port(setup.host, setup.https_port, "--router-https-port"),
        )
        try:
            self._sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._files = ConfigurationFiles(setup.directory)
            self._layout = self._laid_out(address)
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
        self._tasks = [
            asyncio.create_task(each) for each in (self._follow(), self._watch(), self._poll())
        ]
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
        if self._sockets.parent != self._setup.directory:
            shutil.rmtree(self._sockets, ignore_errors=True)

    @property
    def pid(self) -> int | None:
        """The master's process id, None while none runs."""
        return self._process.pid if self._process is not None else None

    # --- following the cluster ---------------------------------------------------------------------------

    def follow(self, changes: Iterable[Change]) -> None:
        """Take commits over: soon HAProxy serves by them."""
        if any(change.kind in _SERVED_KINDS for change in changes):
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
        served = served_by(ClientObjects(self._client), config, self._client.clock().now)
        served = [self._presentable(each) for each in served]
        settings = router_settings(config)
        possible = min(settings.max_connections, _most_connections())
        return render(served, replace(settings, max_connections=possible), self._layout)

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
            http_bind=_bind(address.host, http, sockets / "public.sock"),
            https_bind=_bind(address.host, https, sockets / "public-ssl.sock"),
            stats_bind=f"unix@{sockets / 'stats.sock'}",
            default_certificate=str(self._certificates.write_default()),
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

    # --- counting ------------------------------------------------------------------------------------------

    async def _poll(self) -> None:
        """Look at the servers only while there is traffic: it costs a line for each of them."""
        busy = True
        while True:
            await asyncio.sleep(POLL_EVERY)
            before = self._activity
            connected = await self._look()
            if busy or connected or self._activity != before:
                await self.count()
            busy = connected or self._activity != before

    async def _look(self) -> bool:
        """Note what the frontends have seen; whether clients are connected, or an old worker's are."""
        assert self._process is not None
        try:
            running = await command_line.workers(self._process.master)
            text = await command_line.ask(
                self._process.master, f"@!{running.current} {statistics.FRONTENDS}"
            )
        except OSError:
            return False
        self._activity, connected = statistics.activity(text)
        return connected or bool(running.old)

    async def count(self) -> None:
        """Hand what was served since the last time to the cluster's measurements."""
        assert self._process is not None
        master = self._process.master
        try:
            running = await command_line.workers(master)
        except OSError:
            return
        pids = [*running.old, *([running.current] if running.current is not None else [])]
        for pid in pids:
            try:
                text = await command_line.ask(master, f"@!{pid} {statistics.BACKENDS}")
                counts = await asyncio.to_thread(self._ledger.take, pid, text)
                if counts:
                    self._client.count_requests(statistics.real_requests(counts))
            except OSError:
                log.debug("worker %d has ended", pid)
            except Unavailable:
                log.debug("the cluster has stopped: requests are not counted")
        self._ledger.keep(set(pids))


def _most_connections() -> int:
    """Connections for which the limit of open files is enough: two each, and some for servers."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max((hard - _OTHER_FILES) // 2, 100) if hard != resource.RLIM_INFINITY else 1_000_000


def _sockets(directory: Path) -> Path:
    """Where the Unix sockets lie: with the files, or in a short place where that path is too long."""
    usual = directory / "run"
    if len(str(usual).encode()) + _SOCKET_NAME <= _LONGEST_SOCKET:
        return usual
    return Path(tempfile.mkdtemp(prefix="shiftlab-haproxy-"))


def _bind(host: str, port: int | None, otherwise: Path) -> str:
    """The address of a `bind` line. A frontend must listen somewhere, so a Unix socket it is where
    there is to be no port."""
    if port is None:
        return f"unix@{otherwise}"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _port(host: str, port: int | None, option: str) -> int | None:
    """The port to take, known to be free at this moment. Raises HaproxyError.

    HAProxy shares ports with others (SO_REUSEPORT), so it would not notice.
    """
    if port is None:
        return None
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OverflowError:
            raise HaproxyError(f"{option}: {port} is not between 0 and 65535") from None
        except OSError as error:
            raise HaproxyError(
                f"The router cannot listen on {host}:{port}: {error.strerror or error}. Choose"
                f" another port with {option}, or 0 for a free one."
            ) from None
        taken: int = tried.getsockname()[1]
    return taken
