"""The live chart of a workload's calls: topic `calls-chart:shop/frontend`, calls per second by outcome."""

from __future__ import annotations

from typing import Any

import numpy as np

from cluster.runtime.client import Client
from cluster.runtime.commands import Change
from console.charts import figures
from console.live import topics
from console.live.topic import Frame, ProjectTopic

OUTCOMES = {
    "ok": "Succeeded",
    "http-error": "HTTP error",
    "refused": "Refused",
    "timeout": "Timed out",
    "no-route": "No route to host",
    "name-error": "Name not resolved",
}
"""The classes of outcomes, in the order of their colours and dashes, in words."""
LABEL = "Calls per second by outcome"
TOPIC = "calls-chart"
_UNIT = "calls/s"


def chart(namespace: str, name: str) -> dict[str, Any]:
    """Context of `resources/routes/chart.html`."""
    figure = figures.lines_figure([])
    figure["data"] = [_line("ok")]
    figure["layout"]["yaxis"]["title"]["text"] = _UNIT
    return {
        "id": f"figure-calls-{name}",
        "figure": {**figure, "unit": _UNIT},
        "label": LABEL,
        "topic": f"{TOPIC}:{namespace}/{name}",
        "size": " sl-chart--short",
    }


def _line(outcome: str) -> dict[str, Any]:
    number = list(OUTCOMES).index(outcome)
    return {
        **figures.line(OUTCOMES[outcome], number),
        "x": [],
        "y": [],
        "hovertemplate": f"%{{y:.1f}} {_UNIT}<extra>%{{fullData.name}}</extra>",
    }


class CallsChartTopic(ProjectTopic):
    """The calls of one DeploymentConfig; asked on every beat, speaks when there is something new."""

    ticks = True

    def __init__(self, name: str, namespace: str, workload: str) -> None:
        super().__init__(name, namespace)
        self._workload = workload

    def touches(self, change: Change) -> bool:
        """Calls are no commits."""
        return False

    def frame(self, client: Client, since: Any) -> tuple[Frame | None, Any]:
        """What came after `since`; everything for somebody who has just come."""
        report = client.calls(self.namespace, self._workload)
        if report is None:
            return None, None
        series = report.series(since or 0.0)
        if not len(series.times):
            return None, since
        shown = [
            outcome
            for outcome in OUTCOMES
            if outcome == "ok" or report.total.counts[-1][list(OUTCOMES).index(outcome)]
        ]
        points = {
            "x": np.rint(series.times * 1000).astype(np.int64).tolist(),
            "series": {
                OUTCOMES[each]: np.round(series.classes[each], 3).tolist() for each in shown
            },
            "reset": since is None,
            "traces": [_line(each) for each in shown],
        }
        return {"t": "series", "points": points}, float(series.times[-1])


def _make(name: str, arguments: str) -> CallsChartTopic | None:
    namespace, _, workload = arguments.partition("/")
    return CallsChartTopic(name, namespace, workload) if namespace and workload else None


topics.register(TOPIC, _make)
