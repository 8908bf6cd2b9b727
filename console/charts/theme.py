"""How charts look: PatternFly's chart colours, light and dark, as Plotly templates.

The `plotly` package builds and validates the templates once, when the first chart is asked for; it is
slow to import, and live frames are plain dicts that never need it.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

FONT = '"Red Hat Text", "Helvetica Neue", Arial, sans-serif'


class Palette(NamedTuple):
    """The colours of one theme (PatternFly 6 tokens; series as in the slider, `--sl-series-n`)."""

    series: tuple[str, ...]
    text: str
    subtle: str
    grid: str
    surface: str


LIGHT = Palette(
    ("#0066cc", "#3d7317", "#96640f", "#5e40be", "#9e4a06", "#147878"),
    text="#151515",
    subtle="#4d4d4d",
    grid="#e0e0e0",
    surface="#ffffff",
)
DARK = Palette(
    ("#4394e5", "#87bb62", "#ffcc17", "#b6a6e9", "#f5921b", "#9ad8d8"),
    text="#ffffff",
    subtle="#c7c7c7",
    grid="#4d4d4d",
    surface="#383838",
)
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
"""Line styles in the order of the colours: colour is never the only difference."""


@cache
def templates() -> dict[str, Any]:
    """The layout templates by theme, as plain data for the browser."""
    return {"light": _template(LIGHT), "dark": _template(DARK)}


def _template(palette: Palette) -> dict[str, Any]:
    from plotly import graph_objects as go

    axis = {
        "gridcolor": palette.grid,
        "linecolor": palette.grid,
        "zerolinecolor": palette.grid,
        "tickfont": {"color": palette.subtle, "size": 12},
        "title": {"font": {"color": palette.subtle, "size": 12}},
    }
    template = go.layout.Template(
        layout={
            "colorway": list(palette.series),
            "font": {"family": FONT, "size": 12, "color": palette.text},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "xaxis": axis,
            "yaxis": axis,
            "hoverlabel": {
                "bgcolor": palette.surface,
                "bordercolor": palette.grid,
                "font": {"family": FONT, "color": palette.text},
            },
            "legend": {"font": {"color": palette.text}, "bgcolor": "rgba(0,0,0,0)"},
        }
    )
    plain: dict[str, Any] = template.to_plotly_json()
    return plain
