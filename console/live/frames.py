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
    size, more = len(old["x"]), len(new["x"])
    names = dict.fromkeys([*old["series"], *new["series"]])
    series = {
        name: [
            *old["series"].get(name, [None] * size),
            *new["series"].get(name, [None] * more),
        ]
        for name in names
    }
    return {**old, **new, "x": [*old["x"], *new["x"]], "series": series, "reset": old.get("reset")}


def row_changes(frame: dict[str, Any], last: dict[str, str] | None) -> dict[str, Any] | None:
    """The rows frame with only those rows that differ from the last one; None: nothing changed."""
    if last is None:
        return frame
    changed = {name: html for name, html in frame["rows"].items() if last.get(name) != html}
    if not changed and list(last) == frame["order"]:
        return None
    return {**frame, "rows": changed}
