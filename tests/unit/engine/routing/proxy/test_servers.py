"""The servers of a backend: backups, run-time weights, slow starts, and lines that are refused."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.engine.routing.proxy import Admin, BackendLines, CheckLine, Refusal, ServerLine
from cluster.engine.routing.proxy.backend import ProxyBackend
from cluster.engine.routing.proxy.slowstart import throttled, warmth
from tests.unit.engine.routing.proxy.backends import backend

BACKUP = {"backup": True}


def served(router: ProxyBackend, n: int) -> str:
    """The servers of requests that come one after another."""
    letters = ""
    for _ in range(n):
        stream = router.arrive(0.0)
        letters += "-" if stream.server is None else "ABCDEF"[stream.server]
        router.finished(stream, 0.0)
    return letters


@pytest.mark.parametrize("balance", ["roundrobin", "leastconn", "static-rr", "random"])
def test_the_first_usable_backup_serves_alone_when_no_active_server_is_left(balance: str) -> None:
    router = backend({}, BACKUP, BACKUP, balance=balance)
    assert served(router, 3) == "AAA"
    router.set_health(0, False, 0.0)
    assert served(router, 3) == "BBB"
    router.set_state(1, Admin.MAINT, 0.0)
    assert served(router, 3) == "CCC"
    router.set_weight(2, "0")
    assert served(router, 1) == "-"
    router.set_health(0, True, 0.0)
    assert served(router, 3) == "AAA"


def test_with_allbackups_they_are_balanced_by_the_algorithm() -> None:
    router = backend({}, {**BACKUP, "weight": 1}, {**BACKUP, "weight": 2}, allbackups=True)
    router.set_weight(0, "0%")
    assert served(router, 6) == "CCBCCB"


@pytest.mark.parametrize("balance", ["static-rr", "random"])
def test_a_full_backup_makes_others_wait_for_any_server(balance: str) -> None:
    router = backend({"weight": 0}, {**BACKUP, "maxconn": 1}, balance=balance)
    assert [router.arrive(0.0).server for _ in range(2)] == [1, None]


def test_else_they_wait_for_the_backup_itself() -> None:
    router = backend({"weight": 0}, {**BACKUP, "maxconn": 1})
    assert [router.arrive(0.0).server for _ in range(2)] == [1, 1]


def test_a_refused_weight_changes_nothing() -> None:
    router = backend({"weight": 2}, {"weight": 4}, balance="static-rr")
    with pytest.raises(ValueError, match="only accepts weights '0%' and '100%'"):
        router.set_weight(0, "50%")
    with pytest.raises(ValueError, match='weight: Invalid value: "heavy"'):
        router.set_weight(0, "heavy")
    assert router.servers[0].weight == 2


def test_a_backend_without_servers_refuses_everybody() -> None:
    stream = backend().arrive(0.0)
    assert stream.refusal is Refusal.NO_SERVER


# Slow start


def test_a_slow_start_goes_in_sixteenths_second_by_second() -> None:
    assert [warmth(step, 4) for step in range(5)] == [1, 5, 9, 13, 16]
    assert [warmth(step, 40) for step in (0, 1, 2, 3, 39, 40)] == [1, 1, 1, 2, 16, 16]
    assert [throttled(10, step, 10) for step in (0, 1, 5, 9, 10)] == [1, 1, 5, 9, 10]


@pytest.mark.parametrize("balance", ["roundrobin", "leastconn"])
def test_a_server_that_starts_slowly_gets_its_part_of_the_requests(balance: str) -> None:
    router = backend({"weight": 16}, {"weight": 16, "slowstart": 8}, balance=balance)
    router.set_state(1, Admin.MAINT, 0.0)
    router.set_state(1, Admin.READY, 0.0)
    router.timeouts(3.0)
    assert router.servers[1].reported_weight == 7
    if balance == "roundrobin":
        served(router, 1000)  # the cycle in which it came back
        assert served(router, 2300).count("B") == pytest.approx(700, abs=20)
    else:
        held = [router.arrive(3.0).server for _ in range(230)]
        assert held.count(1) == pytest.approx(70, abs=2)
    router.timeouts(8.0)
    assert router.servers[1].reported_weight == 16


def test_static_algorithms_give_the_whole_weight_at_once() -> None:
    router = backend({}, {"slowstart": 9}, balance="static-rr")
    router.set_state(1, Admin.MAINT, 0.0)
    router.set_state(1, Admin.READY, 0.0)
    assert served(router, 4) == "ABAB"


def test_draining_interrupts_a_slow_start() -> None:
    router = backend({"weight": 16, "slowstart": 8})
    router.set_health(0, False, 0.0)
    router.set_health(0, True, 0.0)
    router.timeouts(4.0)
    router.set_state(0, Admin.DRAIN, 4.0)
    router.set_state(0, Admin.READY, 5.0)
    assert (router.servers[0].reported_weight, router.next_timeout()) == (1, 6.0)


# Lines that HAProxy would refuse


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"weight": 257}, "weight: Invalid value: 257: must be an integer from 0 to 256"),
        ({"maxconn": -1}, "maxconn: Invalid value: -1: must be a non-negative integer"),
        ({"slowstart": -5}, "slowstart: Invalid value: -5"),
    ],
)
def test_a_bad_server_line_is_refused_by_field(line: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ServerLine("s1", **line)


def test_bad_times_and_counts_are_refused_by_field() -> None:
    with pytest.raises(ValueError, match="fall: Invalid value: 0: must be at least 1"):
        CheckLine(fall=0)
    with pytest.raises(ValueError, match="downinter: Invalid value: 0"):
        CheckLine(downinter=0)
    with pytest.raises(ValueError, match="retries: Invalid value: -1"):
        BackendLines((), retries=-1)
    with pytest.raises(ValueError, match="queue_timeout: Invalid value: 0"):
        BackendLines((), queue_timeout=0)
    with pytest.raises(ValueError, match="algorithm: Unsupported value"):
        backend({}, balance="fastest")


def test_minconn_alone_is_a_limit_too() -> None:
    line = ServerLine("s1", minconn=3)
    assert (line.least, line.most) == (3, 3)
