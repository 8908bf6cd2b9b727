"""Steps: order, slices, and time that always moves on."""

from __future__ import annotations

from cluster.engine.cluster import Cluster
from cluster.engine.config import EngineConfig
from cluster.engine.engine import Engine
from cluster.engine.watch import Change
from cluster.objects.meta import Key, ObjectMeta
from cluster.objects.namespace import Namespace

TODAY = 1_795_563_203.0


class Waiting:
    """Looks at a namespace until it is `due` seconds old."""

    name = "waiting"
    watches = (Namespace,)

    def __init__(self, due: float) -> None:
        self.due = due
        self.looks: list[float] = []

    def keys(self, change: Change, cluster: Cluster) -> list[Key]:
        return [change.key]

    def reconcile(self, key: Key, cluster: Cluster) -> float | None:
        self.looks.append(cluster.now)
        namespace = cluster.store.get(Namespace, *key)
        assert namespace is not None and namespace.metadata.creation_timestamp is not None
        left = self.due - (cluster.now - namespace.metadata.creation_timestamp)
        return left if left > 0 else None


def an_engine(due: float = 0.3) -> tuple[Engine, Waiting]:
    waiting = Waiting(due)
    engine = Engine(EngineConfig(epoch=TODAY), [waiting])
    engine.cluster.create(Namespace(metadata=ObjectMeta(name="demo")))
    return engine, waiting


def test_a_wait_too_short_for_the_clock_still_ends() -> None:
    engine, waiting = an_engine(due=0.3)
    assert engine.step(TODAY + 1, limit=100)
    assert engine.now == TODAY + 1
    assert 2 <= len(waiting.looks) <= 3


def test_a_limited_step_says_that_it_is_not_done() -> None:
    engine, waiting = an_engine()
    for number in range(5):
        engine.cluster.create(Namespace(metadata=ObjectMeta(name=f"n{number}")))
    assert not engine.step(TODAY, limit=2)
    assert len(waiting.looks) == 2
    assert engine.step(TODAY, limit=100)
    assert len(waiting.looks) == 6


def test_what_is_due_at_one_moment_is_done_before_time_goes_on() -> None:
    engine, waiting = an_engine(due=5)
    engine.step(TODAY + 10)
    assert waiting.looks == sorted(waiting.looks)
    assert waiting.looks[-1] == TODAY + 5


def test_the_clock_never_goes_back() -> None:
    engine, _ = an_engine()
    engine.step(TODAY + 10)
    engine.step(TODAY + 3)
    assert engine.now == TODAY + 10
