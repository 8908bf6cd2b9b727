"""The charts of a route as plain dicts in Plotly's format: what a page embeds and live frames extend."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from console.charts.theme import DASHES, templates

KEEP = 480
"""Points kept in the browser: two minutes at four a second."""
EXPECTED, OBSERVED = "Expected", "Observed"
STATUS_NAMES = {
    101: "101 Switching Protocols",
    200: "200 OK",
    301: "301 Moved Permanently",
    302: "302 Found",
    400: "400 Bad Request",
    403: "403 Forbidden",
    404: "404 Not Found",
    408: "408 Request Timeout",
    500: "500 Internal Server Error",
    502: "502 Bad Gateway",
    503: "503 Service Unavailable",
    504: "504 Gateway Timeout",
    0: "Connection closed",
}
BAR_HEIGHT = 34
"""Pixels of one name with its two bars."""

Figure = dict[str, Any]


def line(name: str, number: int) -> dict[str, Any]:
    """The style of a line; `number` counts from 0 and chooses the dash, the colorway the colour."""
    return {
        "name": name,
        "type": "scatter",
        "mode": "lines",
        "line": {"width": 2, "dash": DASHES[number % len(DASHES)]},
        "hovertemplate": "%{y:.1f} req/s<extra>%{fullData.name}</extra>",
    }


def lines_figure(names: Iterable[str]) -> Figure:
    """Requests per second over time, a line a name; the points come with the first live frame."""
    data = [{**line(name, number), "x": [], "y": []} for number, name in enumerate(names)]
    return {
        "data": data,
        "layout": {
            "margin": {"l": 48, "r": 12, "t": 8, "b": 32},
            "hovermode": "x unified",
            "showlegend": True,
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
            "xaxis": {"type": "date", "tickformat": "%H:%M:%S", "nticks": 6},
            "yaxis": {"rangemode": "tozero", "title": {"text": "requests/s"}},
        },
        "templates": templates(),
        "keep": KEEP,
        "unit": "req/s",
    }


def bars_figure(names: Sequence[str]) -> Figure:
    """Expected against observed shares, two bars a name, in percent with the numbers on them."""
    return {
        "data": bars(names, {}, {}),
        "layout": bars_layout(len(names)),
        "templates": templates(),
        "unit": "%",
    }


def bars(
    names: Sequence[str], expected: Mapping[str, float | None], observed: Mapping[str, float | None]
) -> list[dict[str, Any]]:
    """The two traces; shares are fractions, None where there is nothing to say."""
    return [
        _bar(EXPECTED, names, expected, "/"),
        _bar(OBSERVED, names, observed, ""),
    ]


def bars_layout(names: int) -> dict[str, Any]:
    """The layout for so many names: high enough that all can be read."""
    return {
        "margin": {"l": 8, "r": 48, "t": 8, "b": 32},
        "barmode": "group",
        "bargap": 0.3,
        "showlegend": True,
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "traceorder": "normal",
        },
        "height": 110 + BAR_HEIGHT * max(1, names),
        "xaxis": {"range": [0, 100], "ticksuffix": " %", "fixedrange": True},
        "yaxis": {
            "autorange": "reversed",
            "automargin": True,
            "fixedrange": True,
            "type": "category",
        },
    }


def _bar(
    name: str, names: Sequence[str], shares: Mapping[str, float | None], pattern: str
) -> dict[str, Any]:
    values = [shares.get(each) for each in names]
    return {
        "name": name,
        "type": "bar",
        "orientation": "h",
        "y": list(names),
        "x": [None if value is None else round(100 * value, 2) for value in values],
        "text": ["" if value is None else f"{100 * value:.1f} %" for value in values],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"pattern": {"shape": pattern}},
        "hovertemplate": "%{y}: %{x:.1f} %<extra>%{fullData.name}</extra>",
    }


def status_name(code: int) -> str:
    """`503 Service Unavailable`; 0 is a connection that was closed without an answer."""
    return STATUS_NAMES.get(code, str(code))
