"""The pods on loopback addresses, for a router that is a process of its own: what listens on
10.128.0.5:8080 also listens on 127.128.0.5:8080, from the same moment on."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Iterable
from typing import Final

from cluster.dataplane.pods.network import PodNetwork
from cluster.engine.watch import Change
from cluster.objects import kinds
from cluster.objects.pod import Pod

log = logging.getLogger(__name__)

FOLLOW_EVERY: Final = 0.1
"""Seconds from a change to the sockets that go with it."""
_LOOPBACK: Final = "127"


def loopback(address: str, shift: int = 0) -> str:
    """The loopback address that stands for a pod's address.

    `shift` moves the second number up, so that several clusters find room on one machine.
    """
    _, second, *rest = address.split(".")
    return ".".join([_LOOPBACK, str((int(second) + shift) % 256), *rest])


def errno_text(error: OSError) -> str:
    """What the system says; asyncio wraps its words into longer ones."""
    if error.errno == errno.EADDRINUSE:
        return "Address already in use"
    return error.strerror or str(error)


class LoopbackListeners:
    """Listening sockets for all pods; opened and closed as pods come and go."""

    def __init__(
        self, network: PodNetwork, loop: asyncio.AbstractEventLoop, shift: int = 0
    ) -> None:
        self._shift = shift
        self._network = network
        self._loop = loop
        self._servers: dict[tuple[str, int], asyncio.Server] = {}
        self._early: set[tuple[str, int]] = set()
        """Where programs have started that do not listen yet."""
        self.refused: dict[tuple[str, int], str] = {}
        """Where a pod cannot listen, and what the system says; tried again at every change."""
        self._wanted = asyncio.Event()
        self._updating = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen for all pods that are there, then follow."""
        await self.update()
        self._task = self._loop.create_task(self._run())

    def address(self, pod_address: str) -> str:
        """Where what listens on a pod's address can be reached."""
        return loopback(pod_address, self._shift)

    def follow(self, changes: Iterable[Change]) -> None:
        """Pods may have changed: soon their sockets follow. Those of a pod that has gone close at once,
        for a connection that is refused is tried elsewhere, one that breaks is not."""
        for change in changes:
            if change.kind is kinds.NODE:
                self._wanted.set()
            if change.kind is not kinds.POD:
                continue
            self._wanted.set()
            if isinstance(change.old, Pod) and change.old.status.pod_ip:
                self._close(change.old)

    def _close(self, pod: Pod) -> None:
        address = pod.status.pod_ip
        for port in self._network.ports(pod):
            if (address, port) in self._servers and not self._network.listens(address, port):
                self._servers.pop((address, port)).close()

    async def stop(self) -> None:
        """Close all."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        for server in self._servers.values():
            server.close()
        self._servers.clear()

    async def update(self) -> None:
        """Open what listens by now, close what does no more."""
        async with self._updating:
            network = self._network
            possible = {
                (pod.status.pod_ip, port) for pod in network.pods() for port in network.ports(pod)
            }
            wanted = {place for place in possible if network.listens(*place)}
            self._early = possible - wanted
            for gone in self._servers.keys() - wanted:
                self._servers.pop(gone).close()
            self.refused = {place: why for place, why in self.refused.items() if place in wanted}
            for place in sorted(wanted - self._servers.keys()):
                await self._open(*place)

    async def _open(self, address: str, port: int) -> None:
        def accept() -> asyncio.Protocol:
            try:
                return self._network.accept(address, port)
            except OSError:
                return _Refuse()

        here = self.address(address)
        try:
            server = await self._loop.create_server(accept, here, port, backlog=128)
        except OSError as error:
            why = errno_text(error)
            if self.refused.get((address, port)) != why:
                log.warning("pod %s:%d cannot listen on %s: %s", address, port, here, why)
            self.refused[address, port] = why
            return
        self.refused.pop((address, port), None)
        self._servers[address, port] = server

    async def _run(self) -> None:
        while True:
            if not self._early:
                await self._wanted.wait()
            await asyncio.sleep(FOLLOW_EVERY)
            begun = any(self._network.listens(*place) for place in self._early)
            if begun or self._wanted.is_set():
                self._wanted.clear()
                await self.update()


class _Refuse(asyncio.Protocol):
    """What a connection finds whose pod has gone before its socket."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.abort()
