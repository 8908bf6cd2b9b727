"""Requests over real sockets: counted with those of simulated visitors, and forgotten in the end."""

from __future__ import annotations

from cluster.engine.routing.backends import build_backend
from cluster.engine.traffic import RealRequests
from cluster.engine.traffic.flow import REMEMBERED
from cluster.objects.meta import Key
from cluster.objects.route import Route
from tests.unit.engine.traffic.lab import NAMESPACE, ROUTE, Lab, backend


def demo(lab: Lab) -> list[str]:
    """A route over two services of one pod; the names of its server lines."""
    lab.service("a", 1)
    lab.service("b", 1)
    lab.route(backend("a", 80), backend("b", 20))
    route = lab.engine.store.get(Route, NAMESPACE, ROUTE.name)
    assert route is not None
    return [server.name for server in build_backend(lab.engine.store, route, {}).servers]


def count(lab: Lab, *served: tuple[str, int, int], route: Key = ROUTE) -> None:
    """Hand over what was served: server, status, number."""
    requests = [RealRequests(route, *each) for each in served]
    lab.traffic.count(requests, lab.engine.cluster)


def test_they_count_by_pod_service_and_status_where_nobody_else_visits() -> None:
    lab = Lab()
    one, two = demo(lab)
    count(lab, (one, 200, 30), (two, 200, 9), (two, 404, 1), ("", 503, 2))
    seen = lab.run(1)
    assert seen.totals.services == {"a": 30, "b": 10}
    assert seen.totals.statuses == {200: 39, 404: 1, 503: 2}
    assert [share.observed for share in seen.services] == [0.75, 0.25]
    assert seen.requests_per_second == 0 and seen.groups == ()
    series = seen.series()
    assert sum(series.services["a"] * series.durations) == 30


def test_they_add_to_simulated_visitors() -> None:
    lab = Lab()
    one, _ = demo(lab)
    lab.visit(requests_per_second=100)
    before = sum(lab.run(10).totals.pods.values())
    count(lab, (one, 200, 7))
    assert sum(lab.run(1).totals.pods.values()) == before + 100 + 7


def test_an_unusual_status_counts_with_its_class_and_an_unknown_server_not_by_pod() -> None:
    lab = Lab()
    demo(lab)
    count(lab, ("gone", 418, 3), ("gone", 299, 2), ("gone", 0, 1))
    seen = lab.run(1)
    assert seen.totals.statuses == {400: 3, 200: 2, 0: 1}
    assert sum(seen.totals.pods.values()) == 0


def test_a_route_that_is_gone_counts_nothing() -> None:
    lab = Lab()
    demo(lab)
    count(lab, ("", 503, 1), route=Key(NAMESPACE, "gone"))
    assert lab.traffic.snapshot(Key(NAMESPACE, "gone")) is None
    assert len(lab.engine.cluster.timers) == 0


def test_they_are_forgotten_and_time_is_no_longer_followed() -> None:
    lab = Lab()
    one, _ = demo(lab)
    count(lab, (one, 200, 1))
    lab.run(REMEMBERED - 1)
    assert lab.traffic.snapshot(ROUTE) is not None
    lab.engine.step(lab.now + 2)
    assert lab.traffic.snapshot(ROUTE) is None
    assert len(lab.engine.cluster.timers) == 0


def test_a_changed_weight_keeps_what_was_counted() -> None:
    lab = Lab()
    one, _ = demo(lab)
    count(lab, (one, 200, 5))
    lab.run(1)
    lab.reweigh(backend("a", 30), backend("b", 70))
    assert lab.run(1).totals.services["a"] == 5
