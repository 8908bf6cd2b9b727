"""Server weights and shares, against the router's own test cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from cluster.engine.routing.algorithm import choose_algorithm
from cluster.engine.routing.weights import (
    ServiceUnit,
    active_endpoints,
    active_services,
    clamp_weight,
    endpoint_weights,
    matching_endpoints,
    split_traffic,
)
from tests.unit.engine.routing.vectors import Vector, vector_id, vectors


@dataclass(frozen=True)
class Endpoint:
    port: int
    port_name: str


def units_from_endpoints(given: dict[str, Any]) -> list[ServiceUnit]:
    target = given["routeTargetPort"]
    return [
        ServiceUnit(name, service["weight"], len(matching_endpoints(endpoints, target)))
        for name, service in given["services"].items()
        for endpoints in [[Endpoint(int(e["port"]), e["portName"]) for e in service["endpoints"]]]
    ]


@pytest.mark.parametrize("vector", vectors("weights.per_server"), ids=vector_id)
def test_server_weights_are_the_routers(vector: Vector) -> None:
    units = units_from_endpoints(vector["input"])
    assert endpoint_weights(units) == vector["expected"]["serverWeightByService"]


@pytest.mark.parametrize("vector", vectors("weights.share"), ids=vector_id)
def test_shares_follow_from_weights_and_endpoints(vector: Vector) -> None:
    backends, expected = vector["input"]["backends"], vector["expected"]
    units = [ServiceUnit(b["service"], b["weight"], b["readyEndpoints"]) for b in backends]
    split = split_traffic(units)
    shares = split.by_name()
    weights = {s.name: s.server_weight for s in split.services if s.server_weight is not None}
    assert weights == expected["serverWeightByService"]
    assert {n: s.actual for n, s in shares.items()} == pytest.approx(
        expected["trafficShare"], abs=1e-6
    )
    assert {n: s.nominal for n, s in shares.items()} == pytest.approx(
        expected["nominalShare"], abs=1e-6
    )
    assert split.unavailable == expected["allTrafficGets503"]
    assert endpoint_weights(units, lone_weight=256) == expected["serverWeightByServiceBefore4_12"]


@pytest.mark.parametrize("vector", vectors("weights.share"), ids=vector_id)
@pytest.mark.parametrize(
    ("termination", "field"),
    [("", "defaultHttpAlgorithm"), ("passthrough", "defaultPassthroughAlgorithm")],
)
def test_default_algorithm_follows_from_the_weights(
    vector: Vector, termination: str, field: str
) -> None:
    services = [(b["service"], b["weight"]) for b in vector["input"]["backends"]]
    choice = choose_algorithm(
        termination=termination, services=services, annotations={}, router_env={}
    )
    assert choice.algorithm == vector["expected"][field]


@pytest.mark.parametrize("vector", vectors("weights.clamp"), ids=vector_id)
def test_weights_are_read_within_0_and_256(vector: Vector) -> None:
    seen = vector["input"]["routeWeightSeenByRouter"]
    assert clamp_weight(seen) == vector["expected"]["usedWeight"]


@pytest.mark.parametrize(("weight", "used"), [(None, 1), (-5, 0), (1000, 256), (7, 7)])
def test_missing_and_excessive_weights_are_clamped(weight: int | None, used: int) -> None:
    assert clamp_weight(weight) == used


@pytest.mark.parametrize(
    ("services", "expected"),
    [
        ([(70, 3), (1, 1)], [255, 10]),
        ([(1, 4), (2, 7)], [223, 256]),
        ([(66, 2), (34, 1)], [248, 256]),
        ([(10, 1), (10, 100)], [256, 2]),
        ([(3, 5), (256, 1)], [1, 256]),
        ([(80, 2), (20, 3)], [256, 42]),
    ],
)
def test_weights_are_scaled_in_32_bit_floats(
    services: list[tuple[int, int]], expected: list[int]
) -> None:
    units = [ServiceUnit(f"s{i}", weight, count) for i, (weight, count) in enumerate(services)]
    assert list(endpoint_weights(units).values()) == expected


def test_of_a_service_named_twice_the_last_weight_counts() -> None:
    units = [ServiceUnit("a", 10, 1), ServiceUnit("b", 10, 1), ServiceUnit("a", 30, 1)]
    assert endpoint_weights(units) == {"a": 256, "b": 85}
    assert active_services([("a", 10), ("b", 10), ("b", 0)]) == 1


def test_services_stand_in_the_routers_order() -> None:
    units = [ServiceUnit("zebra", 90, 1), ServiceUnit("ant", 10, 1)]
    assert list(endpoint_weights(units)) == ["ant", "zebra"]
    assert [share.name for share in split_traffic(units).services] == ["ant", "zebra"]


def test_nobody_is_served_when_all_weights_are_zero() -> None:
    split = split_traffic([ServiceUnit("a", 0, 2), ServiceUnit("b", 0, 1)])
    assert split.unavailable
    assert [share.server_weight for share in split.services] == [0, 0]
    assert [share.nominal for share in split.services] == [0, 0]


def test_nobody_is_served_without_endpoints() -> None:
    split = split_traffic([ServiceUnit("a", 100, 0)])
    assert split.unavailable
    assert split.services[0].server_weight is None
    assert split.services[0].nominal == 1


def test_active_endpoints_leave_out_services_of_weight_zero() -> None:
    assert active_endpoints([ServiceUnit("a", 0, 5), ServiceUnit("b", 3, 2)]) == 2


def test_target_port_is_a_port_number_or_a_port_name() -> None:
    web, metrics = Endpoint(8080, "web"), Endpoint(9090, "metrics")
    assert matching_endpoints([web, metrics], 8080) == [web]
    assert matching_endpoints([web, metrics], "9090") == [metrics]
    assert matching_endpoints([web, metrics], "web") == [web]
    assert matching_endpoints([web, metrics], None) == [web, metrics]
    assert matching_endpoints([web, metrics], "Web") == []
