"""Failed connections: how often, when and where they are tried again."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.engine.routing.proxy import Refusal, Stage, Stream
from cluster.engine.routing.proxy.backend import ProxyBackend
from tests.unit.engine.routing.proxy.backends import backend


def attempts(
    router: ProxyBackend, dead: set[int], *, timed_out: bool = False, **request: Any
) -> tuple[list[tuple[float, int]], Stream]:
    """Time and server of each attempt of a request that comes at 0, while `dead` servers fail."""
    stream, now, made = router.arrive(0.0, **request), 0.0, []
    while stream.stage in (Stage.CONNECT, Stage.PAUSED):
        if stream.stage is Stage.PAUSED:
            assert stream.due is not None
            now = stream.due
            assert router.timeouts(now) == [stream]
            continue
        assert stream.server is not None
        made.append((now, stream.server))
        if stream.server in dead:
            assert router.failed(stream, now, timed_out=timed_out)[0] is stream
        else:
            router.connected(stream)
    return made, stream


@pytest.mark.parametrize("balance", ["roundrobin", "leastconn", "static-rr"])
def test_a_request_without_cookie_goes_elsewhere_at_once(balance: str) -> None:
    made, _ = attempts(backend({}, {}, {}, balance=balance), {0})
    assert made == [(0.0, 0), (0.0, 1)]


def test_a_request_with_cookie_insists_until_the_last_retry() -> None:
    router = backend({}, {})
    made, stream = attempts(router, {1}, cookie="ROUTE=a2")
    assert made == [(0.0, 1), (1.0, 1), (2.0, 1), (2.0, 0)]
    assert router.set_cookie(stream) == "ROUTE=a1; path=/; HttpOnly"


def test_without_redispatch_the_same_server_is_tried_four_times() -> None:
    made, stream = attempts(backend({}, {}, redispatch=0), {0})
    assert made == [(float(second), 0) for second in range(4)]
    assert stream.refusal is Refusal.CONNECT_FAILED


def test_a_lone_server_is_tried_four_times() -> None:
    made, stream = attempts(backend({}), {0})
    assert made == [(float(second), 0) for second in range(4)]
    assert stream.refusal is Refusal.CONNECT_FAILED


def test_a_short_connect_timeout_shortens_the_pause() -> None:
    made, _ = attempts(backend({}, connect_timeout=0.25), {0})
    assert [time for time, _ in made] == [0.0, 0.25, 0.5, 0.75]


def test_an_attempt_that_timed_out_is_followed_without_a_pause() -> None:
    made, _ = attempts(backend({}), {0}, timed_out=True)
    assert made == [(0.0, 0)] * 4


def test_every_second_retry_may_go_elsewhere() -> None:
    made, _ = attempts(backend({}, {}, redispatch=2), {0}, cookie="ROUTE=a1")
    assert made == [(0.0, 0), (1.0, 0), (1.0, 1)]


def test_no_retries_means_one_attempt() -> None:
    made, stream = attempts(backend({}, {}, retries=0), {0})
    assert (made, stream.stage) == ([(0.0, 0)], Stage.REFUSED)


def test_map_based_source_insists_on_its_server_but_consistent_moves_on() -> None:
    for hash_type, ends in (("map-based", Stage.REFUSED), ("consistent", Stage.SERVED)):
        router = backend({}, {}, balance="source", hash_type=hash_type)
        server = router.arrive(0.0, "10.0.0.1").server
        assert server is not None
        made, stream = attempts(router, {server}, client="10.0.0.1")
        assert [time for time, _ in made] == [0.0, 1.0, 2.0, 2.0]
        assert stream.stage is ends


def test_a_server_that_went_down_meanwhile_is_left_at_the_next_retry() -> None:
    router = backend({}, {}, {})
    stream = router.arrive(0.0, cookie="ROUTE=a1")
    router.failed(stream, 0.0)
    router.set_health(0, False, 0.5)
    assert router.timeouts(1.0) == [stream]
    assert (stream.stage, stream.server) == (Stage.CONNECT, 0)
    router.failed(stream, 1.0)
    assert (stream.stage, stream.server) == (Stage.CONNECT, 1)


def test_a_retry_keeps_the_slot_and_a_move_gives_it_to_who_waits() -> None:
    router = backend({"maxconn": 1}, {})
    failing = router.arrive(0.0, cookie="ROUTE=a1")
    waiting = router.arrive(0.0, cookie="ROUTE=a1")
    for now in (0.0, 1.0):
        assert router.failed(failing, now) == [failing]
        router.timeouts(now + 1)
    assert waiting.stage is Stage.QUEUED
    assert router.failed(failing, 2.0) == [failing, waiting]
    assert (failing.server, waiting.server) == (1, 0)


def test_a_client_that_leaves_during_the_pause_frees_its_slot() -> None:
    router = backend({"maxconn": 1})
    failing, waiting = router.arrive(0.0), router.arrive(0.0)
    router.failed(failing, 0.0)
    assert router.finished(failing, 0.5) == [waiting]
    assert router.timeouts(5.0) == []


def test_without_any_usable_server_the_answer_is_503_at_once() -> None:
    router = backend({"weight": 0}, {})
    router.set_health(1, False, 0.0)
    stream = router.arrive(0.0)
    assert (stream.stage, stream.refusal) == (Stage.REFUSED, Refusal.NO_SERVER)
    assert router.finished(stream, 0.0) == []
    assert router.connections == 0
