"""A trial's requests on their way through one backend: a fresh ProxyBackend, driven on the trial's own
clock from event to event, as the sockets' router drives it in real time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush

import numpy as np

from cluster.engine.routing.backends import Backend
from cluster.engine.routing.balancers import XorShift32
from cluster.engine.routing.client_limits import ClientLimits
from cluster.engine.routing.error_pages import Failure, answer_to
from cluster.engine.routing.proxy import (
    ProxyBackend,
    Refusal,
    Stage,
    Stream,
    backend_lines,
    cookie_values,
    without_cookie,
)
from cluster.engine.routing.trial.reasons import Reasons
from cluster.engine.routing.trial.request import Trial
from cluster.engine.routing.trial.result import TrialAnswer
from cluster.engine.routing.trial.visit import SERVER_ERROR, Application, Timeouts, Visit
from cluster.objects.route import PASSTHROUGH


class TrialRun:
    """One trial at one backend. `prefix` is what happened to every request before it came here."""

    def __init__(
        self,
        trial: Trial,
        backend: Backend,
        applications: Sequence[Application],
        *,
        timeouts: Timeouts,
        rng: np.random.Generator,
        prefix: str = "",
    ) -> None:
        """`applications` are those of the backend's servers; `rng` decides which answers are 500."""
        self._trial = trial
        self._backend = backend
        self._applications = applications
        self._timeouts = timeouts
        self._rng = rng
        self._prefix = prefix
        self._passthrough = backend.termination == PASSTHROUGH
        lines = backend_lines(backend, connect_timeout=timeouts.connect)
        # HAProxy's own sequence as after its start: the trial stands for a reload.
        self._proxy = ProxyBackend(lines, now=0.0, rng=XorShift32())
        self._reasons = Reasons(backend, self._proxy)
        self._limits = ClientLimits(backend.settings)
        self._now = 0.0
        self._started = 0
        self._open: dict[Stream, Visit] = {}
        self._ends: list[tuple[float, int, Stream]] = []
        self._jars: dict[str, str] = {}
        self._answers: list[TrialAnswer] = []

    def answers(self) -> tuple[TrialAnswer, ...]:
        """All answers, in the order of the requests."""
        self._fill()
        while self._open:
            self._advance()
            self._fill()
        return tuple(sorted(self._answers, key=lambda each: each.number))

    # --- time --------------------------------------------------------------------------------------

    def _fill(self) -> None:
        while self._started < self._trial.requests and len(self._open) < self._trial.in_flight:
            self._start()

    def _advance(self) -> None:
        """Do what is due next. Answers go first: a slot is free before somebody's wait is over."""
        proxy = self._proxy
        times = [self._ends[0][0] if self._ends else None, proxy.next_timeout(), proxy.next_check()]
        self._now = min(time for time in times if time is not None)
        if self._ends and self._ends[0][0] <= self._now:
            self._end(heappop(self._ends)[2])
        elif times[1] is not None and times[1] <= self._now:
            self._follow(proxy.timeouts(self._now))
        else:
            for index in proxy.checks_due(self._now):
                application = self._applications[index]
                answers = application.listens and application.reachable
                self._follow(proxy.check_result(index, answers, self._now))

    # --- a request ----------------------------------------------------------------------------------

    def _start(self) -> None:
        trial = self._trial
        client = trial.clients[self._started % len(trial.clients)]
        self._started += 1
        visit = Visit(self._started, client, self._now, self._cookie_of(client), [])
        if self._prefix:
            visit.notes.append(self._prefix)
        refused = self._limits.enter(client, self._now)
        if refused:
            self._answer(visit, answer_to(Failure.REFUSED).status, f"connection closed: {refused}")
            self._limits.leave(client)
            return
        sent = None if self._passthrough else visit.cookie or None
        stream = self._proxy.arrive(self._now, client, sent)
        if sent and not stream.direct and cookie_values(sent, self._backend.cookie_name):
            visit.notes.append("the cookie names no server that is up")
        self._open[stream] = visit
        self._follow([stream])

    def _cookie_of(self, client: str) -> str:
        """The given Cookie header, and what the client's jar holds in place of that name."""
        held = self._jars.get(client, "")
        if not held:
            return self._trial.cookie
        rest = without_cookie(self._trial.cookie, self._backend.cookie_name)
        return f"{rest}; {held}" if rest else held

    def _follow(self, streams: Iterable[Stream]) -> None:
        """Carry out what the backend has made of these requests, and of those that follow from it."""
        pending = deque(streams)
        while pending:
            stream = pending.popleft()
            visit = self._open.get(stream)
            if visit is None:
                continue
            if stream.stage is Stage.CONNECT:
                pending.extend(self._connect(stream, visit))
            elif stream.stage is Stage.QUEUED and visit.waits_since is None:
                visit.waits_since = self._now
            elif stream.stage is Stage.REFUSED:
                self._refused(stream, visit)

    def _connect(self, stream: Stream, visit: Visit) -> list[Stream]:
        index = stream.server
        assert index is not None
        if visit.chosen != (index, stream.moves):
            visit.chosen = (index, stream.moves)
            visit.why = self._reasons.of(stream)
        if not self._applications[index].reachable:
            visit.is_connecting = True
            visit.unanswered[index] = visit.unanswered.get(index, 0) + 1
            due = self._now + self._timeouts.connect
            heappush(self._ends, (due, visit.number, stream))
            return []
        if not self._applications[index].listens:
            visit.refused[index] = visit.refused.get(index, 0) + 1
            return self._proxy.failed(stream, self._now)
        self._proxy.connected(stream)
        heappush(self._ends, (self._now + self._duration(index, visit), visit.number, stream))
        waited = 0.0 if visit.waits_since is None else self._now - visit.waits_since
        if waited:
            visit.notes.append(f"waited {waited * 1000:.0f} ms for a free connection")
        return []

    def _duration(self, index: int, visit: Visit) -> float:
        """Seconds until the answer is complete; decides on its status."""
        application, timeouts = self._applications[index], self._timeouts
        limit = self._backend.settings.timeout_server
        longest = limit.seconds if limit else timeouts.server
        if application.latency > longest and not self._passthrough:
            visit.status = answer_to(Failure.TIMEOUT).status
            text = limit.text if limit else timeouts.server_text
            visit.why += f"; no answer within timeout server ({text})"
            return longest
        if application.error_rate and self._rng.random() < application.error_rate:
            visit.status = SERVER_ERROR
            visit.why += "; the application answered with an error"
        return application.latency + self._trial.hold

    def _end(self, stream: Stream) -> None:
        visit = self._open[stream]
        if visit.is_connecting:
            visit.is_connecting = False
            self._follow(self._proxy.failed(stream, self._now, timed_out=True))
            return
        del self._open[stream]
        index = stream.server
        cookie = self._proxy.set_cookie(stream) or ""
        if cookie and self._trial.cookie_jar:
            self._jars[visit.client] = cookie.partition(";")[0]
        changed = self._proxy.finished(stream, self._now)
        self._limits.leave(visit.client)
        self._answer(visit, visit.status, visit.why, index, cookie)
        self._follow(changed)

    def _refused(self, stream: Stream, visit: Visit) -> None:
        del self._open[stream]
        self._limits.leave(visit.client)
        assert stream.refusal is not None
        failure = {
            Refusal.CONNECT_FAILED: Failure.CONNECT,
            Refusal.QUEUE_TIMEOUT: Failure.QUEUE,
            Refusal.QUEUE_FULL: Failure.QUEUE,
        }.get(stream.refusal, Failure.NO_SERVER)
        answer = answer_to(failure, passthrough=self._passthrough)
        word = "connection closed" if answer.status is None else f"{answer.status}"
        self._answer(visit, answer.status, f"{word}: {self._cause(stream.refusal)}")

    def _cause(self, refusal: Refusal) -> str:
        backend = self._backend
        if refusal is Refusal.CONNECT_FAILED:
            return "the connection to the pod failed"
        if refusal is not Refusal.NO_SERVER:
            return f"{refusal.value} (timeout queue {self._timeouts.connect:g} s)"
        if not backend.active_endpoints and any(share.weight for share in backend.services):
            return "no ready endpoints"
        if not any(server.weight for server in backend.servers):
            return "all weights are 0, and no cookie names a pod"
        return "no server is up"

    def _answer(
        self,
        visit: Visit,
        status: int | None,
        why: str,
        index: int | None = None,
        set_cookie: str = "",
    ) -> None:
        servers = self._backend.servers
        tried = [
            f"{servers[each].label} {words}{'' if n == 1 else f' {n} times'}"
            for words, counts in (
                ("refused the connection", visit.refused),
                ("did not answer (node out of reach)", visit.unanswered),
            )
            for each, n in counts.items()
        ]
        self._answers.append(
            TrialAnswer(
                number=visit.number,
                client=visit.client,
                status=status,
                began=visit.began,
                seconds=self._now - visit.began,
                why="; ".join([*visit.notes, *tried, why]),
                server=None if index is None else servers[index],
                cookie="" if self._passthrough else visit.cookie,
                set_cookie=set_cookie,
            )
        )
