"""A whole backend against the recorded decisions of a real HAProxy 2.6, one for one."""

from __future__ import annotations

import pytest

from tests.shared_data import load_json
from tests.unit.engine.routing.proxy.replay import BackendReplay, Scenario
from tests.unit.engine.routing.recordings import scenario_id

TIMED = ("health-timing", "slowstart")
"""Compared with tolerances, in `test_recorded_times`."""
RECORDED: list[Scenario] = load_json("haproxy", "sequences.json")["scenarios"]


def is_exact(scenario: Scenario) -> bool:
    # Several threads draw from generators of their own: their shares alone are fixed, and compared
    # in `test_recorded_choices`.
    by_chance = scenario["group"] == "random" and scenario["nbthread"] > 1
    return not by_chance and scenario["group"] not in TIMED


@pytest.mark.parametrize("scenario", list(filter(is_exact, RECORDED)), ids=scenario_id)
def test_every_decision_is_haproxys(scenario: Scenario) -> None:
    replay = BackendReplay(scenario).run()
    assert replay.decisions > 0
    assert not replay.differences, replay.differences[:3]
