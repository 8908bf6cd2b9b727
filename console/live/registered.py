"""Where topics come from: importing these modules registers their topics."""

from __future__ import annotations

from importlib import import_module

MODULES = (
    "console.live.clock",
    "console.live.rows",
    "console.live.details",
    "console.live.overview",
    "console.live.network",
    "console.live.matrix",
    "console.live.walk",
    "console.live.access_log",
    "console.live.calls",
    "console.live.router",
    "console.charts.topics",
    "console.charts.calls",
)


def load() -> None:
    """Register all topics."""
    for name in MODULES:
        import_module(name)
