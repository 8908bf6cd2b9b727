"""A database of the test's own, and journals over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from cluster.engine.engine import Engine
from cluster.persistence.journal import Journal
from cluster.persistence.state import Snapshot
from tests.builders import a_config


@pytest.fixture(autouse=True)
def _database(transactional_db: None) -> None:
    """Real commits: the journal's thread has a connection of its own."""


@pytest.fixture
def snapshot() -> Callable[..., Snapshot]:
    """Where an engine stands, for tests that do not care."""

    def make(version: int = 100, **fields: object) -> Snapshot:
        given = {"now": 1.0, "rng": "7", "speed": 1.0, "running": True, "cursors": {"nodes": []}}
        return Snapshot(version, **{**given, **fields})

    return make


@pytest.fixture
def journal(snapshot: Callable[..., Snapshot]) -> Iterator[Journal]:
    """A running journal of a new cluster without objects."""
    journal = Journal()
    journal.write_first([], a_config(), {"nodes": 2}, snapshot(0))
    journal.start()
    yield journal
    journal.stop()


def save(engine: Engine) -> None:
    """Write a new cluster whole."""
    saved = engine.state()
    where = Snapshot(
        engine.store.version, saved["now"], saved["rng"], 1.0, True, saved["addresses"]
    )
    Journal().write_first(engine.take_changes(), engine.config, {"nodes": 2}, where)
