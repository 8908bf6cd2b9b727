"""Traffic as charts show it: a route's samples smoothed over half a second, cut into frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cluster.objects.route import Route
from cluster.runtime.client import RouteTraffic, Series
from console.charts import figures

SMOOTH = 2
"""Samples in the moving mean: half a second at four samples a second. A quarter of a second holds two or
three requests of a quiet route, so single samples jump; a change must show in full within a second."""

MOST_PODS = 20
"""Pods with bars of their own; services always have theirs."""
SERVICES, PODS, STATUSES = "services", "pods", "statuses"
RATES = (SERVICES, PODS, STATUSES)


@dataclass(frozen=True, slots=True)
class Points:
    """What came after a time: `x` in milliseconds since 1970, requests per second by name."""

    x: list[int]
    series: dict[str, list[float]]
    last: float


def points(traffic: RouteTraffic, what: str, since: float) -> Points | None:
    """The smoothed samples that end after `since` (cluster seconds); None when there are none."""
    earlier = _earlier(traffic, since)
    series = traffic.series(earlier)
    shown = np.flatnonzero(series.times > since)[-figures.KEEP :]
    if not len(shown):
        return None
    times = series.times[shown]
    return Points(
        x=np.rint(times * 1000).astype(np.int64).tolist(),
        series={
            name: np.round(smoothed(rates, series.durations)[shown], 3).tolist()
            for name, rates in _named(series, what).items()
        },
        last=float(times[-1]),
    )


def smoothed(rates: Any, durations: Any) -> Any:
    """The mean of each sample and those before it, weighted by their durations; shape (samples,)."""
    counts = np.concatenate(([0.0], np.cumsum(rates * durations)))
    lengths = np.concatenate(([0.0], np.cumsum(durations)))
    ends = np.arange(1, len(counts))
    starts = np.maximum(0, ends - SMOOTH)
    return (counts[ends] - counts[starts]) / np.maximum(lengths[ends] - lengths[starts], 1e-9)


def _earlier(traffic: RouteTraffic, since: float) -> float:
    """A time that lies `SMOOTH` samples before, whatever the clock's speed makes of a sample."""
    if since <= 0:
        return 0.0
    recent = traffic.series(since).durations
    length = float(recent.max()) if len(recent) else 0.25
    return since - (SMOOTH + 1) * length


def _named(series: Series, what: str) -> Mapping[str, Any]:
    if what == STATUSES:
        return {figures.status_name(code): rates for code, rates in series.statuses.items()}
    return series.services if what == SERVICES else series.pods


def shares(traffic: RouteTraffic, route: Route) -> dict[str, Any]:
    """Expected and observed shares as bars: services in the route's order, then pods."""
    order = {name: place for place, name in enumerate(each.name for each in route.spec.backends)}
    services = sorted(traffic.services, key=lambda each: order.get(each.name, len(order)))
    pods = sorted(traffic.pods, key=lambda each: (order.get(each.service, len(order)), each.name))
    found = [*services, *pods[:MOST_PODS]]
    names = [each.name for each in found]
    return {
        "data": figures.bars(
            names,
            {each.name: each.expected for each in found},
            {each.name: each.observed for each in found},
        ),
        "layout": figures.bars_layout(len(names)),
    }


def summary(traffic: RouteTraffic | None) -> dict[str, Any]:
    """A row's figures: `rate`, what pods answer now in requests per second, and `sparkline`, the
    last half minute as the points of an SVG polyline ("" where there is too little)."""
    if traffic is None:
        return {"rate": 0.0, "sparkline": ""}
    series = traffic.series(traffic.now - 30)
    if not len(series.times):
        return {"rate": 0.0, "sparkline": ""}
    rates = smoothed(sum(series.services.values()), series.durations)
    return {"rate": float(rates[-1]), "sparkline": polyline(rates[-120::2])}


def polyline(rates: Any, width: int = 96, height: int = 24) -> str:
    """Rates as points in a box of pixels, the highest at its top; "" for fewer than two."""
    if len(rates) < 2:
        return ""
    top = max(float(rates.max()), 1e-9)
    step = width / (len(rates) - 1)
    return " ".join(
        f"{index * step:.1f},{height - 1 - (height - 2) * float(rate) / top:.1f}"
        for index, rate in enumerate(rates)
    )
