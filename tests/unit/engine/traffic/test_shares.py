"""Observed shares against exact ones, algorithm by algorithm, cookies included."""

from __future__ import annotations

import pytest

from cluster.engine.config import PROFILES
from cluster.objects.route import BALANCE, DISABLE_COOKIES, TLSConfig
from tests.unit.engine.traffic.lab import Lab, backend


def by_name(shares: tuple[object, ...]) -> dict[str, int]:
    return {share.name: share.requests for share in shares}  # type: ignore[attr-defined]


def two_services(lab: Lab, a: int = 1, b: int = 1) -> None:
    lab.service("a", a)
    lab.service("b", b)


def test_roundrobin_at_80_to_20_gives_exactly_256_to_64() -> None:
    lab = Lab()
    two_services(lab)
    lab.route(backend("a", 80), backend("b", 20))
    lab.visit(requests_per_second=320)
    seen = lab.run(1)
    assert by_name(seen.pods) == {"a-1": 256, "b-1": 64}
    assert [share.expected for share in seen.services] == [0.8, 0.2]
    assert [share.observed for share in seen.services] == [0.8, 0.2]
    assert seen.algorithm == "roundrobin"
    assert "2 services" in seen.algorithm_reason


def test_uneven_pods_bend_the_shares_as_haproxys_whole_weights_do() -> None:
    lab = Lab()
    two_services(lab, 2, 3)
    lab.route(backend("a", 80), backend("b", 20))
    lab.visit(requests_per_second=1000)
    seen = lab.run(60)
    exact = 512 / 638
    for share in seen.services:
        assert share.expected == pytest.approx(exact if share.name == "a" else 1 - exact, abs=1e-3)
        assert share.observed == pytest.approx(share.expected, abs=1e-3)


def test_source_gives_each_client_one_pod_and_the_law_knows_which() -> None:
    lab = Lab()
    lab.service("a", 3)
    lab.route(backend("a"))
    lab.visit(requests_per_second=70, clients=7)
    seen = lab.run(10)
    assert seen.algorithm == "source"
    assert sum(share.requests for share in seen.pods) == 700
    assert all(share.requests % 100 == 0 for share in seen.pods)
    assert [share.observed for share in seen.pods] == [share.expected for share in seen.pods]


def test_random_follows_the_arcs_of_the_ring() -> None:
    lab = Lab(PROFILES["4"])
    lab.service("a", 3)
    lab.route(backend("a"))
    lab.visit(requests_per_second=50)
    seen = lab.run(400)
    assert seen.algorithm == "random"
    for share in seen.pods:
        assert share.observed == pytest.approx(share.expected, abs=0.02)


def test_leastconn_has_no_law_and_spares_the_slow_pod() -> None:
    lab = Lab()
    lab.service("fast", 1)
    lab.service("slow", 0)
    lab.scale("slow", 1, env={"APP_LATENCY_MS": "300"})
    lab.route(backend("fast"), backend("slow"), annotations={BALANCE: "leastconn"})
    lab.visit(requests_per_second=50)
    seen = lab.run(60)
    counts = by_name(seen.services)
    assert [share.expected for share in seen.services] == [None, None]
    assert counts["fast"] > 4 * counts["slow"] > 0
    assert sum(counts.values()) == 3000


def test_held_connections_even_out_the_load_under_leastconn() -> None:
    lab = Lab()
    two_services(lab)
    lab.route(backend("a"), backend("b"), annotations={BALANCE: "leastconn"})
    lab.visit(requests_per_second=1000, hold_milliseconds=2000)
    seen = lab.run(20)
    assert sum(share.requests for share in seen.services) == 20_000
    for share in seen.services:
        assert share.observed == pytest.approx(0.5, abs=0.01)


def test_clients_with_cookies_stay_with_their_pod_when_the_weights_move() -> None:
    lab = Lab()
    two_services(lab)
    lab.route(backend("a"), backend("b"))
    lab.visit(requests_per_second=100, clients=10, cookie_percent=100)
    assert by_name(lab.run(1).services) == {"a": 50, "b": 50}
    lab.reweigh(backend("a", 100), backend("b", 0))
    seen = lab.run(1)
    assert by_name(seen.services) == {"a": 50, "b": 50}
    assert [share.expected for share in seen.services] == [1.0, 0.0]


def test_a_client_whose_pod_is_gone_gets_another_and_stays_there() -> None:
    lab = Lab()
    lab.service("a", 2)
    lab.route(backend("a"), annotations={BALANCE: "roundrobin"})
    lab.visit(requests_per_second=100, clients=10, cookie_percent=100)
    lab.run(1)
    lab.scale("a", 1)
    assert by_name(lab.run(1).pods) == {"a-1": 100}
    lab.scale("a", 2)
    assert by_name(lab.run(1).pods) == {"a-1": 100, "a-2": 0}


def test_some_cookies_among_many_clients_keep_their_order_of_arrival() -> None:
    lab = Lab()
    two_services(lab)
    lab.route(backend("a"), backend("b"))
    lab.visit(requests_per_second=40, clients=10, cookie_percent=30)
    assert by_name(lab.run(0.25).pods) == {"a-1": 5, "b-1": 5}


def test_disabled_cookies_keep_nobody() -> None:
    lab = Lab()
    two_services(lab)
    lab.route(backend("a"), backend("b"), annotations={DISABLE_COOKIES: "true"})
    lab.visit(requests_per_second=100, clients=10, cookie_percent=100)
    lab.run(1)
    lab.reweigh(backend("a", 100), backend("b", 0))
    assert by_name(lab.run(1).services) == {"a": 100, "b": 0}


def test_passthrough_knows_no_cookies() -> None:
    lab = Lab()
    two_services(lab)
    lab.route(backend("a"), backend("b"), tls=TLSConfig(termination="passthrough"))
    lab.visit(requests_per_second=100, clients=10, cookie_percent=100, scheme="https")
    lab.run(1)
    lab.reweigh(backend("a", 100), backend("b", 0))
    seen = lab.run(1)
    assert by_name(seen.services) == {"a": 100, "b": 0}
    assert by_name(seen.pods) == {"a-1": 100}, "passthrough leaves the server line out"


def test_at_0_to_0_only_a_cookie_still_leads_to_a_pod() -> None:
    lab = Lab()
    two_services(lab)
    lab.route(backend("a"), backend("b"))
    lab.visit(requests_per_second=100, clients=10, cookie_percent=50)
    lab.run(1)
    before = lab.seen.totals.statuses.get(503, 0)
    lab.reweigh(backend("a", 0), backend("b", 0))
    seen = lab.run(1)
    assert before == 0
    assert seen.totals.statuses == {200: 150, 503: 50}
    assert sum(share.requests for share in seen.pods) == 50


def test_all_ports_of_a_service_get_requests_when_the_route_names_none() -> None:
    lab = Lab()
    lab.service("a", 1, ports=(("web", 8080), ("metrics", 9090)))
    lab.route(backend("a"), port="metrics")
    lab.visit(requests_per_second=100)
    assert lab.run(1).totals.statuses == {503: 100}, "nothing listens on the metrics port"
    lab.change_route(port=None)
    assert lab.run(1).totals.statuses == {503: 100, 200: 100}, "the checks take the dead port out"
