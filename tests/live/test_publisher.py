"""The publisher: commits mark topics, each beat draws the marked ones once, for all who watch."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
import pytest

from cluster.objects import kinds
from cluster.objects.meta import ObjectMeta
from cluster.objects.service import Service
from cluster.runtime.commands import Actor, Change
from console.live.hub import Mailbox
from console.live.publisher import Publisher
from tests.live.browser import PATIENCE


class Commits:
    """As much of a client as the publisher uses: somebody to be told of commits."""

    tell: Callable[[list[Change]], None]

    def on_commit(self, listener: Callable[[list[Change]], None]) -> None:
        self.tell = listener


class Counting:
    """A topic that counts its drawings, and shows what it is told to."""

    def __init__(self, name: str, namespace: str = "demo", *, ticks: bool = False) -> None:
        self.name = name
        self.namespace = namespace
        self.ticks = ticks
        self.shown = "first"
        self.drawn = 0
        self.threads: set[str] = set()

    def allowed(self, client: Any, actor: Actor) -> bool:
        return True

    def touches(self, change: Change) -> bool:
        return change.key.namespace == self.namespace

    def frame(self, client: Any, since: Any) -> tuple[Any, Any]:
        self.drawn += 1
        self.threads.add(threading.current_thread().name)
        return {"t": "html", "html": self.shown}, since


class Broken(Counting):
    """A topic whose template is wrong."""

    def frame(self, client: Any, since: Any) -> tuple[Any, Any]:
        super().frame(client, since)
        raise ValueError("no such thing")


class Measured(Counting):
    """A measurement: ten points, then one more whenever there is something new."""

    def __init__(self, name: str) -> None:
        super().__init__(name, ticks=True)
        self.end = 10

    def frame(self, client: Any, since: Any) -> tuple[Any, Any]:
        super().frame(client, since)
        x = list(range((since or 0) + 1, self.end + 1))
        if not x:
            return None, since
        points = {"x": x, "series": {"a": x}, "reset": since is None}
        return {"t": "series", "points": points}, self.end


@pytest.fixture
async def commits() -> Commits:
    return Commits()


@pytest.fixture
async def publisher(commits: Commits) -> AsyncIterator[Publisher]:
    publisher = Publisher(commits)  # type: ignore[arg-type]
    publisher.start()
    yield publisher
    await publisher.stop()


async def taken(mailbox: Mailbox) -> list[Any]:
    frames = await asyncio.wait_for(mailbox.take(), PATIENCE)
    return [orjson.loads(frame.text) for frame in frames]


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop go round until something is so."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0)


def a_commit(namespace: str = "demo") -> list[Change]:
    service = Service(metadata=ObjectMeta(name="web", namespace=namespace))
    return [Change(1, kinds.SERVICE, None, service, True)]


async def test_a_topic_is_drawn_once_for_all_who_watch(
    publisher: Publisher, commits: Commits
) -> None:
    topic, mailboxes = Counting("t"), [Mailbox() for _ in range(20)]
    await asyncio.gather(*(publisher.watch(mailbox, topic) for mailbox in mailboxes))
    firsts = [await taken(mailbox) for mailbox in mailboxes]
    assert firsts == [[{"t": "html", "html": "first", "topic": "t"}]] * 20
    assert topic.drawn == 1
    topic.shown = "second"
    commits.tell(a_commit())
    seconds = [await taken(mailbox) for mailbox in mailboxes]
    assert seconds == [[{"t": "html", "html": "second", "topic": "t"}]] * 20
    assert topic.drawn == 2


async def test_many_commits_between_two_beats_are_drawn_once(
    publisher: Publisher, commits: Commits
) -> None:
    topic, mailbox = Counting("t"), Mailbox()
    await publisher.watch(mailbox, topic)
    await taken(mailbox)
    topic.shown = "second"
    for _ in range(100):
        commits.tell(a_commit())
    [frame] = await taken(mailbox)
    assert frame["html"] == "second"
    assert topic.drawn == 2


async def test_a_latecomer_gets_what_the_others_have_without_a_drawing(
    publisher: Publisher,
) -> None:
    topic, early, late = Counting("t"), Mailbox(), Mailbox()
    await publisher.watch(early, topic)
    await taken(early)
    await publisher.watch(late, Counting("t"))
    assert (await taken(late))[0]["html"] == "first"
    assert topic.drawn == 1


async def test_a_commit_elsewhere_draws_nothing(publisher: Publisher, commits: Commits) -> None:
    mine, other = Counting("mine"), Counting("other", namespace="shop")
    mailbox = Mailbox()
    await publisher.watch(mailbox, mine)
    await publisher.watch(mailbox, other)
    await taken(mailbox)
    mine.shown = other.shown = "second"
    commits.tell(a_commit("shop"))
    [frame] = await taken(mailbox)
    assert frame["topic"] == "other"
    assert (mine.drawn, other.drawn) == (1, 2)


async def test_a_topic_that_cannot_be_drawn_is_reported_and_stops_no_other(
    publisher: Publisher, commits: Commits, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound, mailbox = Broken("broken"), Counting("sound"), Mailbox()
    with caplog.at_level(logging.ERROR, "console.live.publisher"):
        await publisher.watch(mailbox, broken)
        await publisher.watch(mailbox, sound)
        assert [each["topic"] for each in await taken(mailbox)] == ["sound"]
        sound.shown = "second"
        commits.tell(a_commit())
        assert [each["html"] for each in await taken(mailbox)] == ["second"]
        await until(lambda: broken.drawn == 2)
    assert "topic broken cannot be drawn" in caplog.text
    assert "no such thing" in caplog.text


async def test_measurements_are_asked_without_any_commit(publisher: Publisher) -> None:
    topic, mailbox = Measured("m"), Mailbox()
    await publisher.watch(mailbox, topic)
    [frame] = await taken(mailbox)
    assert frame["points"]["x"] == list(range(1, 11))
    assert frame["points"]["reset"]
    topic.end = 12
    [frame] = await taken(mailbox)
    assert frame["points"]["x"] == [11, 12]


async def test_who_comes_late_to_a_measurement_gets_all_of_it(publisher: Publisher) -> None:
    topic, early, late = Measured("m"), Mailbox(), Mailbox()
    await publisher.watch(early, topic)
    await taken(early)
    topic.end = 12
    await taken(early)
    await publisher.watch(late, topic)
    [frame] = await taken(late)
    assert frame["points"]["x"] == list(range(1, 13))
    topic.end = 13
    assert [(await taken(each))[0]["points"]["x"] for each in (early, late)] == [[13], [13]]


async def test_nothing_is_drawn_on_the_servers_event_loop(publisher: Publisher) -> None:
    topic, mailbox = Counting("t", ticks=True), Mailbox()
    await publisher.watch(mailbox, topic)
    await until(lambda: topic.drawn > 3)
    assert {name.rpartition("_")[0] for name in topic.threads} == {"publisher"}


async def test_what_nobody_watches_any_more_is_not_drawn(
    publisher: Publisher, commits: Commits
) -> None:
    left, kept, mailbox = Counting("left"), Counting("kept"), Mailbox()
    await publisher.watch(mailbox, left)
    await publisher.watch(mailbox, kept)
    await taken(mailbox)
    publisher.hub.unwatch(mailbox, ["left"])
    kept.shown = "second"
    commits.tell(a_commit())
    assert [each["topic"] for each in await taken(mailbox)] == ["kept"]
    assert left.drawn == 1


async def test_a_topic_that_is_slow_to_draw_rests_and_misses_nothing(
    publisher: Publisher, commits: Commits
) -> None:
    slow, quick, mailbox = Counting("slow"), Counting("quick"), Mailbox()
    await publisher.watch(mailbox, slow)
    await publisher.watch(mailbox, quick)
    await taken(mailbox)
    [held] = [each for each in publisher.hub.watched if each.topic is slow]
    held.rests_until = float("inf")
    slow.shown = quick.shown = "second"
    commits.tell(a_commit())
    assert [each["topic"] for each in await taken(mailbox)] == ["quick"]
    held.rests_until = 0.0
    assert [each["html"] for each in await taken(mailbox)] == ["second"]
