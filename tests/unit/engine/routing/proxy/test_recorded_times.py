"""Health checks and slow starts against the times that were measured on a real HAProxy 2.6."""

from __future__ import annotations

import pytest

from cluster.engine.routing.proxy import Admin
from tests.unit.engine.routing.proxy.replay import BackendReplay, Scenario
from tests.unit.engine.routing.recordings import scenario_id, scenarios

HEALTH_TOLERANCE = 0.1
SLOWSTART_TOLERANCE = 0.2
PHASES = 40
"""Moments between two checks at which the server may stop or start."""


def times_to(scenario: Scenario, index: int, status: str) -> list[float]:
    """Seconds until a server that stops (or starts) listening has this status, for many phases."""
    times: list[float] = []
    for phase in range(PHASES):
        replay = BackendReplay(scenario)
        replay.until_status(index, "UP")
        if status == "UP":
            replay.listening[index] = False
            replay.until_status(index, "DOWN")
        check = replay.backend.servers[index].check
        assert check is not None and check.next_at is not None
        changed = replay.now + (check.next_at - replay.now) * phase / PHASES
        replay.listening[index] = status == "UP"
        replay.until_status(index, status)
        times.append(replay.now - changed)
    return times


@pytest.mark.parametrize("status", ["DOWN", "UP"])
@pytest.mark.parametrize("scenario", scenarios("health-timing"), ids=scenario_id)
def test_servers_go_down_and_come_up_within_haproxys_times(scenario: Scenario, status: str) -> None:
    steps = [step for step in scenario["steps"] if step["status_reached"] == status]
    times = times_to(scenario, steps[0]["server"], status)
    for step in steps:
        assert min(times) - HEALTH_TOLERANCE <= step["seconds"] <= max(times) + HEALTH_TOLERANCE


@pytest.mark.parametrize("scenario", scenarios("slowstart"), ids=scenario_id)
def test_a_server_that_comes_back_grows_into_its_weight_as_haproxys_does(
    scenario: Scenario,
) -> None:
    observed = [step for step in scenario["steps"] if step["op"] == "observe"]
    backend, index = BackendReplay(scenario).backend, observed[0]["server"]
    backend.set_state(index, Admin.MAINT, 10.5)
    backend.set_state(index, Admin.READY, 10.5)
    server = backend.servers[index]
    weights, times = [server.reported_weight], [0.0]
    while (due := backend.next_timeout()) is not None:
        backend.timeouts(due)
        if server.reported_weight != weights[-1]:
            weights.append(server.reported_weight)
            times.append(due - 10.5)
    assert weights == [step["weight"] for step in observed]
    seconds = [step["seconds"] for step in observed]
    assert times == pytest.approx(seconds, abs=SLOWSTART_TOLERANCE)
