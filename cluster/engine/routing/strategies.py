"""Which algorithm routes get that ask for none, and why: the router's defaults in words for its page
(openshift/router: haproxy-config.template)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cluster.engine.routing.algorithm import AlgorithmChoice, choose_algorithm
from cluster.objects.route import PASSTHROUGH


@dataclass(frozen=True, slots=True)
class Strategy:
    """The algorithm for one sort of routes."""

    routes: str
    choice: AlgorithmChoice


def default_strategies(env: Mapping[str, str]) -> tuple[Strategy, ...]:
    """The defaults by sort of route; `env` holds the router's settings."""
    sorts = (
        ("One active service", "", 1),
        ("One active service, passthrough", PASSTHROUGH, 1),
        ("Several active services", "", 2),
    )
    return tuple(
        Strategy(
            label,
            choose_algorithm(
                termination=termination,
                services=[(f"s{number}", 1) for number in range(services)],
                annotations={},
                router_env=env,
            ),
        )
        for label, termination, services in sorts
    )
