"""The pods on loopback addresses, for a router that is a process of its own: what listens on
10.128.0.5:8080 also listens on 127.128.0.5:8080."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from cluster.dataplane.pods.network import PodNetwork

log = logging.getLogger(__name__)

FOLLOW_EVERY: Final = 0.1
"""Seconds from a change to the sockets that go with it."""
_LOOPBACK: Final = "127"


def loopback(address: str) -> str:
    """The loopback address that stands for a pod's address."""
    return ".".join([_LOOPBACK, *address.split(".")[1:]])


class LoopbackListeners:
    """Listening sockets for all pods; opened and closed as pods come and go."""

    def __init__(self, network: PodNetwork, loop: asyncio.AbstractEventLoop) -> None:
        self._network = network
        self._loop = loop
        self._servers: dict[tuple[str, int], asyncio.Server] = {}
        self._refused: set[tuple[str, int]] = set()
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen for all pods that are there, then follow."""
        await self.update()
        self._task = self._loop.create_task(self._run())

    def changed(self) -> None:
        """Pods have changed."""
        self._wanted.set()

    async def stop(self) -> None:
        """Close all."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        for server in self._servers.values():
            server.close()
        self._servers.clear()

    async def update(self) -> None:
        """Open what is missing, close what is no longer there."""
        network = self._network
        wanted = {
            (pod.status.pod_ip, port) for pod in network.pods() for port in network.ports(pod)
        }
        for gone in self._servers.keys() - wanted:
            self._servers.pop(gone).close()
        self._refused &= wanted
        for place in sorted(wanted - self._servers.keys() - self._refused):
            await self._open(*place)

    async def _open(self, address: str, port: int) -> None:
        def accept() -> asyncio.Protocol:
            try:
                return self._network.accept(address, port)
            except OSError:
                return _Refuse()

        here = loopback(address)
        try:
            server = await self._loop.create_server(accept, here, port, backlog=128)
        except OSError as error:
            self._refused.add((address, port))
            log.warning("pod %s:%d cannot listen on %s: %s", address, port, here, error.strerror)
            return
        self._servers[address, port] = server

    async def _run(self) -> None:
        while True:
            await self._wanted.wait()
            await asyncio.sleep(FOLLOW_EVERY)
            self._wanted.clear()
            await self.update()


class _Refuse(asyncio.Protocol):
    """What a connection finds whose pod does not listen yet, or no more."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.abort()
