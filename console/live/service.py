"""The publisher of this process, started and stopped with the server (ASGI lifespan)."""

from __future__ import annotations

from cluster.runtime.client import Client
from console.live.publisher import Publisher

_publisher: Publisher | None = None


def current() -> Publisher:
    """The running publisher. Raises RuntimeError before the server has started."""
    if _publisher is None:
        raise RuntimeError("the live publisher has not been started")
    return _publisher


def start(client: Client) -> Publisher:
    """Start publishing; called on the server's event loop."""
    global _publisher
    _publisher = Publisher(client)
    _publisher.start()
    return _publisher


async def stop() -> None:
    """Stop publishing."""
    global _publisher
    if _publisher is not None:
        await _publisher.stop()
        _publisher = None
