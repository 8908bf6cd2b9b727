"""Health checks: rise and fall, intervals, the spread of the first ones, maintenance."""

from __future__ import annotations

import pytest

from cluster.engine.routing.proxy import Admin, CheckLine, Stage
from cluster.engine.routing.proxy.backend import ProxyBackend
from tests.unit.engine.routing.proxy.backends import backend

CHECK = CheckLine(inter=5.0, fastinter=1.0, downinter=9.0)


def checked(router: ProxyBackend, *results: bool, index: int = 0) -> list[tuple[str, float]]:
    """Status after each result of the server's next checks, and seconds to the one after."""
    seen = []
    for ok in results:
        now = router.next_check()
        assert now is not None
        assert router.checks_due(now) == [index]
        router.check_result(index, ok, now)
        following = router.next_check()
        assert following is not None
        seen.append((router.servers[index].status, following - now))
    return seen


def test_one_failure_takes_a_fresh_server_down_and_one_success_makes_it_fully_up() -> None:
    router = backend({"check": CHECK})
    assert router.servers[0].status == "UP 1/3"
    assert checked(router, False) == [("DOWN", 9.0)]
    router = backend({"check": CHECK})
    assert checked(router, True) == [("UP", 5.0)]


def test_fall_and_rise_count_results_in_a_row() -> None:
    router = backend({"check": CHECK})
    assert checked(router, True, False, False, True) == [
        ("UP", 5.0),
        ("UP 2/3", 1.0),
        ("UP 1/3", 1.0),
        ("UP", 5.0),
    ]
    assert checked(router, False, False, False)[-1] == ("DOWN", 9.0)
    assert checked(router, True, False, True, True) == [
        ("DOWN 1/2", 1.0),
        ("DOWN", 9.0),
        ("DOWN 1/2", 1.0),
        ("UP", 5.0),
    ]


def test_the_other_intervals_default_to_inter() -> None:
    router = backend({"check": CheckLine(inter=5.0)})
    assert [wait for _, wait in checked(router, True, False, False, False)] == [5.0] * 4


def test_the_first_checks_are_spread_over_the_interval() -> None:
    router = backend(*[{"check": CheckLine(inter=5.0)}] * 4, {})
    times = [server.check.next_at if server.check else None for server in router.servers]
    assert times == [0.0, 1.25, 2.5, 3.75, None]


def test_a_server_that_is_down_gets_no_request_not_even_by_cookie() -> None:
    router = backend({"check": CHECK}, {})
    checked(router, False)
    stream = router.arrive(1.0, cookie="ROUTE=a1")
    assert (stream.server, stream.direct) == (1, False)


def test_requests_in_service_outlive_their_servers_health() -> None:
    router = backend({"check": CHECK})
    stream = router.arrive(0.0)
    router.connected(stream)
    checked(router, False)
    assert stream.stage is Stage.SERVED


def test_maintenance_pauses_the_checks_and_ends_on_the_edge() -> None:
    router = backend({"check": CHECK})
    checked(router, True)
    router.set_state(0, Admin.MAINT, 1.0)
    due = router.next_check()
    assert due is not None
    assert router.checks_due(due) == []
    assert (router.servers[0].status, router.servers[0].usable) == ("MAINT", False)
    router.set_state(0, Admin.READY, due + 1)
    assert (router.servers[0].status, router.servers[0].usable) == ("UP 1/3", True)
    assert checked(router, False) == [("DOWN", 9.0)]


def test_a_forced_health_stands_for_all_checks() -> None:
    router = backend({"check": CHECK})
    router.set_health(0, False, 0.0)
    assert router.servers[0].status == "DOWN"
    router.set_health(0, True, 0.0)
    assert router.servers[0].status == "UP"


def test_statuses_without_checks() -> None:
    router = backend({})
    assert router.servers[0].status == "no check"
    router.set_state(0, Admin.DRAIN, 0.0)
    assert router.servers[0].status == "DRAIN"
    router.set_health(0, False, 0.0)
    assert router.servers[0].status == "DOWN"


def test_a_result_without_a_check_is_refused() -> None:
    router = backend({"check": CHECK}, {})
    for index in (0, 1):
        with pytest.raises(ValueError, match=f"index: Invalid value: {index}: a{index + 1} is not"):
            router.check_result(index, True, 0.0)
