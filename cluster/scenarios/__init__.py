"""What a cluster holds at first boot, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from cluster.engine.engine import Engine
from cluster.scenarios.big import big
from cluster.scenarios.boot import boot
from cluster.scenarios.demo import LIVED, demo
from cluster.scenarios.empty import empty
from cluster.scenarios.shop import LIVED as SHOP_LIVED
from cluster.scenarios.shop import shop

DEFAULT_SCENARIO = "demo"
DEFAULT_NODES = 2

SCENARIOS: Mapping[str, Callable[[Engine], None]] = MappingProxyType(
    {"demo": demo, "empty": empty, "big": big, "shop": shop}
)
"""Each fills a booted cluster; its docstring says with what."""

HEAD_START: Mapping[str, float] = MappingProxyType({"demo": LIVED, "shop": SHOP_LIVED})
"""Seconds of cluster time that a scenario lives through at first boot; none where it is not named."""


def first_boot(
    engine: Engine, nodes: int = DEFAULT_NODES, scenario: str = DEFAULT_SCENARIO
) -> None:
    """Set up a new cluster: a master, `nodes` workers, the system's objects, and a scenario.

    Raises ValueError, naming the scenario or the number, before anything is changed.
    """
    fill = SCENARIOS.get(scenario)
    if fill is None:
        raise ValueError(f"scenario: {scenario!r} is not one of {', '.join(SCENARIOS)}")
    boot(engine, nodes)
    fill(engine)
