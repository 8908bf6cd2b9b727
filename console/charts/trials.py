"""The chart of a trial: how many requests each pod answered, beside what the algorithm gives it."""

from __future__ import annotations

from typing import Any

from cluster.runtime.client import TrialResult
from console.charts import figures
from console.charts.theme import templates

MOST_PODS = 20
"""Pods with bars of their own: those that answered most."""
ANSWERED = "Answered"


def trial_figure(result: TrialResult) -> figures.Figure:
    """Two bars a pod, in requests. Expected stays empty where load decides."""
    order = sorted(enumerate(result.shares), key=lambda each: (-each[1].answers, each[0]))
    kept = sorted(order[:MOST_PODS])
    shares = [share for _, share in kept]
    names = [share.server.label for share in shares]
    answered = sum(share.answers for share in result.shares)
    expected = [
        None if share.expected is None else round(share.expected * answered, 1) for share in shares
    ]
    found = [share.answers for share in shares]
    data = [_bar(ANSWERED, names, found, "")]
    if any(each is not None for each in expected):
        data.insert(0, _bar(figures.EXPECTED, names, expected, "/"))
    layout = figures.bars_layout(len(names))
    top = max([*found, *(each or 0 for each in expected), 1])
    layout["xaxis"] = {"range": [0, top * 1.15], "fixedrange": True, "rangemode": "tozero"}
    return {"data": data, "layout": layout, "templates": templates(), "unit": "requests"}


def _bar(name: str, names: list[str], values: list[Any], pattern: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": "bar",
        "orientation": "h",
        "y": names,
        "x": values,
        "text": ["" if value is None else f"{value:g}" for value in values],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"pattern": {"shape": pattern}},
        "hovertemplate": "%{y}: %{x:g}<extra>%{fullData.name}</extra>",
    }
