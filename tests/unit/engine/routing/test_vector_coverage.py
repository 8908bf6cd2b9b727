"""Every recorded behaviour of the router outside the command line is run by a test, or is listed here with
the reason why not."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import tests.unit.engine.routing
import tests.unit.objects
from tests.shared_data import load_json

PLACES = (tests.unit.engine.routing, tests.unit.objects)
HISTORIES = (
    "status-record-condition-008",
    "status-record-condition-009",
    "status-record-condition-010",
)
"""Run by tests that name them: what they tell is a history of events, not an input and a result."""

NOT_APPLICABLE: dict[str, str] = {}
"""Vectors that say nothing about this product, with the reason."""

MOST_NOT_APPLICABLE = 0.02


def recorded() -> dict[str, str]:
    """All vectors outside the command line: area by id."""
    return {
        each["id"]: each["area"]
        for each in load_json("vectors", "router.json")
        if not each["area"].startswith("cli.")
    }


def modules() -> Iterator[ModuleType]:
    for place in PLACES:
        for found in pkgutil.iter_modules(place.__path__):
            if found.name.startswith("test_"):
                yield importlib.import_module(f"{place.__name__}.{found.name}")


def run_by_tests() -> Counter[str]:
    """How many tests take each vector as their parameter."""
    counted: Counter[str] = Counter()
    for module in modules():
        for function in vars(module).values():
            for mark in getattr(function, "pytestmark", ()):
                if mark.name == "parametrize":
                    counted.update(_ids(mark.args[1]))
    return counted


def _ids(parameters: Any) -> Iterator[str]:
    for each in parameters:
        values = getattr(each, "values", (each,))
        for value in values if isinstance(values, tuple) else (each,):
            if isinstance(value, dict) and isinstance(value.get("id"), str):
                yield value["id"]


def test_every_vector_outside_the_command_line_is_run_or_listed() -> None:
    counted, known = run_by_tests(), recorded()
    left = {
        name: area
        for name, area in known.items()
        if not counted[name] and name not in HISTORIES and name not in NOT_APPLICABLE
    }
    assert left == {}
    assert len(known) > 100


def test_few_vectors_are_left_out_and_each_with_its_reason() -> None:
    known = recorded()
    assert all(NOT_APPLICABLE.values())
    assert not set(NOT_APPLICABLE) - set(known)
    assert len(NOT_APPLICABLE) < MOST_NOT_APPLICABLE * len(known)


def test_the_histories_are_told_by_the_tests_that_run_them() -> None:
    texts = [
        function.__doc__ or ""
        for module in modules()
        for name, function in vars(module).items()
        if name.startswith("test_")
    ]
    for history in HISTORIES:
        assert any(history.rpartition("-")[2] in text for text in texts), history
