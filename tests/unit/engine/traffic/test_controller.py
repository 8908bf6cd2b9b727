"""Time, reloads, changes while visitors come, and what readers see of it."""

from __future__ import annotations

import numpy as np
import pytest

from cluster.engine.traffic import TrafficController
from cluster.objects.meta import Key
from cluster.objects.route import BALANCE, Route
from cluster.objects.visitors import Visitors
from tests.unit.engine.traffic.lab import EPOCH, NAMESPACE, ROUTE, Lab, backend


def demo(lab: Lab, **visitors: object) -> None:
    lab.service("a", 1)
    lab.service("b", 1)
    lab.route(backend("a", 80), backend("b", 20))
    lab.visit(**{"requests_per_second": 100, **visitors})


def timers(lab: Lab) -> int:
    return len(lab.engine.cluster.timers)


def test_nothing_ticks_while_nobody_visits() -> None:
    lab = Lab()
    demo(lab, stopped=True)
    lab.engine.step(lab.now + 10)
    assert timers(lab) == 0
    lab.visit(stopped=False)
    lab.run(10)
    assert timers(lab) == 1
    lab.visit(stopped=True)
    lab.run(10)
    assert timers(lab) == 0
    assert sum(lab.seen.totals.pods.values()) == 1000


def test_deleting_the_route_or_the_visitors_ends_it_all() -> None:
    for cls, name in ((Route, "web"), (Visitors, "crowd")):
        lab = Lab()
        demo(lab)
        lab.run(1)
        lab.engine.cluster.remove(lab.engine.store.get(cls, NAMESPACE, name))
        lab.engine.step(lab.now + 1)
        assert timers(lab) == 0
        assert lab.traffic.snapshot(ROUTE) is None
        assert lab.traffic.series(ROUTE) is None


def test_a_slow_rate_loses_no_fraction_of_a_request() -> None:
    lab = Lab()
    demo(lab, requests_per_second=0.3)
    assert sum(lab.run(100).totals.pods.values()) == 30
    lab.visit(requests_per_second=0.7)
    assert sum(lab.run(100).totals.pods.values()) == 100


def test_a_moved_weight_reloads_and_the_sequence_starts_afresh() -> None:
    lab = Lab()
    demo(lab, requests_per_second=320)
    lab.run(1)
    lab.reweigh(backend("a", 30), backend("b", 70))
    lab.run(0)
    assert lab.seen.reloaded_at == EPOCH + 1
    seen = lab.run(10)
    assert sum(share.requests for share in seen.services) == 3200
    assert sum(seen.totals.services.values()) == 3520
    assert seen.services[0].observed == pytest.approx(109 / 365, abs=1e-3)


def test_a_change_that_does_not_touch_the_configuration_is_no_reload() -> None:
    lab = Lab()
    demo(lab)
    lab.run(1)
    lab.visit(requests_per_second=200)
    lab.change_route(path="/")
    seen = lab.run(1)
    assert seen.reloaded_at == EPOCH
    assert sum(share.requests for share in seen.pods) == 300
    assert seen.requests_per_second == 200


def test_scaling_under_traffic_loses_no_request() -> None:
    lab = Lab()
    lab.service("a", 1)
    lab.route(backend("a"), annotations={BALANCE: "roundrobin"})
    lab.visit(requests_per_second=100)
    for pods in (5, 2, 3):
        lab.engine.step(lab.now + 0.1)
        lab.scale("a", pods)
    lab.engine.step(EPOCH + 1)
    seen = lab.seen
    assert seen.totals.statuses == {200: 100}
    assert [share.name for share in seen.pods] == ["a-1", "a-2", "a-3"]
    assert seen.totals.pods["a-5"] > 0, "pods that are gone still count"
    series = seen.series()
    assert series.pods["a-5"].sum() > 0
    served = sum(rates @ series.durations for rates in series.pods.values())
    assert served == pytest.approx(100)


