"""The router's live parts over the socket: a route's lines in haproxy.config, and the routes by status."""

from __future__ import annotations

import pytest

from cluster.objects import kinds
from cluster.objects.meta import Key
from cluster.runtime.client import Client
from cluster.runtime.commands import Delete, Scale
from console.live.publisher import Publisher
from tests.live.conftest import Connect
from tests.running_cluster import DEVELOPER, KUBEADMIN

BLUE = "simple-webapp-docker"
LINES, COUNTS = "haproxy:demo/web", "router:developer"


async def test_a_new_pod_gets_its_server_line(cluster: Client, connect: Connect) -> None:
    browser = await connect("developer")
    await browser.subscribe(LINES)
    before = (await browser.next_of(LINES))["html"].count(f"pod:{BLUE}-1-")
    cluster.execute([Scale(kinds.DEPLOYMENTCONFIG, Key("demo", BLUE), 3)], DEVELOPER)
    cluster.advance(KUBEADMIN, 30)
    after = before
    while after == before:
        after = (await browser.next_of(LINES))["html"].count(f"pod:{BLUE}-1-")
    assert after == before + 1


async def test_nothing_is_drawn_while_nobody_watches(live: Publisher, connect: Connect) -> None:
    browser = await connect("developer")
    await browser.subscribe(LINES)
    await browser.next_of(LINES)
    assert LINES in {each.topic.name for each in live.hub.watched}
    await browser.subscribe("clock")
    await browser.next_of("clock")
    assert LINES not in {each.topic.name for each in live.hub.watched}


async def test_counts_follow_the_routes(cluster: Client, connect: Connect) -> None:
    browser = await connect("developer")
    await browser.subscribe(COUNTS)
    assert "<strong>1</strong>" in (await browser.next_of(COUNTS))["html"]
    cluster.execute([Delete(kinds.ROUTE, Key("demo", "web"))], DEVELOPER)
    assert "There are no routes" in (await browser.next_of(COUNTS))["html"]


async def test_a_deleted_route_leaves_word(cluster: Client, connect: Connect) -> None:
    browser = await connect("developer")
    await browser.subscribe(LINES)
    await browser.next_of(LINES)
    cluster.execute([Delete(kinds.ROUTE, Key("demo", "web"))], DEVELOPER)
    assert (await browser.next_of(LINES))["t"] == "gone"


@pytest.mark.parametrize("topic", ["haproxy:secret/web", "router:kubeadmin", "haproxy:nowhere/x"])
async def test_what_others_may_see_is_denied(connect: Connect, topic: str) -> None:
    browser = await connect("developer")
    await browser.subscribe(topic)
    assert await browser.next_of(topic) == {"t": "denied", "topic": topic}
