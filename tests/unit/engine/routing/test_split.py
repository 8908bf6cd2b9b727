"""What the slider shows: nominal and exact shares, and what visitors would see."""

from __future__ import annotations

import pytest

from cluster.engine.config import COURSE
from cluster.engine.routing.split import Split, split
from cluster.engine.store import Store
from cluster.objects.route import BALANCE
from tests.unit.engine.routing.objects import add_service, route


def of(weights: dict[str, int | None], pods: dict[str, int], **fields: object) -> Split:
    store = Store()
    for name, count in pods.items():
        add_service(store, name, count)
    return split(store, route(weights, **fields), COURSE.router_env)  # type: ignore[arg-type]


def test_nominal_and_exact_shares_stand_side_by_side() -> None:
    result = of({"a": 80, "b": 20}, {"a": 2, "b": 3})
    assert [(each.service, each.nominal) for each in result.services] == [("a", 0.8), ("b", 0.2)]
    assert [each.exact for each in result.services] == [
        pytest.approx(512 / 638),
        pytest.approx(126 / 638),
    ]
    assert [(each.pod, each.weight) for each in result.pods] == [
        ("a-1", 256),
        ("a-2", 256),
        ("b-1", 42),
        ("b-2", 42),
        ("b-3", 42),
    ]
    assert sum(each.exact for each in result.pods) == pytest.approx(1)
    assert result.outlook == "New visitors go 80.3% to a and 19.7% to b."
    assert result.available


def test_a_missing_weight_counts_100_as_the_api_server_defaults_it() -> None:
    result = of({"a": 100, "b": 100}, {"a": 1, "b": 1})
    assert [each.exact for each in result.services] == [0.5, 0.5]


@pytest.mark.parametrize(
    ("weights", "pods", "fields", "outlook", "available"),
    [
        ({"a": 0, "b": 0}, {"a": 1, "b": 1}, {}, "everybody without a cookie gets 503", False),
        ({"a": 0, "b": 0}, {"a": 1, "b": 1}, {"tls": "passthrough"}, "connection closed", False),
        ({"a": 0, "b": 0}, {"a": 0, "b": 0}, {}, "All weights are 0: every visitor gets", False),
        ({"a": 1, "b": 1}, {"a": 0, "b": 0}, {}, "no service of the route has a ready", False),
        ({"a": 1, "b": 0}, {"a": 0, "b": 1}, {}, "no service with a weight above 0", False),
        ({"a": 1, "b": 1}, {"a": 1, "b": 0}, {}, "to a: b has no ready endpoint", True),
        ({"a": 1, "b": 0}, {"a": 1, "b": 1}, {}, "with a cookie stay with the pod", True),
        ({"a": 1}, {"a": 2}, {}, "All new visitors go to a.", True),
    ],
)
def test_the_edges_are_told_in_words(
    weights: dict[str, int | None],
    pods: dict[str, int],
    fields: dict[str, object],
    outlook: str,
    available: bool,
) -> None:
    result = of(weights, pods, **fields)
    assert outlook in result.outlook
    assert result.available is available


def test_another_algorithm_is_named_beside_the_weights() -> None:
    result = of({"a": 1, "b": 3}, {"a": 1, "b": 1}, annotations={BALANCE: "leastconn"})
    assert "balances by leastconn" in result.outlook
    assert result.warnings
