"""One HAProxy backend as a deterministic model, decision by decision as HAProxy 2.6 takes them: the
requests of `StreamFlow`, and all that happens to its servers and in the course of time. Simulation
and sockets drive the same object; it knows no clock, no network and no wait of its own."""

from __future__ import annotations

from cluster.engine.routing.balancers import runtime_weight
from cluster.engine.routing.proxy.flow import StreamFlow
from cluster.engine.routing.proxy.servers import Admin, ServerState
from cluster.engine.routing.proxy.stream import Refusal, Stage, Stream


class ProxyBackend(StreamFlow):
    """A backend with its servers, balancer, cookie, queues, retries, checks and slow starts.

    What changes servers returns the streams whose stage is new by it, as the requests' own
    operations do: those that are to connect, are queued elsewhere, or get 503.
    """

    # --- time ------------------------------------------------------------------------------------------

    def next_timeout(self) -> float | None:
        """The next time at which `timeouts` has something to do; None: not before more happens."""
        steps = [step for server in self.servers if (step := server.next_step) is not None]
        waiting = self._timers.next_at()
        return min(steps if waiting is None else [*steps, waiting], default=None)

    def timeouts(self, now: float) -> list[Stream]:
        """Does what is due by now, in its order: ends waits and pauses, warms servers up."""
        changed: list[Stream] = []
        while (due := self.next_timeout()) is not None and due <= now:
            self._now = due
            for server in self.servers:
                if server.next_step == due:
                    self._warm_up(server, changed)
            while (stream := self._timers.pop(due)) is not None:
                self._end_wait(stream)
                changed.append(stream)
        self._now = now
        return list(dict.fromkeys(changed))

    def _end_wait(self, stream: Stream) -> None:
        if stream.stage is Stage.QUEUED:
            self._unqueue(stream)
            self._refuse(stream, Refusal.QUEUE_TIMEOUT)
        elif stream.assigned:
            stream.stage = Stage.CONNECT  # it has kept its slot, even if the server went down
        else:
            self._route(stream)

    def _warm_up(self, server: ServerState, changed: list[Stream]) -> None:
        server.steps += 1
        if server.steps >= server.line.slowstart:
            server.starting_since = None
        self._refresh(server)
        self._grab(server, changed)

    # --- administration ----------------------------------------------------------------------------------

    def set_weight(self, index: int, value: str) -> None:
        """`set server … weight VALUE`: 0 to 256, or `P%` of the configured weight.

        Takes effect at the next choice; who waits goes on waiting. Raises ValueError as HAProxy
        refuses it, and changes nothing.
        """
        server = self.servers[index]
        weight = runtime_weight(value, server.line.weight)
        self._pools.balancers[index].set_weight(index, weight)
        server.weight = weight
        self._recount()

    def set_state(self, index: int, state: Admin, now: float) -> list[Stream]:
        """`set server … state`: maint takes it out of service, drain leaves it its own clients."""
        self._now = now
        changed: list[Stream] = []
        server = self.servers[index]
        before, server.admin = server.admin, state
        if before is state:
            return changed
        if state is Admin.MAINT:
            if server.check is not None:
                server.check.pause()
            if server.up:
                self._go_down(server, changed)
        elif before is Admin.MAINT:
            if server.check is not None:
                server.check.unpause()
            self._come_up(server, changed)
        elif state is Admin.DRAIN:
            self._refresh(server)
            self._redistribute(server, changed)
        else:
            self._start_slowly_again(server)
            self._refresh(server)
        return changed

    def _start_slowly_again(self, server: ServerState) -> None:
        """A slow start that draining has interrupted begins anew."""
        if server.starting_since is not None:
            server.starting_since, server.steps = self._now, 0

    # --- health ------------------------------------------------------------------------------------------

    def set_health(self, index: int, up: bool, now: float) -> list[Stream]:
        """`set server … health`: as if all its checks had had this result. Not in maintenance."""
        self._now = now
        changed: list[Stream] = []
        server = self.servers[index]
        if server.admin is not Admin.MAINT:
            if server.check is not None:
                server.check.health = server.check.best if up else 0
            self._mark(server, up, changed)
        return changed

    def next_check(self) -> float | None:
        """The next time at which `checks_due` has something; None: no check is waiting."""
        times = [server.check.next_at for server in self.servers if server.check is not None]
        return min((time for time in times if time is not None), default=None)

    def checks_due(self, now: float) -> list[int]:
        """The servers that are to be checked now; each check ends with a `check_result`."""
        return [
            server.index
            for server in self.servers
            if server.check is not None and server.check.start(now)
        ]

    def check_result(self, index: int, ok: bool, now: float) -> list[Stream]:
        """The result of a check that `checks_due` has started; it may turn the server up or down.

        Raises ValueError when none is under way.
        """
        server = self.servers[index]
        check = server.check
        if check is None or check.next_at is not None:
            raise ValueError(
                f"index: Invalid value: {index}: {server.line.name} is not checked now"
            )
        self._now = now
        changed: list[Stream] = []
        check.record(ok, now)
        if server.admin is not Admin.MAINT:
            self._mark(server, check.up, changed)
        return changed

    def _mark(self, server: ServerState, up: bool, changed: list[Stream]) -> None:
        if up and not server.up:
            self._come_up(server, changed)
        elif server.up and not up:
            self._go_down(server, changed)

    def _go_down(self, server: ServerState, changed: list[Stream]) -> None:
        server.up, server.starting_since = False, None
        self._refresh(server)
        self._redistribute(server, changed)

    def _come_up(self, server: ServerState, changed: list[Stream]) -> None:
        server.up = True
        if server.line.slowstart:
            server.starting_since, server.steps = self._now, 0
        self._refresh(server)
        self._grab(server, changed)

    # --- what follows from it ----------------------------------------------------------------------------

    def _refresh(self, server: ServerState) -> None:
        """Tells the balancer what has become of the server, as one change."""
        balancer, index = self._pools.balancers[server.index], server.index
        serving = server.up and server.admin is Admin.READY
        if not serving:
            balancer.set_usable(index, False)
        balancer.set_warmth(index, server.warmth)
        if serving:
            balancer.set_usable(index, True)
        self._recount()

    def _recount(self) -> None:
        self._pools.recount([server.usable for server in self.servers])

    def _redistribute(self, server: ServerState, changed: list[Stream]) -> None:
        """Those who wait for a server that has gone are balanced anew, cookie or not
        (`pendconn_redistribute`); without `option redispatch` they go on waiting for it."""
        if not self.lines.redispatch:
            return
        waiting = server.queue.streams()
        for stream in waiting:
            self._unqueue(stream)
            self._unassign(stream)
        for stream in waiting:
            self._route(stream)
        changed += waiting

    def _grab(self, server: ServerState, changed: list[Stream]) -> None:
        """A server that has come up takes what it can from the backend's queue
        (`pendconn_grab_from_px`)."""
        if not server.usable or not self._pools.serves(server.index):
            return
        taken = 0
        while (stream := self.queue.first()) is not None:
            if server.limited and server.served >= self._limit(server):
                break
            self._unqueue(stream)
            self._seat(stream, server)
            changed.append(stream)
            taken += 1
        self._tell_taken(server, taken)
