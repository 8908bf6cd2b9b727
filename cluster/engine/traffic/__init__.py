"""Simulated visitors: who comes to a route, which pod serves each request, and what was counted."""

from cluster.engine.traffic.controller import DEFAULT_QUANTUM, RealRequests, TrafficController
from cluster.engine.traffic.directions import Visit
from cluster.engine.traffic.snapshot import (
    GroupTraffic,
    Latency,
    RouteTraffic,
    Series,
    Share,
)

__all__ = [
    "DEFAULT_QUANTUM",
    "GroupTraffic",
    "Latency",
    "RealRequests",
    "RouteTraffic",
    "Series",
    "Share",
    "TrafficController",
    "Visit",
]
