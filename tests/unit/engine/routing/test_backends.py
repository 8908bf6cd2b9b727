"""From services and endpoints to server lines, and what a route's owner is warned of."""

from __future__ import annotations

import pytest

from cluster.engine.config import COURSE, PROFILES
from cluster.engine.routing.backends import Backend, build_backend
from cluster.engine.routing.warnings import WarningReason
from cluster.engine.store import Store
from cluster.objects.endpoints import EndpointPort, EndpointSubset
from cluster.objects.route import BALANCE, COOKIE_NAME, DISABLE_COOKIES, TIMEOUT, Route
from tests.unit.engine.routing.objects import add_endpoints, add_service, address, route
from tests.unit.engine.routing.vectors import Vector, vector_id, vectors

ENV = COURSE.router_env


def built(store: Store, made: Route) -> Backend:
    return build_backend(store, made, ENV)


def warned(backend: Backend) -> list[tuple[str, str]]:
    return [(each.reason.value, each.service) for each in backend.warnings]


def lines(backend: Backend) -> list[tuple[str, int]]:
    return [(f"{server.address}:{server.port}", server.weight) for server in backend.servers]


# --- recorded behaviour ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "vector",
    [each for each in vectors("endpoints.port_selection") if "endpoints" in each["input"]],
    ids=vector_id,
)
def test_the_target_port_selects_by_port_name_or_the_pods_port_number(vector: Vector) -> None:
    given, expected = vector["input"], vector["expected"]
    store = Store()
    subsets = [
        EndpointSubset(
            addresses=(address(each["ip"]),),
            ports=(EndpointPort(name=each["portName"], port=each["port"]),),
        )
        for each in given["endpoints"]
    ]
    add_endpoints(store, "svc", *subsets)
    backend = built(store, route({"svc": 100}, port=given["routeTargetPort"]))
    assert sorted(line for line, _ in lines(backend)) == sorted(expected["selected"])


# --- servers -------------------------------------------------------------------------------------------


def test_servers_come_by_service_name_then_by_address_as_a_number() -> None:
    store = Store()
    add_service(store, "zebra")
    add_service(store, "ant")
    add_endpoints(
        store,
        "ant",
        EndpointSubset(
            addresses=(address("10.128.0.10", "p10"), address("10.128.0.9", "p9")),
            ports=(EndpointPort(name="b", port=9090), EndpointPort(name="a", port=8080)),
        ),
    )
    backend = built(store, route({"zebra": 100, "ant": 100}))
    assert [server.label for server in backend.servers] == ["p9", "p10", "p9", "p10", "zebra-1"]
    assert [server.port for server in backend.servers] == [8080, 8080, 9090, 9090, 8080]
    assert backend.servers[0].name == "pod:p9:ant:a:10.128.0.9:8080"
    assert backend.servers[0].node == "node1"


def test_udp_ports_are_left_out() -> None:
    store = Store()
    ports = (EndpointPort(port=53, protocol="UDP"), EndpointPort(port=8080))
    add_endpoints(store, "dns", EndpointSubset(addresses=(address("10.128.0.2"),), ports=ports))
    assert lines(built(store, route({"dns": 1}))) == [("10.128.0.2:8080", 1)]


def test_weights_are_scaled_over_the_ready_pods() -> None:
    store = Store()
    add_service(store, "a", 2)
    add_service(store, "b", 3)
    backend = built(store, route({"a": 80, "b": 20}))
    assert [server.weight for server in backend.servers] == [256, 256, 42, 42, 42]
    assert [(share.name, share.endpoints, share.server_weight) for share in backend.services] == [
        ("a", 2, 256),
        ("b", 3, 42),
    ]


def test_weight_0_keeps_its_server_lines_except_with_passthrough() -> None:
    store = Store()
    add_service(store, "a")
    add_service(store, "b")
    weights = {"a": 100, "b": 0}
    assert [server.weight for server in built(store, route(weights)).servers] == [1, 0]
    sealed = built(store, route(weights, tls="passthrough"))
    assert [server.service for server in sealed.servers] == ["a"]
    assert not sealed.cookies


def test_the_algorithm_and_the_cookie_are_those_of_the_router() -> None:
    store = Store()
    add_service(store, "a")
    backend = built(store, route({"a": 100}))
    assert backend.algorithm == "source"
    assert "ROUTER_LOAD_BALANCE_ALGORITHM" in backend.algorithm_reason
    assert build_backend(store, route({"a": 1}), PROFILES["4"].router_env).algorithm == "random"
    assert backend.cookies
    assert len(backend.cookie_name) == 32
    named = built(store, route({"a": 1}, annotations={COOKIE_NAME: "stick"}))
    assert named.cookie_name == "stick"
    assert built(store, route({"a": 1}, annotations={DISABLE_COOKIES: "true"})).cookie is None


