"""Frames on their way to a browser: what is sent of them, and how two that wait become one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(slots=True)
class Outgoing:
    """A frame for one topic; encoded once however many browsers get it."""

    data: dict[str, Any]
    _text: str = field(default="", init=False)

    @property
    def text(self) -> str:
        """The JSON text."""
        if not self._text:
            self._text = orjson.dumps(self.data, option=orjson.OPT_SERIALIZE_NUMPY).decode()
        return self._text


def merged(waiting: Outgoing, newer: Outgoing) -> Outgoing:
    """One frame that has the effect of both. A slow browser loses no row and no point."""
    old, new = waiting.data, newer.data
    if old["t"] != new["t"]:
        return newer
    if new["t"] == "rows":
        rows = {**old["rows"], **new["rows"]}
        kept = {name: rows[name] for name in new["order"] if name in rows}
        return Outgoing({**new, "rows": kept})
    if new["t"] == "series":
        return Outgoing({**new, "points": _joined(old["points"], new["points"])})
    return newer


def _joined(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    if "react" in new or new.get("reset") or "react" in old:
        return new
    # Who comes late is sent everything, and then what is new for the others: the two may overlap.
    seen = sum(1 for x in new["x"] if old["x"] and x <= old["x"][-1])
    later = new["x"][seen:]
    names = dict.fromkeys([*old["series"], *new["series"]])
    series = {
        name: [
            *old["series"].get(name, [None] * len(old["x"])),
            *new["series"].get(name, [None] * len(new["x"]))[seen:],
        ]
        for name in names
    }
    # A line keeps the looks in which it was first seen.
    looks = {each["name"]: each for each in [*new.get("traces", ()), *old.get("traces", ())]}
    return {
        **new,
        "x": [*old["x"], *later],
        "series": series,
        "traces": list(looks.values()),
        "reset": old.get("reset", False),
    }


def row_changes(frame: dict[str, Any], last: dict[str, Any] | None) -> dict[str, Any] | None:
    """The rows frame with only those rows that differ from the last one; None: nothing changed."""
    if last is None:
        return frame
    if frame == last:
        return None
    held = last["rows"]
    changed = {name: html for name, html in frame["rows"].items() if held.get(name) != html}
    return {**frame, "rows": changed}
