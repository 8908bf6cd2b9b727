"""Which algorithm a route uses, and the reason that the console shows."""

from __future__ import annotations

import pytest

from cluster.engine.routing.algorithm import (
    BALANCE_ANNOTATION,
    HTTP_SETTING,
    TCP_SETTING,
    AlgorithmChoice,
    Reason,
    choose_algorithm,
)
from tests.unit.engine.routing.vectors import Vector, vector_id, vectors


def choice(
    weights: list[int],
    *,
    termination: str = "",
    annotation: str | None = None,
    env: dict[str, str] | None = None,
) -> AlgorithmChoice:
    return choose_algorithm(
        termination=termination,
        services=[(f"service-{place}", weight) for place, weight in enumerate(weights)],
        annotations={} if annotation is None else {BALANCE_ANNOTATION: annotation},
        router_env=env or {},
    )


@pytest.mark.parametrize("vector", vectors("load_balancing.algorithm"), ids=vector_id)
def test_the_algorithm_is_the_routers(vector: Vector) -> None:
    given = vector["input"]
    chosen = choose_algorithm(
        termination=given["termination"],
        services=[(str(place), weight) for place, weight in enumerate(given["backendWeights"])],
        annotations=given["annotations"],
        router_env=given["routerEnv"],
    )
    assert chosen.algorithm == vector["expected"]["algorithm"]


def test_an_annotation_wins_over_several_services() -> None:
    chosen = choice([50, 50], annotation="leastconn")
    assert (chosen.algorithm, chosen.reason) == ("leastconn", Reason.ANNOTATION)
    assert chosen.ignored_annotation is None


@pytest.mark.parametrize("value", ["RoundRobin", " roundrobin", "static-rr", "uri", ""])
def test_an_annotation_that_is_not_exact_is_ignored_and_named(value: str) -> None:
    chosen = choice([100], annotation=value)
    assert (chosen.algorithm, chosen.reason) == ("random", Reason.DEFAULT)
    assert chosen.ignored_annotation == value


def test_several_services_beat_the_routers_setting() -> None:
    chosen = choice([90, 10], env={HTTP_SETTING: "leastconn"})
    assert (chosen.algorithm, chosen.reason) == ("roundrobin", Reason.SEVERAL_SERVICES)
    assert "2 services" in chosen.explanation


def test_the_routers_setting_decides_for_a_single_service() -> None:
    chosen = choice([100, 0], env={HTTP_SETTING: "source"})
    assert (chosen.algorithm, chosen.reason) == ("source", Reason.ROUTER_SETTING)
    assert HTTP_SETTING in chosen.explanation


def test_passthrough_looks_at_the_tcp_setting_first_and_names_what_it_skips() -> None:
    env = {TCP_SETTING: "bogus", HTTP_SETTING: "leastconn"}
    chosen = choice([100], termination="passthrough", env=env)
    assert chosen.algorithm == "leastconn"
    assert chosen.ignored_settings == ((TCP_SETTING, "bogus"),)


@pytest.mark.parametrize(
    ("termination", "hash_type"), [("", None), ("edge", None), ("passthrough", "consistent")]
)
def test_only_passthrough_hashes_consistently(termination: str, hash_type: str | None) -> None:
    assert choice([100], termination=termination, annotation="source").hash_type == hash_type
