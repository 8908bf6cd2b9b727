"""Differences of two texts as `diff -u` prints them: changed lines with a few lines around."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cluster.objects.manifest import DiffLine

_CSS = {"+": "sl-diff__add", "-": "sl-diff__del"}


@dataclass(frozen=True, slots=True)
class Row:
    """One printed line and its CSS class ("" for context)."""

    text: str
    css: str


def rows(lines: Sequence[DiffLine], context: int = 3) -> list[Row]:
    """The printed lines, an `@@ -1,7 +1,7 @@` line before each run of them."""
    printed: list[Row] = []
    for start, end in _runs(lines, context):
        run = lines[start:end]
        printed.append(Row(_heading(run, lines[:start]), "sl-diff__hunk"))
        printed += [Row(f"{each.kind}{each.text}", _CSS.get(each.kind, "")) for each in run]
    return printed


def _runs(lines: Sequence[DiffLine], context: int) -> Iterator[tuple[int, int]]:
    """Stretches around changes; those that touch are one."""
    start = end = -1
    for at, line in enumerate(lines):
        if line.kind == " ":
            continue
        if start >= 0 and at - context > end:
            yield start, end
            start = -1
        if start < 0:
            start = max(0, at - context)
        end = min(len(lines), at + context + 1)
    if start >= 0:
        yield start, end


def _heading(run: Sequence[DiffLine], before: Sequence[DiffLine]) -> str:
    sides = []
    for sign, other in (("-", "+"), ("+", "-")):
        held = sum(1 for each in run if each.kind != other)
        first = sum(1 for each in before if each.kind != other) + (1 if held else 0)
        sides.append(f"{sign}{first},{held}")
    return f"@@ {' '.join(sides)} @@"
