"""The engine's own state as a row, and the set-up that a cluster was made with."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cluster.engine.config import PROFILES, EngineConfig
from cluster.models import EngineState

VERSION_BLOCK = 100_000
"""Versions reserved ahead, so that the counter never goes back after a crash."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where the engine stands. `cursors` None leaves those of the last flush."""

    version: int
    now: float
    rng: str
    speed: float
    running: bool
    cursors: Mapping[str, Any] | None = None

    def columns(self, limit: int) -> dict[str, Any]:
        """The columns to write."""
        columns = {
            "version_limit": limit,
            "now": self.now,
            "rng": self.rng,
            "speed": self.speed,
            "running": self.running,
        }
        if self.cursors is not None:
            columns["cursors"] = dict(self.cursors)
        return columns


def load() -> EngineState | None:
    """The saved state, or None before the first boot."""
    return EngineState.objects.first()


def create(config: EngineConfig, setup: Mapping[str, Any], snapshot: Snapshot, limit: int) -> None:
    """Keep the state of a new cluster."""
    EngineState.objects.create(
        config=config_to_json(config), setup=dict(setup), **snapshot.columns(limit)
    )


def update(snapshot: Snapshot, limit: int) -> None:
    """Write where the engine stands."""
    EngineState.objects.update(**snapshot.columns(limit))


def config_to_json(config: EngineConfig) -> dict[str, Any]:
    """The configuration as JSON; its profile by name."""
    fields = {each.name: getattr(config, each.name) for each in dataclasses.fields(config)}
    return {**fields, "profile": config.profile.name}


def config_from_json(document: Mapping[str, Any]) -> EngineConfig:
    """Back. Raises KeyError for a profile that this version does not know."""
    known = {each.name for each in dataclasses.fields(EngineConfig)}
    fields = {name: each for name, each in document.items() if name in known}
    return EngineConfig(**{**fields, "profile": PROFILES[document["profile"]]})
