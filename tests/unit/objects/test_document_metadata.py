"""A manifest whose metadata is empty is judged, not crashed upon."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.objects.document import from_document
from cluster.objects.route import Route
from cluster.objects.validation import validate_route


@pytest.mark.parametrize("metadata", [{}, {"metadata": None}, {"metadata": {}}])
def test_empty_metadata_lacks_a_name_and_nothing_else_happens(metadata: dict[str, Any]) -> None:
    route, _ = from_document({"apiVersion": "route.openshift.io/v1", "kind": "Route", **metadata})
    assert isinstance(route, Route)
    assert "metadata.name: Required value: name or generateName is required" in [
        str(error) for error in validate_route(route)
    ]
