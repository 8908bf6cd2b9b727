"""One tab of a browser, as the live socket sees it: it subscribes, and waits for frames."""

from __future__ import annotations

from typing import Any

import orjson
from asgiref.testing import ApplicationCommunicator

PATIENCE = 10.0
"""Seconds that a test waits for something before it fails."""


class Browser:
    """A WebSocket to an ASGI application. Further arguments go into the connection's scope."""

    def __init__(
        self, application: Any, *, headers: list[tuple[bytes, bytes]] | None = None, **scope: Any
    ) -> None:
        self._open = False
        self._socket = ApplicationCommunicator(
            application,
            {
                "type": "websocket",
                "path": "/ws/live",
                "query_string": b"",
                "subprotocols": [],
                "headers": headers or [],
                **scope,
            },
        )

    async def connect(self) -> bool:
        """Ask for the socket; whether it was given."""
        await self._socket.send_input({"type": "websocket.connect"})
        answer = await self._socket.receive_output(PATIENCE)
        self._open = answer["type"] == "websocket.accept"
        return self._open

    async def leave(self) -> None:
        """Close the tab, and wait until the server has noticed."""
        if self._open:
            self._open = False
            await self._socket.send_input({"type": "websocket.disconnect", "code": 1001})
            await self._socket.wait(PATIENCE)

    async def subscribe(self, *topics: str) -> None:
        """Tell the server what the page shows now."""
        wanted = [{"topic": topic, "version": ""} for topic in topics]
        await self.say(orjson.dumps({"subscribe": wanted}).decode())

    async def say(self, text: str) -> None:
        """Send any text."""
        await self._socket.send_input({"type": "websocket.receive", "text": text})

    async def next(self) -> dict[str, Any]:
        """The next frame, whatever it is."""
        message = await self._socket.receive_output(PATIENCE)
        assert message["type"] == "websocket.send", message
        frame: dict[str, Any] = orjson.loads(message["text"])
        return frame

    async def next_of(self, topic: str) -> dict[str, Any]:
        """The next frame of a topic."""
        while True:
            frame = await self.next()
            if frame.get("topic") == topic:
                return frame

    async def closed_with(self) -> int:
        """The code with which the server closes the socket."""
        message = await self._socket.receive_output(PATIENCE)
        while message["type"] != "websocket.close":
            message = await self._socket.receive_output(PATIENCE)
        return int(message["code"])
