"""Restart and pull back-off."""

from __future__ import annotations

import pytest

from cluster.engine.kubelet.backoff import (
    BackOff,
    go_duration,
    pulling_message,
    restarting_message,
)

SERIES = [0, 10, 20, 40, 80, 160, 300, 300, 300]


def test_a_container_that_crashes_at_once_restarts_in_the_kubelets_series() -> None:
    backoff, now, waits = BackOff(), 100.0, []
    for _ in SERIES:
        ended = now
        now = backoff.retry_at(ended)
        waits.append(now - ended)
        backoff.count(ended, now)
    assert waits == SERIES


@pytest.mark.parametrize(("ran", "wait"), [(600.0, 20.0), (601.0, 0.0)])
def test_more_than_ten_minutes_of_running_begin_the_series_anew(ran: float, wait: float) -> None:
    backoff = BackOff()
    backoff.count(0.0, 0.0)
    backoff.count(1.0, 11.0)
    ended = 11.0 + ran
    assert backoff.wait_after(ended) == wait
    assert backoff.count(ended, ended + wait) == (10.0 if wait == 0 else 40.0)


def test_failed_pulls_are_retried_after_ten_seconds_and_then_in_the_same_series() -> None:
    backoff, failed, waits = BackOff(), 0.0, []
    for _ in range(7):
        backoff.count(failed, failed)
        waits.append(backoff.retry_at(failed) - failed)
        failed = backoff.retry_at(failed)
    assert waits == [10, 20, 40, 80, 160, 300, 300]


def test_a_stored_back_off_goes_on() -> None:
    backoff = BackOff()
    backoff.count(0.0, 0.0)
    restored = BackOff(delay=backoff.delay, updated=backoff.updated)
    assert restored.retry_at(5.0) == backoff.retry_at(5.0) == 15.0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (0.25, "250ms"),
        (1.5, "1.5s"),
        (10, "10s"),
        (59.9999, "1m0s"),
        (80, "1m20s"),
        (300, "5m0s"),
        (3661, "1h1m1s"),
    ],
)
def test_durations_read_as_go_writes_them(seconds: float, text: str) -> None:
    assert go_duration(seconds) == text


def test_messages_are_the_kubelets() -> None:
    message = restarting_message(
        160, container="web", pod="web-1-abcde", namespace="demo", uid="0f1e"
    )
    assert message == ("back-off 2m40s restarting failed container=web pod=web-1-abcde_demo(0f1e)")
    assert pulling_message("ngnix") == 'Back-off pulling image "ngnix"'
