"""An empty demo project, to begin from nothing."""

from __future__ import annotations

from cluster.engine.engine import Engine
from cluster.scenarios.demo import DEVELOPER, demo_project
from cluster.scenarios.manifests import apply_all


def empty(engine: Engine) -> None:
    """The project `demo` of the developer, with nothing in it."""
    apply_all(engine, DEVELOPER, [demo_project()])
