"""Timers and work queues."""

from __future__ import annotations

from cluster.engine.timers import Timers
from cluster.engine.workqueue import MAX_DELAY, WorkQueue
from cluster.objects.meta import Key

A, B = Key("demo", "a"), Key("demo", "b")


def test_timers_come_by_time_and_then_by_arrival() -> None:
    timers = Timers()
    for at, name in ((3.0, "late"), (1.0, "first"), (1.0, "second")):
        timers.schedule(at, name, A)
    assert timers.next_at() == 1.0
    due = [timers.pop_due(2.0) for _ in range(3)]
    assert [timer.queue if timer else None for timer in due] == ["first", "second", None]
    assert len(timers) == 1


def test_a_key_that_is_asked_for_twice_waits_once() -> None:
    queue = WorkQueue()
    for key in (A, B, A):
        queue.add(key)
    assert (len(queue), queue.pop(), queue.pop()) == (2, A, B)


def test_failures_back_off_exponentially_until_one_goes_well() -> None:
    queue = WorkQueue()
    delays = [queue.retry_delay(A) for _ in range(4)]
    assert delays == [0.005, 0.01, 0.02, 0.04]
    for _ in range(40):
        last = queue.retry_delay(A)
    assert last == MAX_DELAY
    queue.forget(A)
    assert queue.retry_delay(A) == 0.005
