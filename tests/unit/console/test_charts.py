"""Charts: figures that Plotly accepts, and samples smoothed without changing their sum."""

from __future__ import annotations

import numpy as np
import pytest
from plotly import graph_objects as go

from console.charts import figures, measured, theme

NAMES = ["blue", "green", "red"]


@pytest.mark.parametrize(
    "figure",
    [figures.lines_figure(NAMES), figures.lines_figure([]), figures.bars_figure(NAMES)],
    ids=["lines", "no lines yet", "bars"],
)
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_plotly_accepts_every_figure_in_both_themes(figure: figures.Figure, mode: str) -> None:
    layout = {**figure["layout"], "template": figure["templates"][mode]}
    go.Figure(data=figure["data"], layout=layout)


def test_plotly_accepts_the_traces_that_frames_bring() -> None:
    bars = figures.bars(NAMES, {"blue": 0.5, "green": None}, {"blue": 1 / 3})
    go.Figure(data=[figures.line("blue", 7), *bars], layout=figures.bars_layout(3))
    expected, observed = bars
    assert expected["x"] == [50.0, None, None]
    assert expected["text"] == ["50.0 %", "", ""]
    assert observed["text"][0] == "33.3 %"


def test_templates_are_built_once_and_hold_no_foreign_colours() -> None:
    assert theme.templates() is theme.templates()
    light = theme.templates()["light"]
    assert tuple(light["layout"]["colorway"]) == theme.LIGHT.series


def test_neighbouring_lines_differ_in_more_than_colour() -> None:
    dashes = [figures.line(name, at)["line"]["dash"] for at, name in enumerate(NAMES)]
    assert len(set(dashes)) == len(NAMES)


def test_smoothing_is_the_mean_of_the_last_half_second() -> None:
    rates = np.array([0.0, 8.0, 0.0, 8.0, 8.0, 8.0, 8.0, 8.0])
    durations = np.full(8, 0.25)
    assert measured.smoothed(rates, durations).tolist() == [0, 4, 4, 4, 8, 8, 8, 8]


def test_smoothing_weighs_samples_by_their_length() -> None:
    rates, durations = np.array([10.0, 2.0]), np.array([0.1, 0.3])
    assert measured.smoothed(rates, durations)[-1] == pytest.approx(4.0)


def test_statuses_have_their_names() -> None:
    assert figures.status_name(503) == "503 Service Unavailable"
    assert figures.status_name(0) == "Connection closed"
    assert figures.status_name(418) == "418"


def test_a_sparkline_stays_in_its_box_and_ends_at_its_right() -> None:
    drawn = measured.polyline(np.array([0.0, 5.0, 10.0]), width=10, height=12)
    assert drawn == "0.0,11.0 5.0,6.0 10.0,1.0"
    assert measured.polyline(np.array([1.0])) == ""


def test_a_route_without_traffic_has_no_figures() -> None:
    assert measured.summary(None) == {"rate": 0.0, "sparkline": ""}