# --- warnings ------------------------------------------------------------------------------------------


def test_a_route_in_good_order_has_no_warnings() -> None:
    store = Store()
    add_service(store, "a", 2)
    add_service(store, "b", 2)
    for port in (None, "8080-tcp", 8080):
        assert warned(built(store, route({"a": 80, "b": 20}, port=port))) == []


def test_missing_services_and_services_without_ready_pods_are_named() -> None:
    store = Store()
    add_service(store, "a", 0, unready=2)
    backend = built(store, route({"a": 50, "gone": 50}))
    assert warned(backend) == [("NoEndpoints", "a"), ("MissingService", "gone")]
    assert "2 not ready" in backend.warnings[0].text
    assert "visitors get 503" in backend.warnings[0].text
    add_service(store, "b", 1)
    backend = built(store, route({"a": 50, "b": 50}))
    assert "the other services take its share" in backend.warnings[0].text


@pytest.mark.parametrize(
    ("port", "reason", "part"),
    [
        (None, "MissingRoutePort", "has 2 ports"),
        ("WEB", "WrongRoutePort", "no port named WEB; it has web (8080), metrics (9090)"),
        (80, "WrongRoutePort", "which is 8080"),
        (1234, "WrongRoutePort", "not exposed"),
    ],
)
def test_a_target_port_that_leads_astray_is_explained(
    port: int | str | None, reason: str, part: str
) -> None:
    store = Store()
    add_service(store, "a", ports=(("web", 80, 8080), ("metrics", 9090, 9090)))
    backend = built(store, route({"a": 100}, port=port))
    assert warned(backend) == [(reason, "a")]
    assert part in backend.warnings[0].text


def test_a_passthrough_route_is_told_that_its_path_has_no_effect() -> None:
    store = Store()
    add_service(store, "a")
    assert warned(built(store, route({"a": 1}, tls="passthrough", path="/x"))) == [
        ("PathBasedPassthrough", "")
    ]


def test_weights_that_are_not_followed_are_pointed_out() -> None:
    store = Store()
    add_service(store, "a")
    add_service(store, "b")
    zero = built(store, route({"a": 0, "b": 0}))
    assert warned(zero) == [("AllWeightsZero", "")]
    source = built(store, route({"a": 1, "b": 1}, annotations={BALANCE: "source"}))
    assert warned(source) == [("WeightsNotFollowed", "")]


def test_rounding_that_bends_the_shares_by_more_than_a_point_is_pointed_out() -> None:
    store = Store()
    add_service(store, "a", 100)
    add_service(store, "b")
    backend = built(store, route({"a": 1, "b": 100}))
    assert warned(backend) == [("ShareSkewed", "a"), ("ShareSkewed", "b")]
    assert "gets 28.1% instead of 1.0%" in backend.warnings[0].text


def test_ignored_annotations_are_named_with_what_would_be_legal() -> None:
    store = Store()
    add_service(store, "a")
    annotations = {
        BALANCE: "RoundRobin",
        DISABLE_COOKIES: "yes",
        COOKIE_NAME: "a b",
        TIMEOUT: "5 s",
        "router.openshift.io/cookie-same-site": "lax",
    }
    found = built(store, route({"a": 1}, annotations=annotations)).warnings
    assert {each.annotation for each in found} == set(annotations)
    assert {each.reason for each in found} == {WarningReason.ANNOTATION_IGNORED}
    legal = {BALANCE: "leastconn", DISABLE_COOKIES: "False", COOKIE_NAME: "a_b", TIMEOUT: "5s"}
    assert not built(store, route({"a": 1}, annotations=legal)).warnings


def test_a_time_that_is_cut_down_is_told_and_what_is_ignored_does_not_reload() -> None:
    store = Store()
    add_service(store, "a")
    clipped = built(store, route({"a": 1}, annotations={TIMEOUT: "25d"}))
    assert warned(clipped) == [("AnnotationClipped", "")]
    assert "from 25d: HAProxy's longest time is 2147483647ms" in clipped.warnings[0].text
    plain = built(store, route({"a": 1}))
    broken = built(store, route({"a": 1}, annotations={TIMEOUT: "soon"}))
    assert broken.configuration == plain.configuration != clipped.configuration
