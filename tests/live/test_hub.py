"""The hub: one drawing for all, only what is new, and mailboxes that do not grow."""

from __future__ import annotations

from typing import Any

import orjson

from cluster.objects import kinds
from cluster.objects.meta import ObjectMeta
from cluster.objects.service import Service
from cluster.runtime.commands import Actor, Change
from console.live.frames import Outgoing, merged, row_changes
from console.live.hub import Hub, Mailbox


class Spoken:
    """A topic that says what it is told to."""

    ticks = False

    def __init__(self, name: str, namespace: str = "demo") -> None:
        self.name = name
        self.namespace = namespace

    def allowed(self, client: Any, actor: Actor) -> bool:
        return True

    def touches(self, change: Change) -> bool:
        return change.key.namespace == self.namespace

    def frame(self, client: Any, since: Any) -> tuple[Any, Any]:
        raise AssertionError("the hub draws nothing itself")


def a_change(namespace: str) -> Change:
    service = Service(metadata=ObjectMeta(name="web", namespace=namespace))
    return Change(1, kinds.SERVICE, None, service, True)


def rows(order: list[str], **html: str) -> dict[str, Any]:
    return {"t": "rows", "order": order, "rows": html, "count": str(len(order))}


async def sent(mailbox: Mailbox) -> list[dict[str, Any]]:
    return [orjson.loads(frame.text) for frame in await mailbox.take()]


def is_empty(mailbox: Mailbox) -> bool:
    return not mailbox._waiting


async def test_all_watchers_get_one_encoded_frame() -> None:
    hub, first, second = Hub(), Mailbox(), Mailbox()
    held = hub.watch(first, Spoken("t"))
    assert hub.watch(second, Spoken("t")) is held
    hub.deliver(held, {"t": "html", "html": "<p>"}, None)
    [one], [two] = await first.take(), await second.take()
    assert one is two
    assert orjson.loads(one.text) == {"t": "html", "html": "<p>", "topic": "t"}


async def test_what_did_not_change_is_not_sent_again() -> None:
    hub, mailbox = Hub(), Mailbox()
    held = hub.watch(mailbox, Spoken("t"))
    hub.deliver(held, {"t": "html", "html": "a"}, None)
    await mailbox.take()
    hub.deliver(held, {"t": "html", "html": "a"}, None)
    assert is_empty(mailbox)


async def test_only_changed_rows_travel() -> None:
    hub, mailbox = Hub(), Mailbox()
    held = hub.watch(mailbox, Spoken("t"))
    hub.deliver(held, rows(["a", "b"], a="1", b="1"), None)
    await mailbox.take()
    hub.deliver(held, rows(["b", "a"], a="1", b="2"), None)
    [frame] = await sent(mailbox)
    assert (frame["order"], frame["rows"]) == (["b", "a"], {"b": "2"})


async def test_a_slow_browser_loses_no_row() -> None:
    hub, mailbox = Hub(), Mailbox()
    held = hub.watch(mailbox, Spoken("t"))
    hub.deliver(held, rows(["a", "b"], a="1", b="1"), None)
    hub.deliver(held, rows(["a", "b", "c"], a="2", b="1", c="1"), None)
    hub.deliver(held, rows(["a", "c"], a="2", c="1"), None)
    [frame] = await sent(mailbox)
    assert (frame["order"], frame["rows"]) == (["a", "c"], {"a": "2", "c": "1"})


async def test_a_slow_browser_loses_no_point() -> None:
    first = Outgoing({"t": "series", "points": {"x": [1], "series": {"blue": [5]}}})
    second = Outgoing({"t": "series", "points": {"x": [2], "series": {"blue": [6], "green": [1]}}})
    joined = merged(first, second).data["points"]
    assert joined["x"] == [1, 2]
    assert joined["series"] == {"blue": [5, 6], "green": [None, 1]}


def test_points_that_wait_already_are_not_joined_twice() -> None:
    whole = Outgoing(
        {"t": "series", "points": {"x": [1, 2], "series": {"a": [5, 6]}, "reset": True}}
    )
    newer = Outgoing({"t": "series", "points": {"x": [2, 3], "series": {"a": [6, 7]}}})
    joined = merged(whole, newer).data["points"]
    assert (joined["x"], joined["series"], joined["reset"]) == ([1, 2, 3], {"a": [5, 6, 7]}, True)


def test_a_line_keeps_the_looks_in_which_it_was_first_seen() -> None:
    def looks(*names: str) -> list[dict[str, Any]]:
        return [{"name": name, "line": at} for at, name in enumerate(names)]

    first = {"x": [1], "series": {"b": [1]}, "traces": looks("b")}
    second = {"x": [2], "series": {"a": [1], "b": [1]}, "traces": looks("a", "b")}
    both = merged(
        Outgoing({"t": "series", "points": first}), Outgoing({"t": "series", "points": second})
    )
    assert {each["name"]: each["line"] for each in both.data["points"]["traces"]} == {
        "a": 0,
        "b": 0,
    }


def test_a_reset_replaces_what_waits() -> None:
    first = Outgoing({"t": "series", "points": {"x": [1], "series": {"blue": [5]}}})
    second = Outgoing({"t": "series", "points": {"x": [9], "series": {}, "reset": True}})
    assert merged(first, second).data == second.data


async def test_commits_mark_only_the_topics_that_they_concern() -> None:
    hub, mailbox = Hub(), Mailbox()
    mine = hub.watch(mailbox, Spoken("mine"))
    other = hub.watch(mailbox, Spoken("other", namespace="shop"))
    mine.dirty = other.dirty = False
    hub.note([a_change("demo")])
    assert (mine.dirty, other.dirty) == (True, False)


async def test_a_topic_that_nobody_watches_is_forgotten() -> None:
    hub, mailbox = Hub(), Mailbox()
    held = hub.watch(mailbox, Spoken("t"))
    hub.deliver(held, {"t": "html", "html": "a"}, None)
    hub.unwatch(mailbox, ["t", "never"])
    assert hub.watched == []
    assert is_empty(mailbox)


def test_the_first_rows_are_all_news() -> None:
    frame = rows(["a"], a="1")
    assert row_changes(frame, None) == frame
    assert row_changes(frame, rows(["a"], a="1")) is None
    assert row_changes(rows([]), frame) == rows([])


def test_another_total_is_news_without_any_row() -> None:
    frame = {**rows(["a"], a="1"), "count": "51"}
    assert row_changes(frame, rows(["a"], a="1")) == {**frame, "rows": {}}
