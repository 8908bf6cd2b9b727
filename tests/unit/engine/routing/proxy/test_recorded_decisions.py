"""A whole backend against the recorded decisions of a real HAProxy 2.6, one for one."""

from __future__ import annotations

import pytest

from tests.unit.engine.routing.proxy.replay import BackendReplay, Scenario
from tests.unit.engine.routing.recordings import scenario_id, scenarios

TIMED = ("health-timing", "slowstart")
WITHIN_SCOPE = [
    scenario
    for scenario in scenarios(
        *("roundrobin", "roundrobin-long", "roundrobin-close", "roundrobin-weight-change"),
        *("roundrobin-updown", "threads", "static-rr", "source-map", "source-consistent"),
        *("leastconn", "random", "backup", "queue", "cookie", "failure"),
    )
    # Several threads draw from generators of their own: only their shares are fixed.
    if scenario["nbthread"] == 1 or scenario["group"] != "random"
]


@pytest.mark.parametrize("scenario", WITHIN_SCOPE, ids=scenario_id)
def test_every_decision_is_haproxys(scenario: Scenario) -> None:
    replay = BackendReplay(scenario).run()
    assert replay.decisions > 0
    assert not replay.differences, replay.differences[:3]
