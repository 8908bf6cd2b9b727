"""Frames merge without loss: a browser that got one merged frame shows what one shows that got them all.

The models here are what `static/js/live.js` and `series.js` do with a frame.
"""

from __future__ import annotations

import copy
from functools import reduce
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.live.frames import Outgoing, merged, row_changes

Frame = dict[str, Any]

# --- rows ------------------------------------------------------------------------------------------

NAMES = st.sampled_from("abcdefg")
TABLES = st.lists(
    st.dictionaries(NAMES, st.sampled_from(["1", "2", "3"])).flatmap(
        lambda rows: st.permutations(list(rows)).map(lambda order: {n: rows[n] for n in order})
    ),
    min_size=1,
    max_size=8,
)


def full_frame(table: dict[str, str], total: int) -> Frame:
    """What a topic draws."""
    return {"t": "rows", "order": list(table), "rows": dict(table), "count": str(total)}


def show_rows(page: dict[str, str], frame: Frame) -> dict[str, str]:
    """The table after a frame: rows that are not in the order go, the others are put into it."""
    known = {**{name: page[name] for name in page if name in frame["order"]}, **frame["rows"]}
    assert set(frame["rows"]) <= set(frame["order"])
    return {name: known[name] for name in frame["order"]}


def sent_frames(tables: list[dict[str, str]]) -> list[Frame]:
    """What travels when the table goes through these states."""
    drawn = [full_frame(table, len(table)) for table in tables]
    changes = [row_changes(new, old) for old, new in pairwise(drawn)]
    return [drawn[0], *(each for each in changes if each is not None)]


def merge_all(frames: list[Frame]) -> Frame:
    """One frame for all, as a mailbox makes it."""
    return reduce(merged, [Outgoing(each) for each in frames]).data


@given(TABLES)
def test_the_changes_lead_to_the_last_table(tables: list[dict[str, str]]) -> None:
    page = reduce(show_rows, sent_frames(tables), {})
    assert list(page.items()) == list(tables[-1].items())


@given(TABLES, st.data())
def test_merged_rows_show_what_all_of_them_show(
    tables: list[dict[str, str]], data: st.DataObject
) -> None:
    frames = sent_frames(tables)
    cut = data.draw(st.integers(0, len(frames) - 1))
    page = reduce(show_rows, frames[:cut], {})
    kept = copy.deepcopy(frames)
    shown = show_rows(page, merge_all(frames[cut:]))
    assert list(shown.items()) == list(reduce(show_rows, frames, {}).items())
    assert merge_all(frames[cut:])["count"] == frames[-1]["count"]
    assert frames == kept, "frames are shared by all browsers: merging must not touch them"


@given(TABLES)
def test_a_row_that_did_not_change_does_not_travel(tables: list[dict[str, str]]) -> None:
    for old, new in pairwise(tables):
        change = row_changes(full_frame(new, 0), full_frame(old, 0))
        if list(old.items()) == list(new.items()):
            assert change is None
        else:
            assert change is not None
            assert all(old.get(name) != html for name, html in change["rows"].items())


# --- series ----------------------------------------------------------------------------------------

LINES = st.sampled_from(["blue", "green", "red"])


@st.composite
def point_frames(draw: st.DrawFn) -> list[Frame]:
    """Frames of a chart: time goes on, some overlap with the last, some begin anew, lines come and go."""
    frames, now = [], 0
    for _ in range(draw(st.integers(1, 6))):
        begins_anew = draw(st.booleans())
        start = draw(st.integers(0 if begins_anew else max(0, now - 2), now))
        end = draw(st.integers(max(now, start + 1), now + 4))
        x = list(range(start + 1, end + 1))
        names = draw(st.lists(LINES, min_size=1, unique=True))
        series = {name: [f"{name} at {each}" for each in x] for name in names}
        traces = [{"name": name, "line": f"the {name} line"} for name in names]
        points = {"x": x, "series": series, "traces": traces, "reset": begins_anew}
        frames.append({"t": "series", "topic": "traffic", "points": points})
        now = end
    return frames


Chart = dict[str, dict[str, Any]]


def show_points(chart: Chart, frame: Frame) -> Chart:
    """The chart after a frame (`appendPoints`): each line has its looks and a value at each time."""
    points = frame["points"]
    looks = {each["name"]: each["line"] for each in points["traces"]}
    if points["reset"]:
        chart = {n: {**chart[n], "x": [], "y": []} for n in chart if n in points["series"]}
    last = max((line["x"][-1] for line in chart.values() if line["x"]), default=-1)
    past = max((line["x"] for line in chart.values()), key=len, default=[])
    fresh = [at for at, x in enumerate(points["x"]) if x > last]
    new = {
        name: {"line": looks[name], "x": past, "y": [None] * len(past)}
        for name in points["series"]
        if name not in chart
    }
    return {
        name: {
            "line": line["line"],
            "x": [*line["x"], *(points["x"][at] for at in fresh)],
            "y": [*line["y"], *_values(points["series"].get(name), fresh)],
        }
        for name, line in {**chart, **new}.items()
    }


def _values(series: list[Any] | None, fresh: list[int]) -> list[Any]:
    return [None if series is None else series[at] for at in fresh]


@given(point_frames(), st.data())
def test_merged_points_draw_what_all_of_them_draw(frames: list[Frame], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(frames) - 1))
    chart = reduce(show_points, frames[:cut], {})
    kept = copy.deepcopy(frames)
    whole = merge_all(frames[cut:])
    assert show_points(chart, whole) == reduce(show_points, frames, {})
    assert whole["topic"] == "traffic"
    assert frames == kept


@pytest.mark.slow
@given(point_frames())
def test_no_moment_is_in_a_merged_frame_twice(frames: list[Frame]) -> None:
    x = merge_all(frames)["points"]["x"]
    assert x == sorted(set(x))


@given(point_frames())
def test_every_line_of_a_merged_frame_has_a_value_or_a_gap_at_each_moment(
    frames: list[Frame],
) -> None:
    points = merge_all(frames)["points"]
    assert all(len(ys) == len(points["x"]) for ys in points["series"].values())


# --- the others ------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(["html", "gone", "clock"]), min_size=1, max_size=5))
def test_of_whole_contents_the_newest_stays(kinds: list[str]) -> None:
    frames = [{"t": kind, "html": str(number)} for number, kind in enumerate(kinds)]
    assert merge_all(frames) == frames[-1]
