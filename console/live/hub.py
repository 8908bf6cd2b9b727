"""The hub: who watches what, and a mailbox for each browser that never grows (design, §6).

A topic is drawn once for all who watch it. A mailbox holds at most one frame a topic; a frame that
still waits when the next comes is merged with it. Everything here runs on the server's event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cluster.runtime.commands import Change
from console.live.frames import Outgoing, merged, row_changes
from console.live.topic import Frame, Topic


class Mailbox:
    """What one browser has yet to be sent."""

    def __init__(self) -> None:
        self._waiting: dict[str, Outgoing] = {}
        self._wake = asyncio.Event()

    def put(self, topic: str, frame: Outgoing) -> None:
        """Leave a frame; it is merged with one of the same topic that still waits."""
        waiting = self._waiting.get(topic)
        self._waiting[topic] = frame if waiting is None else merged(waiting, frame)
        self._wake.set()

    def forget(self, topic: str) -> None:
        """Drop what waits of a topic."""
        self._waiting.pop(topic, None)

    async def take(self) -> list[Outgoing]:
        """Everything that waits, as soon as there is something."""
        await self._wake.wait()
        self._wake.clear()
        taken = list(self._waiting.values())
        self._waiting.clear()
        return taken


@dataclass(slots=True)
class Watched:
    """A topic that somebody watches. `last` is the whole content that its watchers have.

    Measurements keep none: there only grows a `cursor`. Before `rests_until` (the event loop's time) it
    is not drawn again.
    """

    topic: Topic
    watchers: set[Mailbox] = field(default_factory=set)
    dirty: bool = True
    cursor: Any = None
    last: Frame | None = None
    rests_until: float = 0.0


class Hub:
    """All watched topics."""

    def __init__(self) -> None:
        self._watched: dict[str, Watched] = {}

    @property
    def watched(self) -> list[Watched]:
        """The topics that somebody watches now."""
        return list(self._watched.values())

    def watch(self, mailbox: Mailbox, topic: Topic) -> Watched:
        """Begin to watch; a topic that nobody has watched is new and to be drawn."""
        held = self._watched.setdefault(topic.name, Watched(topic))
        held.watchers.add(mailbox)
        return held

    def unwatch(self, mailbox: Mailbox, names: Iterable[str]) -> None:
        """Stop watching; a topic that nobody watches is forgotten."""
        for name in names:
            held = self._watched.get(name)
            if held is None:
                continue
            held.watchers.discard(mailbox)
            mailbox.forget(name)
            if not held.watchers:
                del self._watched[name]

    def note(self, changes: Iterable[Change]) -> None:
        """Mark the topics that commits concern."""
        clean = [held for held in self._watched.values() if not held.dirty]
        for change in changes:
            if not clean:
                return
            for held in clean:
                if held.topic.touches(change):
                    held.dirty = True
            clean = [held for held in clean if not held.dirty]

    def deliver(self, held: Watched, frame: Frame | None, cursor: Any) -> None:
        """Give a drawn frame to all watchers of its topic: only what is new in it."""
        held.cursor = cursor
        if frame is None:
            return
        frame = {**frame, "topic": held.topic.name}
        news = _news(held, frame)
        if news is not None:
            outgoing = Outgoing(news)
            for mailbox in held.watchers:
                mailbox.put(held.topic.name, outgoing)

    def welcome(self, held: Watched, mailbox: Mailbox, frame: Frame | None) -> None:
        """Give a newcomer the whole content."""
        if frame is not None:
            mailbox.put(held.topic.name, Outgoing({**frame, "topic": held.topic.name}))


def _news(held: Watched, frame: Frame) -> Frame | None:
    if frame["t"] == "series":
        return frame
    last, held.last = held.last, frame
    if frame["t"] == "rows" and last is not None and last["t"] == "rows":
        return row_changes(frame, last)
    return None if frame == last else frame
