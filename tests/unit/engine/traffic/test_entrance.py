"""What the front door answers before a pod is asked."""

from __future__ import annotations

import pytest

from cluster.objects.route import TLSConfig
from tests.unit.engine.traffic.lab import Lab, backend


def visited(scheme: str, tls: TLSConfig | None, **fields: object) -> dict[int, int]:
    lab = Lab()
    lab.service("a", 1)
    lab.route(backend("a"), tls=tls, path=str(fields.pop("route_path", "")))
    lab.visit(requests_per_second=40, scheme=scheme, **fields)
    return dict(lab.run(1).totals.statuses)


@pytest.mark.parametrize(
    ("scheme", "termination", "policy", "statuses"),
    [
        ("http", "", "", {200: 40}),
        ("https", "", "", {503: 40}),
        ("https", "edge", "", {200: 40}),
        ("http", "edge", "", {503: 40}),
        ("http", "edge", "None", {503: 40}),
        ("http", "edge", "Allow", {200: 40}),
        ("http", "edge", "Redirect", {302: 40, 200: 40}),
        ("https", "reencrypt", "Redirect", {200: 40}),
        ("http", "reencrypt", "Redirect", {302: 40, 200: 40}),
        ("https", "passthrough", "", {200: 40}),
        ("http", "passthrough", "", {503: 40}),
        ("http", "passthrough", "Redirect", {302: 40, 200: 40}),
    ],
)
def test_scheme_termination_and_insecure_policy_decide(
    scheme: str, termination: str, policy: str, statuses: dict[int, int]
) -> None:
    tls = (
        TLSConfig(termination=termination, insecure_edge_termination_policy=policy)
        if termination
        else None
    )
    assert visited(scheme, tls) == statuses


def test_a_path_outside_the_routes_path_gets_503() -> None:
    assert visited("http", None, route_path="/shop", path="/shop/cart") == {200: 40}
    assert visited("http", None, route_path="/shop", path="/shopping") == {503: 40}


@pytest.mark.parametrize(
    ("route_path", "path", "status"),
    [
        ("/", "/any", 200),
        ("/sub", "/sub?a=b", 200),
        ("/sub/", "/sub", 503),
        ("/sub/", "/sub/x", 200),
        ("/Sub", "/sub", 503),
    ],
)
def test_paths_match_as_in_the_routers_map(route_path: str, path: str, status: int) -> None:
    assert visited("http", None, route_path=route_path, path=path) == {status: 40}


def test_visits_to_a_route_that_no_router_serves_get_503_and_the_reason() -> None:
    lab = Lab()
    lab.service("a", 1)
    lab.route(backend("a"), tls=TLSConfig(termination="edge", certificate="none"))
    lab.visit(requests_per_second=40, scheme="https")
    seen = lab.run(1)
    assert seen.totals.statuses == {503: 40}
    assert seen.groups[0].cause == "The router refuses the route: ExtendedValidationFailed."


def test_a_route_without_ready_endpoints_gives_503_and_passthrough_closes_the_connection() -> None:
    lab = Lab()
    lab.service("a", 0)
    lab.route(backend("a"))
    lab.visit(requests_per_second=40, scheme="https")
    lab.change_route(tls=TLSConfig(termination="edge"))
    assert lab.run(1).totals.statuses == {503: 40}
    lab.change_route(tls=TLSConfig(termination="passthrough"))
    assert lab.run(1).totals.statuses == {503: 40, 0: 40}
