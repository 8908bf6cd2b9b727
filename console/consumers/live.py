"""The one WebSocket of a tab: it says what it wants to watch, and gets frames."""

from __future__ import annotations

import asyncio
import contextlib
from importlib import import_module
from typing import Any

import orjson
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth import get_user

from console.live import service, topics
from console.live.hub import Mailbox
from console.live.topic import Topic
from console.session import actor_of

MOST_TOPICS = 64
MOST_BYTES = 64 * 1024
SIGNED_OUT, REFUSED = 4401, 4403
RECHECK = 60.0
"""Seconds between two looks whether the user is still signed in, and may still see all of this."""


class LiveConsumer(AsyncWebsocketConsumer):
    """Subscriptions of one browser tab. Permission is asked for each topic, not once."""

    async def connect(self) -> None:
        """Accept signed-in users; close with 4401 otherwise."""
        await self.accept()
        self.mailbox = Mailbox()
        self.watching: dict[str, Topic] = {}
        self.tasks: list[asyncio.Task[None]] = []
        if not self.scope["user"].is_authenticated:
            await self.close(SIGNED_OUT)
            return
        self.tasks = [
            asyncio.create_task(self._send_frames()),
            asyncio.create_task(self._recheck()),
        ]

    async def disconnect(self, code: int) -> None:
        """Stop watching."""
        for task in self.tasks:
            task.cancel()
        with contextlib.suppress(RuntimeError):
            service.current().hub.unwatch(self.mailbox, self.watching)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take the set of topics that the page shows now."""
        if not text_data or len(text_data) > MOST_BYTES or not self.tasks:
            await self.close(REFUSED)
            return
        try:
            message = orjson.loads(text_data)
        except orjson.JSONDecodeError:
            await self.close(REFUSED)
            return
        wanted = message.get("subscribe") if isinstance(message, dict) else None
        if isinstance(wanted, list):
            await self._subscribe(wanted[:MOST_TOPICS])

    async def _subscribe(self, wanted: list[Any]) -> None:
        names = {
            each["topic"]
            for each in wanted
            if isinstance(each, dict) and isinstance(each.get("topic"), str)
        }
        publisher = service.current()
        self._leave(set(self.watching) - names)
        for name in sorted(names - set(self.watching)):
            topic = topics.make(name)
            if topic is None or not self._allowed(topic):
                await self._send({"t": "denied", "topic": name})
                continue
            self.watching[name] = topic
            await publisher.watch(self.mailbox, topic)

    def _leave(self, names: set[str]) -> None:
        service.current().hub.unwatch(self.mailbox, names)
        for name in names:
            del self.watching[name]

    def _allowed(self, topic: Topic) -> bool:
        return topic.allowed(service.current().client, actor_of(self.scope["user"]))

    async def _send_frames(self) -> None:
        while True:
            for frame in await self.mailbox.take():
                await self.send(text_data=frame.text)

    async def _recheck(self) -> None:
        while True:
            await asyncio.sleep(RECHECK)
            user = await database_sync_to_async(self._user_now)()
            if not user.is_authenticated or not user.is_active:
                await self.close(SIGNED_OUT)
                return
            self.scope["user"] = user
            lost = {name for name, topic in self.watching.items() if not self._allowed(topic)}
            self._leave(lost)
            for name in sorted(lost):
                await self._send({"t": "denied", "topic": name})

    def _user_now(self) -> Any:
        """The session as it is stored now; the scope's own object remembers what it once read."""
        store = import_module(settings.SESSION_ENGINE).SessionStore
        return get_user(_Request(store(self.scope["session"].session_key)))

    async def _send(self, frame: dict[str, Any]) -> None:
        await self.send(text_data=orjson.dumps(frame).decode())


class _Request:
    """As much of a request as Django's `get_user` looks at."""

    def __init__(self, session: Any) -> None:
        self.session = session
