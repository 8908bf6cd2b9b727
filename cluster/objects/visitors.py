"""Visitors: shiftlab.io/v1. Simulated clients of a route: who they are and how often they come."""

from __future__ import annotations

from dataclasses import dataclass

from cluster.objects.meta import ObjectMeta, named


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorsSpec:
    """`spec`.

    `clients` addresses are taken in order from `network`; together they send
    `requests_per_second`.
    `cookie_percent` of the clients keep cookies. A request holds its connection for
    `hold_milliseconds` on top of the application's own latency.
    """

    route: str = named("route", "", keep=True)
    requests_per_second: float = named("requestsPerSecond", 10.0, keep=True)
    clients: int = named("clients", 50, keep=True)
    network: str = named("network", "203.0.113.0/24", keep=True)
    cookie_percent: int = named("cookiePercent", 0, keep=True)
    scheme: str = named("scheme", "http", keep=True)
    path: str = named("path", "/", keep=True)
    hold_milliseconds: int = named("holdMilliseconds", 0, keep=True)
    stopped: bool = named("stopped", False, keep=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitors:
    """A group of visitors of one route in the same project."""

    metadata: ObjectMeta
    spec: VisitorsSpec = named("spec", VisitorsSpec(), keep=True)
