"""What HAProxy has served, for the charts: its statistics are asked for while there is traffic, its log
completes them, and both are handed to the cluster."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Final

from cluster.dataplane.haproxy import command_line, statistics
from cluster.dataplane.haproxy.log_lines import LogLine
from cluster.dataplane.haproxy.statuses import ExactStatuses
from cluster.dataplane.router.access_log import Access
from cluster.runtime.client import Client, Unavailable

log = logging.getLogger(__name__)

POLL_EVERY: Final = 0.25
"""Seconds between two looks at the statistics: as often as charts are drawn."""
_FOREVER: Final = float("inf")


class Counting:
    """Belongs to one event loop; `master` is the command socket of HAProxy's master."""

    def __init__(self, client: Client, master: Path, loop: asyncio.AbstractEventLoop) -> None:
        self._client = client
        self._master = master
        self._loop = loop
        self._ledger = statistics.Ledger()
        self._statuses = ExactStatuses()
        self._activity: tuple[str, ...] = ()

    def logged(self, entry: Access, line: LogLine) -> None:
        """A request is in the log."""
        self._statuses.logged(entry, line, self._loop.time())

    async def run(self) -> None:
        """Look at the servers only while there is traffic: it costs a line for each of them."""
        busy = True
        while True:
            await asyncio.sleep(POLL_EVERY)
            before = self._activity
            connected = await self._look()
            if busy or connected or self._activity != before:
                await self.count()
            busy = connected or self._activity != before or self._statuses.is_waiting

    async def _look(self) -> bool:
        """Note what the frontends have seen; whether clients are connected, or an old worker's are."""
        try:
            running = await command_line.workers(self._master)
            text = await command_line.ask(
                self._master, f"@!{running.current} {statistics.FRONTENDS}"
            )
        except OSError:
            return False
        self._activity, connected = statistics.activity(text)
        return connected or bool(running.old)

    async def count(self) -> None:
        """Hand what was served since the last time to the cluster's measurements."""
        try:
            running = await command_line.workers(self._master)
        except OSError:
            return
        pids = [*running.old, *([running.current] if running.current is not None else [])]
        for pid in pids:
            try:
                text = await command_line.ask(self._master, f"@!{pid} {statistics.BACKENDS}")
            except OSError:
                log.debug("worker %d has ended", pid)
                continue
            counts = await asyncio.to_thread(self._ledger.take, pid, text)
            self._statuses.counted(counts, self._loop.time())
        self._ledger.keep(set(pids))
        self._tell(self._loop.time(), set(pids))

    def finish(self) -> None:
        """All workers have ended: hand over what still waited for the statistics or the log."""
        self._tell(_FOREVER, set())

    def _tell(self, now: float, workers: set[int]) -> None:
        counts = self._statuses.take(now, workers)
        if not counts:
            return
        try:
            self._client.count_requests(statistics.real_requests(counts))
        except Unavailable:
            log.debug("the cluster has stopped: requests are not counted")
