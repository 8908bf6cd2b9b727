"""The clock maps the wall's time to the cluster's."""

from __future__ import annotations

import pytest

from cluster.objects.errors import BadRequest
from cluster.runtime.clock import LONGEST, Clock


def a_clock(**options: float | bool) -> Clock:
    return Clock(1000.0, 50.0, **options)  # type: ignore[arg-type]


def test_a_running_clock_goes_with_the_wall() -> None:
    clock = a_clock()
    clock.pass_to(50.25, caught_up=True)
    assert clock.target == 1000.25


def test_at_ten_times_the_speed_a_quarter_second_is_two_and_a_half() -> None:
    clock = a_clock(speed=10.0)
    clock.pass_to(50.25, caught_up=True)
    assert clock.target == 1002.5


def test_a_paused_clock_stands_and_does_not_catch_up() -> None:
    clock = a_clock(running=False)
    clock.pass_to(50.4, caught_up=True)
    clock.running = True
    clock.pass_to(50.5, caught_up=True)
    assert clock.target == pytest.approx(1000.1)


def test_a_paused_clock_can_be_stepped() -> None:
    clock = a_clock(running=False)
    clock.skip(30)
    assert clock.target == 1030.0


def test_time_during_which_the_engine_did_not_keep_up_is_lost() -> None:
    clock = a_clock()
    clock.pass_to(50.4, caught_up=False)
    clock.pass_to(50.5, caught_up=True)
    assert clock.target == pytest.approx(1000.1)


def test_a_machine_that_slept_does_not_make_the_cluster_leap() -> None:
    clock = a_clock()
    clock.pass_to(50.0 + 3600, caught_up=True)
    assert clock.target == 1000.0 + LONGEST


def test_the_wait_for_a_moment_shrinks_with_the_speed() -> None:
    assert a_clock(speed=10.0).wall_seconds_until(1005.0) == 0.5
    assert a_clock().wall_seconds_until(900.0) == 0.0
    assert a_clock(running=False).wall_seconds_until(1005.0) is None


@pytest.mark.parametrize("speed", [0, 0.5, 101, float("nan"), float("inf"), -1])
def test_an_impossible_speed_is_refused_by_name(speed: float) -> None:
    with pytest.raises(BadRequest, match=r"speed: .* is not between 1 and 100"):
        a_clock().set_speed(speed)


@pytest.mark.parametrize("seconds", [0, -5, 8 * 24 * 3600, float("nan")])
def test_an_impossible_step_is_refused_by_name(seconds: float) -> None:
    with pytest.raises(BadRequest, match=r"seconds: .* is not above 0"):
        a_clock().skip(seconds)
