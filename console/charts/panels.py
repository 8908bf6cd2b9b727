"""A chart in a page: its figure, its title and its live topic, without points; those come live."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cluster.objects.route import Route
from console.charts import figures
from console.charts.topics import topic_name

LABELS = {
    "services": "Requests per second by service",
    "pods": "Requests per second by pod",
    "shares": "Expected and observed share",
    "statuses": "Responses per second by status code",
}


def lines(route: Route, what: str, names: Iterable[str] = (), size: str = "") -> dict[str, Any]:
    """A chart of rates over time; `names` are the lines that are known beforehand."""
    return _panel(route, what, figures.lines_figure(names), size)


def bars(route: Route, what: str, names: Iterable[str]) -> dict[str, Any]:
    """A chart of shares, a pair of bars a name; it grows with its names."""
    return {**_panel(route, what, figures.bars_figure(list(names)), ""), "grows": True}


def _panel(route: Route, what: str, figure: figures.Figure, size: str) -> dict[str, Any]:
    return {
        "id": f"figure-{route.metadata.name}-{what}",
        "figure": figure,
        "label": LABELS[what],
        "topic": topic_name(route, what),
        "size": size,
    }
