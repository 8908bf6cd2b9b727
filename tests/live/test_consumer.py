"""The socket of a tab: who may watch what, full frames first, then only what changed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client as HttpBrowser

from cluster.objects import kinds
from cluster.objects.meta import Key
from cluster.runtime.client import Client
from cluster.runtime.commands import Create, Delete, Scale
from console.asgi import application
from console.consumers import live as consumer
from console.live.publisher import Publisher
from tests.builders import a_new_service
from tests.live.browser import Browser
from tests.live.conftest import Connect
from tests.running_cluster import DEVELOPER, KUBEADMIN

BLUE = "simple-webapp-docker"
PODS, SERVICES = "table:pods?ns=demo", "table:services?ns=demo"


def scale(cluster: Client, replicas: int) -> None:
    cluster.execute([Scale(kinds.DEPLOYMENTCONFIG, Key("demo", BLUE), replicas)], DEVELOPER)


def names(frame: dict[str, Any]) -> set[str]:
    """The objects whose rows a frame brings."""
    return {
        found[1]
        for html in frame["rows"].values()
        if (found := re.search(r'href="/k8s/ns/demo/\w+/([^"]+)"', html))
    }


# --- doors -----------------------------------------------------------------------------------------


async def test_who_is_not_signed_in_is_turned_away(connect: Connect) -> None:
    browser = await connect("")
    assert await browser.closed_with() == 4401


@pytest.mark.parametrize("text", ["{", "not json", "", "{'subscribe': []}"])
async def test_garbage_closes_the_socket(connect: Connect, text: str) -> None:
    browser = await connect("developer")
    await browser.say(text)
    assert await browser.closed_with() == 4403


async def test_too_much_closes_the_socket(connect: Connect) -> None:
    browser = await connect("developer")
    await browser.say('{"ping": "' + "x" * consumer.MOST_BYTES + '"}')
    assert await browser.closed_with() == 4403


@pytest.mark.parametrize(
    "text",
    ['{"ping":1}', "[]", "null", '{"subscribe": 7}', '{"subscribe": [7, null, {"topic": []}, {}]}'],
)
async def test_what_is_no_subscription_does_no_harm(connect: Connect, text: str) -> None:
    browser = await connect("developer")
    await browser.say(text)
    await browser.subscribe(PODS)
    assert (await browser.next())["topic"] == PODS


DENIED = [
    "table:pods?ns=secret",
    "table:pods?ns=nowhere",
    "table:pods?user=kubeadmin",
    "table:pods",
    "tab:pods:secret/web:details",
    "header:services:secret/web",
    "overview:secret",
    "traffic:secret/web:services",
    "route:secret/web:facts",
    "tab:projects:secret:details",
]
UNKNOWN = [
    "",
    "dragons",
    "dragons:demo/web",
    "table:dragons?ns=demo",
    "tab:pods:demo/web:dragons",
    "tab:pods:demo/web:yaml",
    "tab:pods:demo/web:details:dragons",
    "tab:pods:web:details",
    "traffic:demo/web:dragons",
    "header:nodes:demo/master",
    "overview:",
    "overview:demo:dragons",
    "table:pods?" + "&".join(f"label=a{number}" for number in range(2_000)),
]


async def test_foreign_and_unknown_topics_are_denied_alike(connect: Connect) -> None:
    browser = await connect("developer")
    await browser.subscribe(*DENIED, *UNKNOWN)
    answers = [await browser.next() for _ in [*DENIED, *UNKNOWN]]
    assert [each["t"] for each in answers] == ["denied"] * len(answers)
    assert sorted(each["topic"] for each in answers) == sorted([*DENIED, *UNKNOWN])


async def test_a_denied_topic_leaves_the_others_alone(connect: Connect) -> None:
    browser = await connect("developer")
    await browser.subscribe("overview:secret", PODS)
    frames = {(frame := await browser.next())["topic"]: frame["t"] for _ in range(2)}
    assert frames == {"overview:secret": "denied", PODS: "rows"}


async def test_controls_are_live_only_for_those_who_may_use_them(connect: Connect) -> None:
    tab = f"tab:deploymentconfigs:demo/{BLUE}:details"
    viewer, developer = await connect("viewer"), await connect("developer")
    for topic in (f"{tab}:edit", "overview:demo:edit"):
        await viewer.subscribe(topic)
        assert (await viewer.next_of(topic))["t"] == "denied"
        await developer.subscribe(topic)
        assert "data-scale-url" in (await developer.next_of(topic))["html"]
    for topic in (tab, "overview:demo"):
        await viewer.subscribe(topic)
        assert "data-scale-url" not in (await viewer.next_of(topic))["html"]


# --- frames ----------------------------------------------------------------------------------------


async def test_the_first_frame_holds_the_whole_list(connect: Connect, cluster: Client) -> None:
    browser = await connect("developer")
    await browser.subscribe(PODS)
    frame = await browser.next()
    assert (frame["t"], frame["topic"], frame["count"]) == ("rows", PODS, "4")
    assert frame["order"] == list(frame["rows"])
    assert names(frame) == {each.metadata.name for each in cluster.list(kinds.POD, "demo")}


async def test_after_a_commit_only_new_rows_travel(connect: Connect, cluster: Client) -> None:
    browser = await connect("developer")
    await browser.subscribe(SERVICES)
    before = (await browser.next())["order"]
    cluster.execute([Create(a_new_service("shop"))], DEVELOPER)
    frame = await browser.next()
    assert names(frame) == {"shop"}
    assert set(before) < set(frame["order"])
    assert frame["count"] == "4"
    cluster.execute([Delete(kinds.SERVICE, Key("demo", "shop"))], DEVELOPER)
    frame = await browser.next()
    while len(frame["order"]) > 3:  # its endpoints may be told of first
        frame = await browser.next()
    assert (frame["order"], frame["rows"], frame["count"]) == (before, {}, "3")


async def test_a_list_follows_pods_until_they_are_ready(connect: Connect, cluster: Client) -> None:
    browser = await connect("developer")
    await browser.subscribe(PODS)
    page = dict((await browser.next())["rows"])
    scale(cluster, 3)
    cluster.advance(KUBEADMIN, 60)
    while not (len(page) == 5 and all(">1/1<" in html for html in page.values())):
        frame = await browser.next()
        page = {**page, **frame["rows"]}
        page = {name: page[name] for name in frame["order"]}
    addresses = {each.status.pod_ip for each in cluster.list(kinds.POD, "demo")}
    assert all(any(address in html for html in page.values()) for address in addresses)


async def test_a_list_over_all_projects_is_ones_own(connect: Connect, cluster: Client) -> None:
    browser = await connect("developer")
    await browser.subscribe("table:services?user=developer")
    frame = await browser.next()
    assert frame["count"] == "3"
    assert all("/k8s/ns/demo/" in html for html in frame["rows"].values())


async def test_two_tabs_get_the_same_frame(connect: Connect, cluster: Client) -> None:
    first, second = await connect("developer"), await connect("viewer")
    for browser in (first, second):
        await browser.subscribe(SERVICES)
        assert len((await browser.next())["rows"]) == 3
    cluster.execute([Create(a_new_service("shop"))], DEVELOPER)
    assert names(await first.next()) == names(await second.next()) == {"shop"}


async def test_the_clock_tells_when_it_moves_or_stops(connect: Connect, cluster: Client) -> None:
    browser = await connect("outsider")
    await browser.subscribe("clock")
    frame = await browser.next()
    assert (frame["t"], frame["running"], frame["speed"]) == ("clock", False, 1.0)
    assert frame["epoch_ms"] == int(cluster.clock().now * 1000)
    cluster.advance(KUBEADMIN, 60)
    arrived = frame["epoch_ms"] + 60_000
    while frame["epoch_ms"] < arrived:
        frame = await browser.next()
    assert frame["epoch_ms"] == arrived
    cluster.set_speed(KUBEADMIN, 10)
    assert (await browser.next())["speed"] == 10.0


async def test_an_objects_page_follows_it_to_its_end(connect: Connect, cluster: Client) -> None:
    cluster.execute([Create(a_new_service("shop"))], DEVELOPER)
    tab, header = "tab:services:demo/shop:details", "header:services:demo/shop"
    browser = await connect("developer")
    await browser.subscribe(tab, header)
    assert "shop.demo.svc.cluster.local" in (await browser.next_of(tab))["html"]
    cluster.execute([Delete(kinds.SERVICE, Key("demo", "shop"))], DEVELOPER)
    gone = {(frame := await browser.next())["topic"]: frame["t"] for _ in range(2)}
    while set(gone.values()) != {"gone"} or len(gone) < 2:
        frame = await browser.next()
        gone[frame["topic"]] = frame["t"]
    assert gone == {tab: "gone", header: "gone"}


async def test_the_overview_follows_the_number_of_pods(connect: Connect, cluster: Client) -> None:
    browser = await connect("developer")
    await browser.subscribe("overview:demo:edit")
    assert 'data-replicas="2"' in (await browser.next())["html"]
    scale(cluster, 7)
    frame = await browser.next()
    while 'data-replicas="7"' not in frame["html"]:
        frame = await browser.next()


async def test_the_map_of_a_node_follows_its_pods(connect: Connect, cluster: Client) -> None:
    browser = await connect("outsider")
    await browser.subscribe("subnet:node-1:outsider", "network")
    assert "2 of 509 addresses in use" in (await browser.next_of("subnet:node-1:outsider"))["html"]
    scale(cluster, 6)
    cluster.advance(KUBEADMIN, 60)
    frame = await browser.next_of("subnet:node-1:outsider")
    while "4 of 509 addresses in use" not in frame["html"]:
        frame = await browser.next_of("subnet:node-1:outsider")
    assert (await _after_a_commit(browser, cluster))["t"] == "html"


async def test_a_map_is_watched_through_ones_own_topic_only(
    connect: Connect, cluster: Client
) -> None:
    browser = await connect("outsider")
    await browser.subscribe("subnet:node-1:developer", "tab:nodes:node-1:pods:developer")
    assert {(await browser.next())["t"], (await browser.next())["t"]} == {"denied"}


async def _after_a_commit(browser: Browser, cluster: Client) -> dict[str, Any]:
    cluster.execute([Create(a_new_service("shop"))], DEVELOPER)
    return await browser.next_of("network")


async def test_a_topic_that_the_page_left_sends_no_more(
    connect: Connect, cluster: Client, live: Publisher
) -> None:
    browser = await connect("developer")
    await browser.subscribe(SERVICES, PODS)
    await browser.next_of(SERVICES)
    await browser.subscribe(PODS, "network")
    await browser.next_of("network")
    assert {each.topic.name for each in live.hub.watched} == {PODS, "network"}
    cluster.execute([Create(a_new_service("shop"))], DEVELOPER)
    assert (await browser.next())["topic"] == "network"


async def test_a_closed_tab_watches_nothing(connect: Connect, live: Publisher) -> None:
    browser = await connect("developer")
    await browser.subscribe(PODS)
    await browser.next()
    await browser.leave()
    assert live.hub.watched == []


async def test_a_tab_watches_no_more_than_so_many_topics(connect: Connect, live: Publisher) -> None:
    browser = await connect("developer")
    many = [f"table:pods?ns=demo&name=p{number:03}" for number in range(consumer.MOST_TOPICS + 9)]
    await browser.subscribe(*many)
    for _ in range(consumer.MOST_TOPICS):
        await browser.next()
    assert len(live.hub.watched) == consumer.MOST_TOPICS


# --- through the whole application -----------------------------------------------------------------


def _signed_in() -> tuple[HttpBrowser, str]:
    browser = HttpBrowser()
    browser.force_login(get_user_model().objects.create_user("developer"))
    return browser, f"{settings.SESSION_COOKIE_NAME}={browser.session.session_key}"


def _browser(cookie: str, origin: str = "http://localhost") -> Browser:
    headers = [("host", "localhost"), ("origin", origin), ("cookie", cookie)]
    return Browser(
        application, headers=[(name.encode(), value.encode()) for name, value in headers]
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://localhost.evil.example", "null", "http://"]
)
async def test_a_page_of_another_site_gets_no_socket(live: Publisher, origin: str) -> None:
    _, cookie = await sync_to_async(_signed_in)()
    assert not await _browser(cookie, origin).connect()


@pytest.mark.django_db(transaction=True)
async def test_the_sessions_cookie_signs_the_socket_in(live: Publisher) -> None:
    _, cookie = await sync_to_async(_signed_in)()
    browser = _browser(cookie)
    assert await browser.connect()
    await browser.subscribe(PODS)
    assert (await browser.next())["count"] == "4"
    await browser.leave()
    stranger = _browser("shiftlab-session=made-up")
    assert await stranger.connect()
    assert await stranger.closed_with() == 4401


@pytest.mark.django_db(transaction=True)
async def test_signing_out_closes_the_socket(
    live: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "RECHECK", 0.02)
    http, cookie = await sync_to_async(_signed_in)()
    browser = _browser(cookie)
    assert await browser.connect()
    await browser.subscribe(PODS)
    await browser.next()
    await sync_to_async(http.logout)()
    assert await browser.closed_with() == 4401


@pytest.mark.django_db(transaction=True)
async def test_who_is_a_member_no_more_is_denied_what_is_open(
    live: Publisher, cluster: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "RECHECK", 0.02)
    _, cookie = await sync_to_async(_signed_in)()
    browser = _browser(cookie)
    assert await browser.connect()
    await browser.subscribe(PODS, "clock")
    await browser.next_of(PODS)
    cluster.execute([Delete(kinds.ROLEBINDING, Key("demo", "admin"))], KUBEADMIN)
    frame = await browser.next_of(PODS)
    assert frame == {"t": "denied", "topic": PODS}
    assert {each.topic.name for each in live.hub.watched} == {"clock"}
    await browser.leave()
