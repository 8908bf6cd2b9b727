"""A demo cluster behind a publisher that beats quickly, and browsers that connect to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from django.contrib.auth.models import AnonymousUser, User

from cluster.runtime.client import Client
from console.consumers.live import LiveConsumer
from console.live import publisher, service
from console.live.publisher import Publisher
from tests.live.browser import Browser
from tests.running_cluster import KUBEADMIN, SETTLED, demo_engine, running

Connect = Callable[[str], Awaitable[Browser]]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher, "BEAT", 0.0)


@pytest.fixture
def cluster() -> Iterator[Client]:
    """A demo cluster of the test's own, its clock paused."""
    with running(demo_engine()) as client:
        client.advance(KUBEADMIN, SETTLED)
        yield client


@pytest.fixture
async def live(cluster: Client) -> AsyncIterator[Publisher]:
    """The process's publisher, as the server's lifespan starts it."""
    yield service.start(cluster)
    await service.stop()


@pytest.fixture
async def connect(live: Publisher) -> AsyncIterator[Connect]:
    """Open a socket as a user, "" for nobody; all are closed at the end."""
    opened: list[Browser] = []

    async def connected(name: str) -> Browser:
        admin = name == KUBEADMIN.name
        user = User(username=name, is_superuser=admin) if name else AnonymousUser()
        browser = Browser(LiveConsumer.as_asgi(), user=user, session=None)
        opened.append(browser)
        assert await browser.connect()
        return browser

    yield connected
    for browser in opened:
        await browser.leave()
