"""The recorded behaviour of OpenShift's router, by area."""

from __future__ import annotations

from typing import Any

from tests.shared_data import load_json

Vector = dict[str, Any]


def vectors(area: str) -> list[Vector]:
    """The vectors of one area; there must be some."""
    found = [vector for vector in load_json("vectors", "router.json") if vector["area"] == area]
    assert found, f"no vectors in area {area}"
    return found


def vector_id(vector: Vector) -> str:
    return str(vector["id"])
