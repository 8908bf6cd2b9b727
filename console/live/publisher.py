"""The publisher: draws what changed, four times a second, on a thread of its own.

The engine's thread tells it of commits; it marks topics; each beat draws the marked ones once and hands
the frames to the hub. Drawing never blocks the event loop, and the engine never waits for a drawing.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cluster.runtime.client import Client
from cluster.runtime.commands import Change
from console.live import registered
from console.live.hub import Hub, Mailbox, Watched
from console.live.topic import Frame, Topic

BEAT = 0.25
"""Seconds between two drawings of one topic."""
REST = 4
"""A topic rests so many times as long as its drawing took: one that is slow to draw (the flows of a node
among thousands) does not hold up the others."""

log = logging.getLogger(__name__)


class Publisher:
    """Owns the hub of one server process."""

    def __init__(self, client: Client) -> None:
        registered.load()
        self.client = client
        self.hub = Hub()
        self._loop = asyncio.get_running_loop()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="publisher")
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Listen to commits and begin to beat."""
        self.client.on_commit(self._committed)
        self._task = self._loop.create_task(self._beat())

    async def stop(self) -> None:
        """Stop beating."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._pool.shutdown(wait=False)

    async def watch(self, mailbox: Mailbox, topic: Topic) -> None:
        """Add a watcher and send it the whole content.

        What the others have is not drawn again; the next drawing brings all of them up to date.
        """
        held = self.hub.watch(mailbox, topic)
        if held.last is not None:
            self.hub.welcome(held, mailbox, held.last)
        elif len(held.watchers) == 1:
            await self._publish(held)
        elif held.cursor is not None:
            frame, _ = await self._draw(held.topic, None)
            self.hub.welcome(held, mailbox, frame)

    def _committed(self, changes: list[Change]) -> None:
        """Called on the engine's thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.hub.note, changes)

    async def _beat(self) -> None:
        while True:
            started = self._loop.time()
            for held in self.hub.watched:
                is_due = held.dirty or held.topic.ticks
                if held.watchers and is_due and self._loop.time() >= held.rests_until:
                    await self._publish(held)
            spent = self._loop.time() - started
            await asyncio.sleep(max(0.02, BEAT - spent))

    async def _publish(self, held: Watched) -> None:
        held.dirty = False
        began = self._loop.time()
        frame, cursor = await self._draw(held.topic, held.cursor)
        drawn = self._loop.time()
        held.rests_until = drawn + REST * (drawn - began)
        self.hub.deliver(held, frame, cursor)

    async def _draw(self, topic: Topic, since: Any) -> tuple[Frame | None, Any]:
        """Draw on the publisher's thread. A topic that fails is reported and sends nothing."""
        try:
            return await self._loop.run_in_executor(self._pool, topic.frame, self.client, since)
        except Exception:
            log.exception("topic %s cannot be drawn", topic.name)
            return None, since
