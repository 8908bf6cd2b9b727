"""Puts an engine together: every controller that a cluster runs, over one store."""

from __future__ import annotations

from cluster.engine.config import EngineConfig
from cluster.engine.controllers import all_controllers
from cluster.engine.engine import Engine
from cluster.engine.rng import RandomStream
from cluster.engine.routing.admission import RouterController
from cluster.engine.store import Store
from cluster.engine.traffic.calls import CallsController
from cluster.engine.traffic.controller import TrafficController


def build_engine(
    config: EngineConfig,
    *,
    store: Store | None = None,
    now: float | None = None,
    rng: RandomStream | None = None,
) -> Engine:
    """An engine with all controllers; `now` in seconds since 1970, by default the config's epoch."""
    controllers = [
        *all_controllers(config),
        RouterController(),
        TrafficController(),
        CallsController(),
    ]
    return Engine(config, controllers, store=store, now=now, rng=rng)