def test_application_errors_and_delays_are_seen_by_visitors() -> None:
    lab = Lab()
    lab.service("a", 0)
    lab.scale("a", 1, env={"APP_ERROR_RATE": "0.25", "APP_LATENCY_MS": "40"})
    lab.route(backend("a"))
    lab.visit(requests_per_second=1000)
    seen = lab.run(20)
    assert seen.totals.statuses[500] == pytest.approx(5000, rel=0.05)
    assert seen.totals.statuses[500] + seen.totals.statuses[200] == 20_000
    assert seen.latency is not None
    assert seen.latency.mean == pytest.approx(0.040)
    assert 0.030 < seen.latency.p50 < seen.latency.p95 < seen.latency.p99 < 0.1


def test_series_go_on_where_a_reader_stopped_and_fit_a_grid() -> None:
    lab = Lab()
    demo(lab)
    lab.engine.step(lab.now + 0.1)
    lab.reweigh(backend("a", 50), backend("b", 50))
    lab.run(2.0)
    first = lab.seen.series()
    assert np.all(np.diff(first.times) == pytest.approx(0.25))
    assert first.services["a"] + first.services["b"] == pytest.approx(100, abs=5)
    lab.run(1)
    more = lab.traffic.series(ROUTE, since=float(first.times[-1]))
    assert more is not None
    assert more.times[0] == pytest.approx(first.times[-1] + 0.25)
    grid = lab.seen.series(every=1.0)
    assert grid.times.tolist() == [EPOCH + 1, EPOCH + 2, EPOCH + 3]
    assert sum(grid.services.values()) == pytest.approx(100)
    assert grid.statuses[200] == pytest.approx(100)


def test_only_the_last_ten_minutes_of_samples_are_kept() -> None:
    lab = Lab()
    demo(lab, requests_per_second=10)
    seen = lab.run(1200)
    times = seen.series().times
    assert 600 <= times[-1] - times[0] <= 700
    assert sum(seen.totals.services.values()) == 12_000


def test_a_snapshot_does_not_change_after_it_was_taken() -> None:
    lab = Lab()
    demo(lab)
    seen = lab.run(1)
    totals, samples = dict(seen.totals.services), len(seen.series().times)
    lab.run(5)
    lab.reweigh(backend("a", 1), backend("b", 1))
    lab.run(5)
    assert seen.totals.services == totals
    assert len(seen.series().times) == samples


def test_a_shorter_quantum_takes_effect_at_once_and_old_timers_do_nothing() -> None:
    lab = Lab(quantum=25.0)
    demo(lab)
    lab.run(50)
    assert lab.seen.series().times.tolist() == [EPOCH + 25, EPOCH + 50]
    lab.traffic.set_quantum(0.25)
    assert len(lab.run(60).series().times) == 2 + 240
    assert timers(lab) == 1
    with pytest.raises(ValueError, match="quantum"):
        TrafficController().set_quantum(0)


def test_visitors_may_come_before_their_route() -> None:
    lab = Lab()
    lab.visit(requests_per_second=100)
    lab.engine.step(lab.now + 5)
    assert lab.traffic.snapshot(ROUTE) is None
    lab.service("a", 1)
    lab.route(backend("a"))
    assert sum(lab.run(1).totals.pods.values()) == 100


def test_visitors_who_turn_to_another_route_leave_the_first() -> None:
    lab = Lab()
    demo(lab)
    lab.route(backend("a"), name="other")
    lab.run(1)
    lab.visit(route="other")
    lab.engine.step(lab.now + 1)
    assert lab.traffic.snapshot(ROUTE) is None
    other = lab.traffic.snapshot(Key(NAMESPACE, "other"))
    assert other is not None
    assert other.totals.services == {"a": 100}


def test_groups_are_counted_each_on_its_own() -> None:
    lab = Lab()
    demo(lab)
    lab.visit("insiders", requests_per_second=20, network="192.0.2.0/24", clients=3)
    seen = lab.run(1)
    assert seen.totals.groups == {"crowd": 100, "insiders": 20}
    assert seen.requests_per_second == 120


@pytest.mark.parametrize("fraction", [0.3712345, 0.1234999, 0.9999999])
def test_visitors_keep_coming_whatever_the_moment_at_which_they_began(fraction: float) -> None:
    lab = Lab(epoch=1_795_563_203.0 + fraction)
    demo(lab)
    lab.engine.step(lab.now + 10)
    before = lab.seen.totals.services["a"]
    lab.engine.step(lab.now + 10)
    assert lab.seen.totals.services["a"] > before
