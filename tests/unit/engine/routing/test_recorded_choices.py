"""The balancers against the recorded choices of a real HAProxy 2.6, one for one."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.engine.routing.recordings import (
    Replay,
    Scenario,
    balancer_for,
    scenario_id,
    scenarios,
)

ROUNDROBIN = scenarios(
    "roundrobin",
    "roundrobin-long",
    "roundrobin-close",
    "roundrobin-weight-change",
    "roundrobin-updown",
)
ONE_BY_ONE = scenarios("static-rr", "source-map", "source-consistent", "leastconn")
RANDOM = scenarios("random")
SINGLE_THREAD = [scenario for scenario in RANDOM if scenario["nbthread"] == 1]
SEVERAL_THREADS = [scenario for scenario in RANDOM if scenario["nbthread"] > 1]
PLAIN_REQUESTS = [
    scenario
    for scenario in (*ROUNDROBIN, *scenarios("static-rr", "leastconn", "random"))
    if scenario["nbthread"] == 1
]


def assert_replays(scenario: Scenario, *, by_counts: bool = False) -> None:
    replay = Replay(scenario, by_counts=by_counts).run()
    assert replay.choices > 0
    assert not replay.differences, replay.differences[0]


@pytest.mark.parametrize("scenario", ROUNDROBIN + ONE_BY_ONE, ids=scenario_id)
def test_every_choice_is_haproxys(scenario: Scenario) -> None:
    assert_replays(scenario)


@pytest.mark.parametrize("scenario", SINGLE_THREAD, ids=scenario_id)
def test_random_repeats_haproxys_own_sequence(scenario: Scenario) -> None:
    assert_replays(scenario)


@pytest.mark.parametrize("scenario", PLAIN_REQUESTS, ids=scenario_id)
def test_counts_are_the_totals_of_haproxys_choices(scenario: Scenario) -> None:
    assert_replays(scenario, by_counts=True)


@pytest.mark.parametrize("scenario", scenarios("threads"), ids=scenario_id)
def test_threads_share_one_rotation_so_their_totals_are_the_counts(scenario: Scenario) -> None:
    assert_replays(scenario)


@pytest.mark.parametrize("scenario", SEVERAL_THREADS, ids=scenario_id)
def test_random_over_several_threads_has_the_shares_of_the_ring(scenario: Scenario) -> None:
    shares = balancer_for(scenario).expected_shares()
    for step in scenario["steps"]:
        expected = step["n"] * shares
        deviation = (np.array(step["counts"]) - expected) / np.sqrt(expected * (1 - shares))
        assert np.abs(deviation).max() < 5
