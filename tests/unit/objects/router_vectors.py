"""Recorded behaviour of Routes, by area, as parameters of tests."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.objects.codec import decode
from cluster.objects.route import Route
from tests.shared_data import load_json


def area(name: str) -> Any:
    """A decorator that runs a test for every vector of an area."""
    vectors = [each for each in load_json("vectors", "router.json") if each["area"] == name]
    assert vectors, name
    return pytest.mark.parametrize(
        "vector", [pytest.param(each, id=each["id"]) for each in vectors]
    )


def expand(value: Any) -> Any:
    """Long texts are recorded as `{"repeat": "x", "times": 256}`."""
    if isinstance(value, dict):
        if set(value) == {"repeat", "times"}:
            return value["repeat"] * value["times"]
        return {name: expand(each) for name, each in value.items()}
    return [expand(each) for each in value] if isinstance(value, list) else value


def route_of(document: dict[str, Any]) -> Route:
    """The route of a recorded document, which may lack its metadata."""
    whole = {"metadata": {}, **expand(document)}
    for written in ("apiVersion", "kind"):
        whole.pop(written, None)
    route, unknown = decode(Route, whole)
    assert unknown == []
    return route
