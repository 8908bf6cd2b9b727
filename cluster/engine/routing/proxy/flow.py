"""How requests go through a backend: chosen by cookie or balancer, seated in a server's slot, or
queued; served, failed, tried again (haproxy: backend.c, queue.c)."""

from __future__ import annotations

import numpy as np

from cluster.engine.routing.balancers import XorShift32
from cluster.engine.routing.proxy.health import first_checks
from cluster.engine.routing.proxy.persistence import Persistence
from cluster.engine.routing.proxy.pools import Pools
from cluster.engine.routing.proxy.queues import Timers, WaitingQueue
from cluster.engine.routing.proxy.retries import may_redispatch, pause
from cluster.engine.routing.proxy.servers import ServerState
from cluster.engine.routing.proxy.settings import BackendLines
from cluster.engine.routing.proxy.stream import Refusal, Stage, Stream

_WAITS_FOR_ALL = ("roundrobin", "static-rr")
"""Algorithms that ask no server while anybody waits for one: all are full, they take it."""


class StreamFlow:
    """The requests of one backend. Times are seconds on a clock of the caller's that never goes
    back; what is due at a time is done when `timeouts` is called with it."""

    def __init__(
        self,
        lines: BackendLines,
        *,
        now: float = 0.0,
        rng: np.random.Generator | XorShift32 | None = None,
    ) -> None:
        """A backend as after a start of HAProxy. Raises ValueError naming what is illegal."""
        self.lines = lines
        self._pools = Pools(lines, rng)
        checks = first_checks([line.check for line in lines.servers], now)
        pairs = zip(lines.servers, checks, strict=True)
        self.servers = tuple(ServerState(place, *pair) for place, pair in enumerate(pairs))
        self.queue = WaitingQueue()
        """Requests that wait for whichever server has room first."""
        self.connections = 0
        """Requests now in the backend, waiting ones included."""
        self._timers = Timers()
        self._now = now
        self._persistence = (
            Persistence(lines.cookie.name, [line.cookie for line in lines.servers])
            if lines.cookie
            else None
        )
        limited = any(server.limited for server in self.servers)
        test = self._queue_is_full if self._pools.counts_waiting else self._is_full
        self._full_test = test if limited else None
        self._waits_for_all = lines.balance in _WAITS_FOR_ALL
        self._pools.recount([server.usable for server in self.servers])

    # --- requests ----------------------------------------------------------------------------------

    def arrive(self, now: float, client: str | None = None, cookie: str | None = None) -> Stream:
        """A request comes in: `CONNECT` to a server, `QUEUED`, or `REFUSED` with 503.

        `client` is the client's address, needed by source; `cookie` the whole Cookie header.
        """
        self._now = now
        self.connections += 1
        stream = Stream(client)
        if cookie is not None and self._persistence is not None:
            self._follow_cookie(stream, cookie, self._persistence)
        if self._full_test is None and not stream.assigned:
            # The short way of nearly all requests: nobody can be waiting for anything.
            index = self._pools.choose(client, None, None)
            if index is not None:
                self._seat(stream, self.servers[index])
                self._pools.balancers[index].take(index)
                return stream
        self._route(stream)
        return stream

    def connected(self, stream: Stream) -> None:
        """The server has taken the connection."""
        if stream.stage is not Stage.CONNECT:
            raise _not_connecting(stream)
        stream.stage = Stage.SERVED

    def failed(self, stream: Stream, now: float, *, timed_out: bool = False) -> list[Stream]:
        """The server has refused the connection, or has not answered within the connect timeout.

        Returns the streams whose stage is new, this one first: `CONNECT` (to the same server or
        another), `PAUSED`, `QUEUED` or `REFUSED`; others may get the slot that it gave up.
        """
        if stream.stage is not Stage.CONNECT:
            raise _not_connecting(stream)
        self._now = now
        changed = [stream]
        if stream.failures >= self.lines.retries:
            self._leave_server(stream, changed)
            self._refuse(stream, Refusal.CONNECT_FAILED)
            return changed
        stream.failures += 1
        server = self._server_of(stream)
        again = may_redispatch(
            self.lines,
            stream,
            running=server.running,
            active=self._pools.active,
            by_hash=self._pools.by_hash,
        )
        if again:
            self._leave_server(stream, changed)
            self._unassign(stream)
        # One that has timed out has waited long enough; and who goes elsewhere need not wait.
        if not timed_out and (not again or self._pools.active <= 1):
            stream.stage = Stage.PAUSED
            self._timers.set(stream, now + pause(self.lines))
        elif again:
            self._route(stream)
        return changed

    def finished(self, stream: Stream, now: float) -> list[Stream]:
        """The answer is complete, or the client has gone at whatever stage.

        Returns the waiting streams that got a slot by this; all are to connect now.
        """
        changed: list[Stream] = []
        if stream.stage in (Stage.REFUSED, Stage.CLOSED):
            stream.stage = Stage.CLOSED
            return changed
        self._now = now
        if stream.stage is Stage.QUEUED:
            self._unqueue(stream)
        self._leave_server(stream, changed)
        stream.stage, stream.due = Stage.CLOSED, None
        self.connections -= 1
        return changed

    def set_cookie(self, stream: Stream) -> str | None:
        """The `Set-Cookie` header that the answer of the stream's server carries, or None."""
        line, index = self.lines.cookie, stream.server
        if line is None or index is None or stream.direct or stream.stage is not Stage.SERVED:
            return None
        value = self.lines.servers[index].cookie
        return line.set_cookie(value) if value else None

    # --- choice --------------------------------------------------------------------------------------

    def _follow_cookie(self, stream: Stream, header: str, persistence: Persistence) -> None:
        for index in persistence.candidates(header):
            if self.servers[index].up:
                stream.server = index
                stream.direct = stream.assigned = True
                return

    def _route(self, stream: Stream) -> None:
        """Gives the stream a slot, a place in a queue, or 503 (`srv_redispatch_connect`)."""
        while True:
            if not stream.assigned and not self._choose(stream):
                return
            server = self._server_of(stream)
            if not server.limited or not self._is_full(server.index):
                self._seat(stream, server)
                self._pools.balancers[server.index].take(server.index)
                return
            most = server.line.maxqueue
            if not most or len(server.queue) < most:
                self._enqueue(stream, server)
                return
            if not (stream.direct and self.lines.redispatch):
                self._refuse(stream, Refusal.QUEUE_FULL)
                return
            self._unassign(stream)

    def _choose(self, stream: Stream) -> bool:
        """Asks the balancer; False when the stream waits for any server, or is refused."""
        pools, avoid = self._pools, stream.server
        index: int | None = None
        if not (self._waits_for_all and self.queue):
            index = pools.choose(stream.client, avoid, self._full_test)
        if index is None:
            stream.server = None
            if pools.empty:
                self._refuse(stream, Refusal.NO_SERVER)
            else:
                self._enqueue(stream, None)
            return False
        stream.server, stream.assigned = index, True
        return True

    def _is_full(self, index: int) -> bool:
        server = self.servers[index]
        if not server.limited:
            return False
        return bool(server.queue) or server.served >= self._limit(server)

    def _queue_is_full(self, index: int) -> bool:
        """As leastconn sees it: a place in the server's queue is as good as a connection."""
        server = self.servers[index]
        if not server.limited:
            return False
        room = self._limit(server) + server.line.maxqueue
        return server.served + len(server.queue) >= room

    def _limit(self, server: ServerState) -> int:
        return server.limit(self.connections, self.lines.fullconn)

    # --- slots and queues ------------------------------------------------------------------------------

    def _server_of(self, stream: Stream) -> ServerState:
        assert stream.server is not None
        return self.servers[stream.server]

    def _seat(self, stream: Stream, server: ServerState) -> None:
        """The stream occupies a slot of the server; its balancer has yet to be told."""
        server.served += 1
        stream.server = server.index
        stream.assigned = stream.holds = True
        stream.stage, stream.due = Stage.CONNECT, None

    def _leave_server(self, stream: Stream, changed: list[Stream]) -> None:
        """Gives the stream's slot, if it has one, to those who wait for it."""
        if not stream.holds:
            return
        server = self._server_of(stream)
        stream.holds = False
        server.served -= 1
        self._pools.balancers[server.index].release(server.index)
        if server.limited:
            self._serve_waiting(server, changed)

    def _unassign(self, stream: Stream) -> None:
        """The stream is to be balanced anew, away from its server if possible (redispatch)."""
        stream.direct = stream.assigned = False
        stream.moves += 1

    def _enqueue(self, stream: Stream, server: ServerState | None) -> None:
        stream.stage = Stage.QUEUED
        (self.queue if server is None else server.queue).add(stream, self._now)
        self._timers.set(stream, self._now + self.lines.longest_wait)
        self._tell_waiting(server)

    def _unqueue(self, stream: Stream) -> None:
        server = None if stream.server is None else self.servers[stream.server]
        (self.queue if server is None else server.queue).remove(stream)
        self._tell_waiting(server)

    def _tell_waiting(self, server: ServerState | None) -> None:
        if server is not None:
            self._pools.balancers[server.index].set_waiting(server.index, len(server.queue))

    def _serve_waiting(self, server: ServerState, changed: list[Stream]) -> None:
        """A server's free slots go to the oldest of its own queue and of the backend's, which it
        looks into while it is in use (`process_srv_queue`)."""
        shared = server.usable and self._pools.serves(server.index)
        limit, seated = self._limit(server), len(changed)
        while server.served < limit:
            own = server.queue.first()
            other = self.queue.first() if shared else None
            if own is None or (other is not None and other.queued_at < own.queued_at):
                own = other
            if own is None:
                break
            self._unqueue(own)
            self._seat(own, server)
            changed.append(own)
        self._tell_taken(server, len(changed) - seated)

    def _tell_taken(self, server: ServerState, n: int) -> None:
        """Several taken at once move the server once in its balancer's order, not one by one."""
        if n:
            self._pools.balancers[server.index].take(server.index, n)

    def _refuse(self, stream: Stream, why: Refusal) -> None:
        stream.stage, stream.refusal, stream.server, stream.due = Stage.REFUSED, why, None, None
        self.connections -= 1


def _not_connecting(stream: Stream) -> ValueError:
    return ValueError(f"stream: Invalid value: {stream!r}: must be at connect")
