"""The engine's thread: commands are durable when answered, time goes as the clock says."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cluster import models
from cluster.engine.access import SYSTEM_ADMIN, Actor
from cluster.engine.cluster import Cluster
from cluster.engine.config import EngineConfig
from cluster.engine.engine import Engine
from cluster.engine.watch import Change
from cluster.objects import kinds
from cluster.objects.errors import AlreadyExists, BadRequest, Forbidden, NotFound
from cluster.objects.kind import Object
from cluster.objects.meta import Key, ObjectMeta
from cluster.objects.namespace import Namespace
from cluster.objects.service import Service
from cluster.persistence import fsck
from cluster.persistence.journal import Journal
from cluster.persistence.state import Snapshot
from cluster.runtime.client import Client
from cluster.runtime.commands import Create, Delete, Edit
from cluster.runtime.driver import Driver
from cluster.runtime.errors import Unavailable
from tests.builders import a_config, a_new_service

Start = Callable[..., Client]


class Labeller:
    """A controller that labels services, each a second after it came."""

    name = "labeller"
    watches = (Service,)

    def keys(self, change: Change, cluster: Cluster) -> list[Key]:
        return [change.key] if change.new else []

    def reconcile(self, key: Key, cluster: Cluster) -> float | None:
        service = cluster.store.get(Service, *key)
        if service is None or "seen" in service.metadata.labels:
            return None
        if cluster.now < (service.metadata.creation_timestamp or 0) + 1:
            return 1.0
        metadata = dataclasses.replace(service.metadata, labels={"seen": "yes"})
        cluster.update(dataclasses.replace(service, metadata=metadata))
        return None


class Broken(Labeller):
    """A controller with a bug."""

    name = "broken"

    def reconcile(self, key: Key, cluster: Cluster) -> float | None:
        raise RuntimeError("a bug")


@pytest.fixture
def start(transactional_db: None) -> Iterator[Start]:
    """Starts clusters whose clock is paused unless told otherwise."""
    started: list[Driver] = []

    def begin(*controllers: Any, running: bool = False, speed: float = 1.0) -> Client:
        config: EngineConfig = a_config()
        engine = Engine(config, controllers)
        engine.execute([Create(Namespace(metadata=ObjectMeta(name="demo")))], SYSTEM_ADMIN)
        journal = Journal()
        where = Snapshot(engine.store.version, engine.now, "1", speed, running, {})
        journal.write_first(engine.take_changes(), config, {}, where)
        driver = Driver(engine, journal, speed=speed, running=running)
        driver.start()
        started.append(driver)
        return Client(driver)

    yield begin
    for driver in started:
        driver.stop()


def until(client: Client, kind: Any, name: str, holds: Callable[[Object], bool]) -> Object:
    """Wait, by commits, for a condition of an object."""
    met = threading.Event()

    def look(changes: list[Change]) -> None:
        if any(each.new and each.key.name == name and holds(each.new) for each in changes):
            met.set()

    client.on_commit(look)
    if not holds(client.get(kind, "demo", name)):
        assert met.wait(20)
    return client.get(kind, "demo", name)


def seen(service: Object) -> bool:
    return "seen" in service.metadata.labels


def test_a_write_is_durable_when_it_is_answered(start: Start) -> None:
    client = start()
    [outcome] = client.execute([Create(a_new_service("web"))], SYSTEM_ADMIN)
    row = models.Service.objects.get(name="web")
    assert row.resource_version == outcome.new.metadata.resource_version
    assert row.cluster_ip == outcome.new.spec.cluster_ip


def test_a_refused_transaction_changes_nothing(start: Start) -> None:
    client = start()
    before = client.version
    twice = [Create(a_new_service("web")), Create(a_new_service("web"))]
    with pytest.raises(AlreadyExists):
        client.execute(twice, SYSTEM_ADMIN)
    assert client.version == before
    assert not models.Service.objects.exists()
    with pytest.raises(Forbidden):
        client.execute([Create(a_new_service("web"))], Actor("mallory"))


def test_a_plan_changes_nothing(start: Start) -> None:
    client = start()
    [outcome] = client.plan([Create(a_new_service("web"))], SYSTEM_ADMIN)
    assert outcome.action == "create"
    with pytest.raises(NotFound):
        client.get(kinds.SERVICE, "demo", "web")


def test_an_edit_that_raises_is_told_and_the_engine_goes_on(start: Start) -> None:
    client = start()
    client.execute([Create(a_new_service("web"))], SYSTEM_ADMIN)

    def broken(obj: Object) -> Object:
        raise KeyError("oops")

    with pytest.raises(KeyError):
        client.execute([Edit(kinds.SERVICE, Key("demo", "web"), broken)], SYSTEM_ADMIN)
    client.execute([Delete(kinds.SERVICE, Key("demo", "web"))], SYSTEM_ADMIN)
    assert not models.Service.objects.exists()


def test_writes_of_many_threads_are_all_answered_and_saved(start: Start) -> None:
    client = start()
    futures = [client.submit([Create(a_new_service(f"web-{n}"))], SYSTEM_ADMIN) for n in range(60)]
    versions = [future.result(20)[0].new.metadata.resource_version for future in futures]
    assert versions == sorted(versions)
    assert models.Service.objects.count() == 60


def test_while_paused_time_stands_and_nothing_timed_happens(start: Start) -> None:
    client = start(Labeller())
    before = client.clock()
    client.execute([Create(a_new_service("web"))], SYSTEM_ADMIN)
    assert client.clock() == before
    assert not seen(client.get(kinds.SERVICE, "demo", "web"))


def test_a_step_runs_exactly_what_is_due(start: Start) -> None:
    client = start(Labeller())
    client.execute([Create(a_new_service("web"))], SYSTEM_ADMIN)
    began = client.clock().now
    client.advance(SYSTEM_ADMIN, 0.5)
    assert not seen(client.get(kinds.SERVICE, "demo", "web"))
    state = client.advance(SYSTEM_ADMIN, 0.5)
    assert state.now == began + 1.0
    assert seen(client.get(kinds.SERVICE, "demo", "web"))


def test_a_running_cluster_works_by_itself(start: Start) -> None:
    client = start(Labeller(), running=True, speed=20.0)
    client.execute([Create(a_new_service("web"))], SYSTEM_ADMIN)
    assert seen(until(client, kinds.SERVICE, "web", seen))


def test_the_clock_is_paused_run_and_set(start: Start) -> None:
    client = start()
    assert client.run(SYSTEM_ADMIN).running
    assert client.set_speed(SYSTEM_ADMIN, 10).speed == 10
    assert not client.pause(SYSTEM_ADMIN).running
    with pytest.raises(BadRequest):
        client.set_speed(SYSTEM_ADMIN, 1000)


def test_ticks_come_while_time_runs(start: Start) -> None:
    client = start(running=True)
    times: list[float] = []
    enough = threading.Event()

    def tick(now: float) -> None:
        times.append(now)
        if len(times) == 3:
            enough.set()

    client.on_tick(tick)
    assert enough.wait(20)
    assert times == sorted(set(times))


def test_listeners_hear_every_commit_in_order_and_a_bad_one_harms_nobody(start: Start) -> None:
    client = start()
    heard: list[int] = []

    def bad(changes: list[Change]) -> None:
        raise RuntimeError("a listener with a bug")

    client.on_commit(bad)
    client.on_commit(lambda changes: heard.extend(each.version for each in changes))
    first = client.version
    for number in range(5):
        client.execute([Create(a_new_service(f"web-{number}"))], SYSTEM_ADMIN)
    client.flush()  # an answer may come before the listeners' turn; the next request comes after it
    assert heard == list(range(first + 1, client.version + 1))


def test_a_controller_with_a_bug_does_not_stop_the_others(start: Start) -> None:
    client = start(Broken(), Labeller())
    client.execute([Create(a_new_service("web"))], SYSTEM_ADMIN)
    client.advance(SYSTEM_ADMIN, 2)
    assert seen(client.get(kinds.SERVICE, "demo", "web"))


def test_a_flush_makes_the_database_equal_to_the_store(start: Start) -> None:
    client = start(Labeller())
    client.execute([Create(a_new_service(f"web-{n}")) for n in range(20)], SYSTEM_ADMIN)
    client.advance(SYSTEM_ADMIN, 2)
    client.flush()
    assert fsck.differences(client._store) == []


def test_stopping_saves_status_and_refuses_what_comes_later(start: Start) -> None:
    client = start(Labeller())
    client.execute([Create(a_new_service("web"))], SYSTEM_ADMIN)
    client.advance(SYSTEM_ADMIN, 2)
    client._driver.stop()
    assert models.Service.objects.get(name="web").labels == {"seen": "yes"}
    with pytest.raises(Unavailable):
        client.execute([Create(a_new_service("late"))], SYSTEM_ADMIN)
