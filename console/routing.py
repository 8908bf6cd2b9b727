"""WebSocket addresses."""

from __future__ import annotations

from channels.generic.websocket import AsyncWebsocketConsumer
from django.urls import path, re_path

from console.consumers.live import LiveConsumer


class Nowhere(AsyncWebsocketConsumer):
    """Refuses the socket: to the router an address without a consumer is an error of the server."""

    async def connect(self) -> None:
        """The WebSocket counterpart of 404: not accepted."""
        await self.close()


websocket_urlpatterns = [path("ws/live", LiveConsumer.as_asgi()), re_path("", Nowhere.as_asgi())]
