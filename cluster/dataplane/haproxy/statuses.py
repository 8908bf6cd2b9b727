"""Statuses to the letter: HAProxy's statistics count requests by class, its log says which status each
had. A log line may be lost, or come late, so the statistics say how many and the log says what."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from typing import Final, NamedTuple

from cluster.dataplane.haproxy.log_lines import LogLine
from cluster.dataplane.haproxy.statistics import Served
from cluster.dataplane.router.access_log import Access
from cluster.objects.meta import Key

GRACE: Final = 1.0
"""Seconds for which a count waits for its line, which comes when the answer is over, and the reverse."""


class _Class(NamedTuple):
    route: Key
    server: str
    digit: int


class _Logged(NamedTuple):
    at: float
    status: int
    worker: int
    is_prompt: bool
    """Whether it came soon after the statistics had counted the request, if they did."""


class ExactStatuses:
    """Between the statistics and the charts. Times are in seconds, of any one clock."""

    def __init__(self) -> None:
        self._logged: defaultdict[_Class, deque[_Logged]] = defaultdict(deque)
        """Lines whose requests the statistics do not count yet."""
        self._counted: defaultdict[_Class, deque[tuple[float, int]]] = defaultdict(deque)
        """Requests whose lines have not come yet: since when, and the status of their class."""
        self._ready: Counter[Served] = Counter()

    @property
    def is_waiting(self) -> bool:
        """Whether there is something to be told, now or after a while."""
        return bool(self._counted or self._logged or self._ready)

    def logged(self, entry: Access, line: LogLine, now: float) -> None:
        """A request is in the log."""
        if not entry.route:
            return
        route = Key(*entry.route.partition(":")[::2])
        if entry.backend == entry.frontend:  # a redirect: no backend's statistics know of it
            self._ready[Served(route, "", entry.status)] += 1
            return
        server = entry.server if entry.service else ""
        wanted = _Class(route, server, entry.status // 100)
        prompt = line.seconds_of_data < GRACE / 2
        self._logged[wanted].append(_Logged(now, entry.status, line.worker, prompt))

    def counted(self, counts: Counter[Served], now: float) -> None:
        """The statistics have grown by this."""
        for (route, server, status), number in counts.items():
            waiting = self._counted[_Class(route, server, status // 100)]
            waiting.extend([(now, status)] * number)

    def take(self, now: float, workers: set[int]) -> Counter[Served]:
        """What can be told by now; at the end of all time that is everything.

        A worker that is none of `workers` has ended, and what it had not been asked for by then is
        in the log only.
        """
        ready, self._ready = self._ready, Counter()
        for wanted, waiting in list(self._counted.items()):
            logged = self._logged[wanted]
            while waiting and logged:
                waiting.popleft()
                ready[Served(wanted.route, wanted.server, logged.popleft().status)] += 1
            while waiting and waiting[0][0] + GRACE <= now:
                ready[Served(wanted.route, wanted.server, waiting.popleft()[1])] += 1
            if not waiting:
                del self._counted[wanted]
        for wanted, logged in list(self._logged.items()):
            while logged and logged[0].at + GRACE <= now:
                line = logged.popleft()
                if line.is_prompt and line.worker not in workers:
                    ready[Served(wanted.route, wanted.server, line.status)] += 1
            if not logged:
                del self._logged[wanted]
        return ready
