"""Routes get the defaults of the real API."""

from __future__ import annotations

from typing import Any

from cluster.objects.codec import encode
from cluster.objects.defaults import default_route
from tests.unit.objects.router_vectors import area, route_of


def without_empty(value: Any) -> Any:
    """A document without the empty texts, which mean the same as missing ones."""
    if not isinstance(value, dict):
        return [without_empty(each) for each in value] if isinstance(value, list) else value
    return {name: without_empty(each) for name, each in value.items() if each not in ("", {})}


@area("defaults")
def test_routes_are_defaulted_as_recorded(vector: dict[str, Any]) -> None:
    route = default_route(route_of(vector["input"]["route"]))
    shown = without_empty(encode(route))
    assert shown["spec"] == without_empty(vector["expected"]["route"]["spec"])
    assert default_route(route) == route
