"""The journal writes what it was given, in the engine's order, and never an older version."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest
from django.db import OperationalError

from cluster import models
from cluster.engine.watch import Change
from cluster.objects import kinds
from cluster.objects.kind import Object
from cluster.persistence import recovery, state
from cluster.persistence.bulk import BulkWriter
from cluster.persistence.journal import Journal, latest
from cluster.persistence.state import Snapshot
from tests.builders import a_pod, a_service

Snapshots = Callable[..., Snapshot]


def at(obj: Object, version: int) -> Object:
    """The object as of a version."""
    metadata = dataclasses.replace(obj.metadata, resource_version=version)
    return dataclasses.replace(obj, metadata=metadata)


def put(obj: Object, version: int, *, intent: bool = False) -> Change:
    return Change(version, kinds.kind_of(obj), None, at(obj, version), intent)


def gone(obj: Object, version: int) -> Change:
    return Change(version, kinds.kind_of(obj), obj, None, True)


def commit(journal: Journal, changes: list[Change], snapshot: Snapshot) -> Future[Any]:
    """Commit; the future is answered as a command would be."""
    answer: Future[Any] = Future()

    def done(error: Exception | None) -> None:
        answer.set_exception(error) if error else answer.set_result(None)

    journal.commit(changes, snapshot, done)
    return answer


def version_of(name: str) -> int:
    return models.Service.objects.get(name=name).resource_version


def test_a_commit_is_in_the_database_when_it_is_answered(
    journal: Journal, snapshot: Snapshots
) -> None:
    commit(journal, [put(a_service("web"), 5)], snapshot(5)).result(10)
    assert version_of("web") == 5


def test_status_is_not_written_before_the_flush(journal: Journal, snapshot: Snapshots) -> None:
    journal.record([put(a_pod(), 5)])
    commit(journal, [], snapshot(5)).result(10)
    assert not models.Pod.objects.exists()
    journal.flush(snapshot(5))
    commit(journal, [], snapshot(5)).result(10)
    assert models.Pod.objects.get().pod_ip == "10.129.0.2"


def test_of_many_changes_of_a_key_the_last_one_is_written(
    journal: Journal, snapshot: Snapshots
) -> None:
    journal.record([put(a_service("web"), version) for version in range(2, 9)])
    journal.flush(snapshot(9))
    commit(journal, [], snapshot(9)).result(10)
    assert version_of("web") == 8


def test_intent_supersedes_status_that_waits(journal: Journal, snapshot: Snapshots) -> None:
    journal.record([put(a_service("web"), 2)])
    commit(journal, [gone(a_service("web"), 3)], snapshot(3)).result(10)
    journal.flush(snapshot(3))
    commit(journal, [], snapshot(3)).result(10)
    assert not models.Service.objects.exists()


@pytest.mark.parametrize("older", [1, 4, 5])
def test_an_older_version_never_overwrites_a_newer_one(
    journal: Journal, snapshot: Snapshots, older: int
) -> None:
    journal.write(latest([put(a_service("web", cluster_ip="172.30.0.9"), 5)]), None, durable=True)
    journal.write(latest([put(a_service("web"), older)]), None, durable=False)
    assert models.Service.objects.get().cluster_ip == "172.30.0.9"


def test_an_older_deletion_leaves_the_newer_object(journal: Journal, snapshot: Snapshots) -> None:
    journal.write(latest([put(a_service("web"), 5)]), None, durable=True)
    journal.write(latest([gone(a_service("web"), 4)]), None, durable=True)
    assert version_of("web") == 5


def test_an_object_made_anew_under_its_name_replaces_the_old_row(
    journal: Journal, snapshot: Snapshots
) -> None:
    again = a_service("web", uid="another")
    journal.write(latest([put(a_service("web"), 5)]), None, durable=True)
    journal.write(latest([gone(a_service("web"), 6), put(again, 7)]), None, durable=True)
    assert models.Service.objects.get().uid == "another"


def test_commits_that_wait_are_written_together(
    journal: Journal, snapshot: Snapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    hold, entered = threading.Event(), threading.Event()
    write = journal.write

    def slow(changes: Any, *args: Any, **options: Any) -> None:
        entered.set()
        hold.wait(10)
        written.append(len(changes))
        write(changes, *args, **options)

    monkeypatch.setattr(journal, "write", slow)
    first = commit(journal, [put(a_service("first"), 1)], snapshot())
    assert entered.wait(10)
    others = [commit(journal, [put(a_service(f"s{n}"), n)], snapshot()) for n in range(2, 12)]
    hold.set()
    for each in (first, *others):
        each.result(10)
    assert written == [1, 10]
    assert models.Service.objects.count() == 11


def test_pods_of_one_template_share_its_row(journal: Journal, snapshot: Snapshots) -> None:
    pods = [put(a_pod(f"web-{n}"), n) for n in range(1, 4)]
    journal.write(latest(pods), None, durable=False)
    [template] = models.PodTemplate.objects.all()
    assert template.spec["containers"][0]["image"] == "example/web:1"
    assert models.Pod.objects.filter(template=template).count() == 3


class Refusing(BulkWriter):
    """A database that takes no service of a certain name."""

    def upsert(self, mapper: Any, rows: Any) -> None:
        held = list(rows)
        if any(row[1] == "poison" for row in held):
            raise OperationalError("disk I/O error")
        super().upsert(mapper, held)


def test_a_write_that_fails_is_told_and_does_not_stop_the_others(
    journal: Journal, snapshot: Snapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cluster.persistence.journal.BulkWriter", Refusing)
    bad = commit(journal, [put(a_service("poison"), 1)], snapshot())
    good = commit(journal, [put(a_service("web"), 2)], snapshot())
    with pytest.raises(OperationalError):
        bad.result(10)
    good.result(10)
    assert "disk I/O error" in journal.trouble
    assert version_of("web") == 2


def test_what_could_not_be_written_is_written_once_the_database_is_well(
    journal: Journal, snapshot: Snapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("cluster.persistence.journal.BulkWriter", Refusing)
        with pytest.raises(OperationalError):
            commit(journal, [put(a_service("poison"), 1)], snapshot()).result(10)
    commit(journal, [put(a_service("web"), 2)], snapshot()).result(10)
    assert version_of("poison") == 1
    assert journal.trouble == ""


def test_the_reserved_version_stays_ahead_of_the_counter(
    journal: Journal, snapshot: Snapshots
) -> None:
    for version in (10, 60_000, 170_000):
        commit(journal, [], snapshot(version)).result(10)
        saved = state.load()
        assert saved is not None
        assert saved.version_limit >= version + state.VERSION_BLOCK // 2
        assert saved.version_limit == journal.version_limit


def test_an_answer_for_a_command_keeps_the_cursors_of_the_last_flush(
    journal: Journal, snapshot: Snapshots
) -> None:
    commit(journal, [], snapshot(5, cursors={"nodes": [3]})).result(10)
    commit(journal, [], snapshot(6, cursors=None, rng="99")).result(10)
    saved = state.load()
    assert saved is not None
    assert (saved.cursors, saved.rng) == ({"nodes": [3]}, "99")


def test_texts_that_databases_dislike_come_back(journal: Journal, snapshot: Snapshots) -> None:
    strange = {"note": "nul \0, a surrogate \ud800, a quote ' and %s"}
    journal.write(latest([put(a_service("web", annotations=strange), 1)]), None, durable=True)
    [service] = recovery.objects()
    assert service.metadata.annotations == strange
