"""Connections to pods that wait for their next request (HAProxy: `http-reuse safe`, `pool-max-conn`)."""

from __future__ import annotations

import asyncio
from typing import Final

from cluster.dataplane.router.upstream import Upstream

PoolKey = tuple[str, str, str]
"""Backend, server, and the route's own CA."""
KEPT_PER_SERVER: Final = 32
IDLE: Final = 5.0
"""Seconds for which a connection is kept (haproxy: `pool-purge-delay`)."""


class Pool:
    """Idle connections by where they lead, the youngest last.

    The key says backend, server and whom TLS trusts: what one route's checks have let through must
    not serve another route.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._idle: dict[PoolKey, list[tuple[float, Upstream]]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def take(self, key: PoolKey) -> Upstream | None:
        """A connection for another request, None where none is left."""
        idle = self._idle.get(key)
        while idle:
            _, upstream = idle.pop()
            if not upstream.is_closing:
                return upstream
        return None

    def put(self, key: PoolKey, upstream: Upstream) -> None:
        """Keep a connection."""
        idle = self._idle.setdefault(key, [])
        if len(idle) >= KEPT_PER_SERVER:
            upstream.close()
            return
        idle.append((self._loop.time(), upstream))
        if self._timer is None:
            self._timer = self._loop.call_later(IDLE, self._purge)

    def _purge(self) -> None:
        self._timer = None
        before = self._loop.time() - IDLE
        for key, idle in list(self._idle.items()):
            for since, upstream in idle:
                if since <= before:
                    upstream.close()
            kept = [each for each in idle if each[0] > before and not each[1].is_closing]
            if kept:
                self._idle[key] = kept
            else:
                del self._idle[key]
        if self._idle:
            self._timer = self._loop.call_later(IDLE, self._purge)

    def close(self) -> None:
        """Close all."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for idle in self._idle.values():
            for _, upstream in idle:
                upstream.close()
        self._idle.clear()
