"""Limits of connections: who waits where, for how long, and who is let in next."""

from __future__ import annotations

import pytest

from cluster.engine.routing.proxy import Admin, Refusal, Stage
from tests.unit.engine.routing.proxy.backends import arrive_connected, backend

ONE = {"maxconn": 1}


def test_a_request_waits_until_the_queue_timeout_and_is_refused() -> None:
    router = backend(ONE, queue_timeout=5.0)
    router.arrive(0.0)
    waiting = router.arrive(1.0)
    assert (waiting.stage, waiting.server, waiting.due) == (Stage.QUEUED, None, 6.0)
    assert router.next_timeout() == 6.0
    assert router.timeouts(5.9) == []
    assert router.timeouts(6.0) == [waiting]
    assert (waiting.stage, waiting.refusal) == (Stage.REFUSED, Refusal.QUEUE_TIMEOUT)
    assert router.connections == 1


def test_without_a_queue_timeout_the_connect_timeout_is_taken() -> None:
    router = backend(ONE, queue_timeout=None, connect_timeout=3.0)
    router.arrive(0.0)
    assert router.arrive(1.0).due == 4.0


def test_a_client_that_leaves_the_queue_gives_its_place_to_the_next() -> None:
    router = backend(ONE)
    first, second, third = (router.arrive(time) for time in (0.0, 1.0, 2.0))
    assert router.finished(second, 3.0) == []
    assert router.finished(first, 4.0) == [third]
    assert third.stage is Stage.CONNECT
    assert router.timeouts(100.0) == []


def test_the_older_of_a_servers_own_queue_and_the_backends_is_served_first() -> None:
    router = backend(ONE)
    held = router.arrive(0.0)
    shared, own = router.arrive(1.0), router.arrive(2.0, cookie="ROUTE=a1")
    assert (shared.server, own.server) == (None, 0)
    assert router.finished(held, 3.0) == [shared]
    assert router.finished(shared, 4.0) == [own]


def test_at_the_same_millisecond_the_servers_own_queue_comes_first() -> None:
    router = backend(ONE)
    held = router.arrive(0.0)
    shared, own = router.arrive(1.0), router.arrive(1.0004, cookie="ROUTE=a1")
    assert router.finished(held, 3.0) == [own]
    assert shared.stage is Stage.QUEUED


def test_a_cookie_waits_for_its_server_even_while_others_are_idle() -> None:
    router = backend(ONE, ONE)
    router.arrive(0.0, cookie="ROUTE=a1")
    waiting = router.arrive(0.0, cookie="ROUTE=a1")
    assert (waiting.stage, waiting.server) == (Stage.QUEUED, 0)


def test_a_full_queue_refuses_a_cookie_unless_it_may_be_redispatched() -> None:
    limits = {"maxconn": 1, "maxqueue": 1}
    for redispatch, stage in ((0, Stage.REFUSED), (-1, Stage.CONNECT)):
        router = backend(limits, limits, redispatch=redispatch)
        streams = [router.arrive(0.0, cookie="ROUTE=a1") for _ in range(3)]
        assert [each.stage for each in streams] == [Stage.CONNECT, Stage.QUEUED, stage]
    assert (streams[2].server, streams[2].moves, streams[2].direct) == (1, 1, False)


def test_source_never_leaves_its_server_for_another() -> None:
    router = backend({"maxconn": 1, "maxqueue": 1}, {}, {}, balance="source")
    address = next(f"10.0.0.{n}" for n in range(9) if router.arrive(0.0, f"10.0.0.{n}").server == 0)
    waiting, refused = router.arrive(0.0, address), router.arrive(0.0, address)
    assert (waiting.stage, waiting.server) == (Stage.QUEUED, 0)
    assert refused.refusal is Refusal.QUEUE_FULL


def test_random_waits_when_the_server_drawn_is_full_though_others_are_idle() -> None:
    router = backend(*[ONE] * 3, balance="random(1)")
    streams = [router.arrive(0.0) for _ in range(4)]  # draws A, B, B, B
    assert [each.server for each in streams] == [0, 1, None, None]


def test_minconn_opens_the_servers_as_the_backend_fills() -> None:
    router = backend({"minconn": 1, "maxconn": 4}, fullconn=4)
    streams = [router.arrive(0.0) for _ in range(5)]
    assert [each.stage for each in streams] == [Stage.CONNECT] * 4 + [Stage.QUEUED]
    router = backend({"minconn": 1, "maxconn": 4}, fullconn=20)
    assert [router.arrive(0.0).stage for _ in range(2)] == [Stage.CONNECT, Stage.QUEUED]


def test_those_who_wait_for_a_server_that_goes_down_are_balanced_anew() -> None:
    router = backend(ONE, ONE)
    router.arrive(0.0, cookie="ROUTE=a1")
    waiting = [router.arrive(0.0, cookie="ROUTE=a1") for _ in range(2)]
    assert router.set_health(0, False, 1.0) == waiting
    assert [(each.stage, each.server) for each in waiting] == [
        (Stage.CONNECT, 1),
        (Stage.QUEUED, None),
    ]
    router.connected(waiting[0])
    assert router.set_cookie(waiting[0]) == "ROUTE=a2; path=/; HttpOnly"


def test_without_redispatch_they_go_on_waiting_for_it() -> None:
    router = backend(ONE, ONE, redispatch=0)
    router.arrive(0.0, cookie="ROUTE=a1")
    waiting = router.arrive(0.0, cookie="ROUTE=a1")
    assert router.set_state(0, Admin.MAINT, 1.0) == []
    assert (waiting.stage, waiting.server) == (Stage.QUEUED, 0)


def test_a_server_that_comes_back_takes_who_waits_in_the_backends_queue() -> None:
    router = backend(ONE, {"maxconn": 2})
    router.set_state(1, Admin.MAINT, 0.0)
    router.arrive(0.0)
    waiting = [router.arrive(0.0) for _ in range(3)]
    assert router.set_state(1, Admin.READY, 1.0) == waiting[:2]
    assert [each.server for each in waiting] == [1, 1, None]


def test_a_draining_server_lets_in_only_those_who_wait_for_it_alone() -> None:
    router = backend(ONE, {"maxconn": 1, "weight": 1}, redispatch=0)
    held = router.arrive(0.0, cookie="ROUTE=a1")
    router.arrive(0.0, cookie="ROUTE=a2")
    shared, own = router.arrive(0.0), router.arrive(1.0, cookie="ROUTE=a1")
    router.set_state(0, Admin.DRAIN, 2.0)
    assert router.finished(held, 3.0) == [own]
    assert shared.stage is Stage.QUEUED


def test_a_slow_start_narrows_the_limit_too() -> None:
    router = backend({"maxconn": 10, "slowstart": 10})
    router.set_state(0, Admin.MAINT, 0.0)
    router.set_state(0, Admin.READY, 0.0)
    waiting = [arrive_connected(router), *(router.arrive(0.0) for _ in range(4))][1:]
    assert router.servers[0].served == 1
    assert router.timeouts(1.0) == []
    assert router.timeouts(3.0) == waiting[:2]
    assert router.timeouts(10.0) == waiting[2:]
    assert router.next_timeout() is None


def test_only_a_request_that_is_to_connect_can_connect() -> None:
    router = backend(ONE)
    router.arrive(0.0)
    waiting = router.arrive(0.0)
    with pytest.raises(ValueError, match="stream: Invalid value: <Stream queued server=-"):
        router.connected(waiting)
    with pytest.raises(ValueError, match="must be at connect"):
        router.failed(waiting, 0.0)
