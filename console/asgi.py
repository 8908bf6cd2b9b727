"""The ASGI application: HTTP and WebSockets to Django and Channels, the engine in the lifespan."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

from django.core.asgi import get_asgi_application

http = get_asgi_application()  # loads the applications: what follows needs them

from asgiref.sync import sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.utils.module_loading import module_has_submodule

import console
from cluster.dataplane import running as dataplane
from cluster.runtime import running
from cluster.runtime.boot import StartError
from console.live import service
from console.staticfiles import served

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Lifespan:
    """Starts engine and router before the first request; stops them, saved, after the last one.

    Channels' router does not know the lifespan protocol (channels#2018), so this stands before it.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the lifespan's messages; pass everything else on."""
        if scope["type"] != "lifespan":
            await self._application(scope, receive, send)
            return
        await receive()
        try:
            client = await sync_to_async(running.ensure_started)()
        except StartError as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        service.start(client)
        await dataplane.start(client)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await dataplane.stop()
        await service.stop()
        await sync_to_async(running.stop)()
        await send({"type": "lifespan.shutdown.complete"})


def _websocket_urls() -> list[Any]:
    if not module_has_submodule(console, "routing"):
        return []
    return list(import_module("console.routing").websocket_urlpatterns)


application = Lifespan(
    ProtocolTypeRouter(
        {
            "http": served(http),
            "websocket": AllowedHostsOriginValidator(
                AuthMiddlewareStack(URLRouter(_websocket_urls()))
            ),
        }
    )
)
