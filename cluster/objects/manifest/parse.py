"""A text of manifests to documents: what Import YAML, `oc create -f` and the YAML tab read.

Every document of the text is read, a List is taken apart into its items, and when anything is
wrong, all of it is reported at once, each problem with its line.
"""

from __future__ import annotations

import textwrap
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Any

from .hints import LINES_ADVISED_ON, hints
from .model import DEFAULT_LIMITS, Document, Limits, ManifestError, Problem
from .positions import Positions, Spot
from .reader import Budget, Reading, describe, read
from .render import to_yaml
from .stream import Piece, decode, forbidden_characters, line_starts, split, without_marker
from .structure import is_list

NO_CONTENT = "No YAML content found."
MOST_REPORTED = 200


def parse(text: str | bytes, *, limits: Limits = DEFAULT_LIMITS) -> list[Document]:
    """Read all documents of a YAML or JSON text.

    Raises `ManifestError` with every problem of every document; nothing is returned then.
    """
    pieces = split(decode(text, limits))
    if not pieces:
        raise ManifestError([Problem(0, 1, 1, NO_CONTENT)])
    if len(pieces) > limits.documents:
        extra = pieces[limits.documents]
        message = f"the text holds {len(pieces)} documents; at most {limits.documents} are read"
        raise ManifestError([Problem(limits.documents, extra.line, 1, message)])
    budget = Budget(limits)
    documents: list[Document] = []
    problems: list[Problem] = []
    patience = LINES_ADVISED_ON
    for index, piece in enumerate(pieces):
        found, wrong = _read_piece(piece, index, len(documents), budget)
        documents.extend(found)
        if wrong and patience > 0:
            patience -= piece.text.count("\n")
            wrong = _with_hints(wrong, without_marker(piece), index)
        problems.extend(wrong)
    if problems:
        raise ManifestError(_in_order(problems))
    if not documents:
        raise ManifestError([Problem(0, 1, 1, NO_CONTENT)])
    return documents


def _in_order(problems: list[Problem]) -> list[Problem]:
    """By line; past `MOST_REPORTED`, one last problem counts those left out."""
    ordered = sorted(problems, key=lambda problem: (problem.line, problem.column))
    left_out = ordered[MOST_REPORTED:]
    if left_out:
        first = left_out[0]
        message = f"{len(left_out)} more problems from this line on"
        summary = Problem(first.document_index, first.line, first.column, message)
        return [*ordered[:MOST_REPORTED], summary]
    return ordered


def _read_piece(
    piece: Piece, index: int, first: int, budget: Budget
) -> tuple[list[Document], list[Problem]]:
    piece = without_marker(piece)
    problems = forbidden_characters(piece, index)
    if problems:
        return [], problems
    reading = read(piece, index, budget)
    if reading.problems:
        return [], reading.problems
    if reading.root is None or reading.value is None:
        return [], []
    if not isinstance(reading.value, dict):
        return [], [_not_an_object(reading, index)]
    return _documents(_Source(piece, reading, line_starts(piece.text)), first, index)


def _not_an_object(reading: Reading, index: int) -> Problem:
    assert reading.root is not None
    at = reading.root.position
    message = f"a manifest must be a mapping of fields, not {describe(reading.value)}"
    return Problem(index, at.line, at.column, message, 'it begins like "apiVersion: v1"')


def _with_hints(problems: list[Problem], piece: Piece, index: int) -> list[Problem]:
    """Put the hints for damaged manifests beside the problems, or among them as their own."""
    advice = [
        Problem(index, hint.line + piece.line - 1, hint.column, hint.message, hint.hint)
        for hint in hints(piece.text)
    ]
    merged = []
    told = {(problem.line, problem.message) for problem in problems}
    advice = [hint for hint in advice if (hint.line, hint.message) not in told]
    for problem in problems:
        near = next((hint for hint in advice if hint.line == problem.line), None)
        if near and problem.hint is None:
            advice.remove(near)
            text = f"{near.message}; {near.hint}"
            problem = Problem(index, problem.line, problem.column, problem.message, text)
        merged.append(problem)
    return merged + advice


@dataclass(frozen=True, slots=True)
class _Source:
    """One piece of text, where its lines start, and what was read from it."""

    piece: Piece
    reading: Reading
    starts: list[int]

    def slice_of(self, spot: Spot, value: dict[str, Any]) -> str:
        """The text of one item of a List, fit to be read on its own."""
        if self.reading.aliased:
            return to_yaml(value)
        row_start = self.starts[bisect_right(self.starts, spot.start) - 1]
        indent = " " * (spot.start - row_start)
        text = indent + self.piece.text[spot.start : spot.end]
        return textwrap.dedent(text).rstrip() + "\n"

    def warnings_in(self, spot: Spot) -> tuple[Problem, ...]:
        """The warnings on the lines of one item; the reader notes them in order of lines."""
        last = bisect_right(self.starts, max(spot.start, spot.end - 1))
        warnings = self.reading.warnings
        low = bisect_left(warnings, spot.position.line, key=_line_of)
        high = bisect_right(warnings, self.piece.line + last - 1, key=_line_of)
        return tuple(warnings[low:high])


def _line_of(problem: Problem) -> int:
    return problem.line


def _documents(source: _Source, first: int, index: int) -> tuple[list[Document], list[Problem]]:
    root, value = source.reading.root, source.reading.value
    assert root is not None
    items = value.get("items")
    if not (is_list(value) and isinstance(items, list) and items):
        warnings = tuple(source.reading.warnings)
        line, text = source.piece.line, source.piece.text
        document = Document(first, value, root.position.line, text, line, Positions(root), warnings)
        return [document], []
    return _items(source, first, index)


def _items(source: _Source, first: int, index: int) -> tuple[list[Document], list[Problem]]:
    assert source.reading.root is not None
    spots = source.reading.root.children["items"].children
    list_spot = source.reading.root.children["items"]
    documents: list[Document] = []
    problems: list[Problem] = []
    items = source.reading.value["items"]
    for number, item in enumerate(items):
        # Items that came in through an alias or a merge have no place of their own.
        spot = spots.get(number, list_spot)
        line, column = spot.position.line, spot.position.column
        if not isinstance(item, dict):
            message = f"items[{number}] must be a mapping of fields, not {describe(item)}"
            problems.append(Problem(index, line, column, message))
            continue
        text = source.slice_of(spot, item)
        warnings = source.warnings_in(spot)
        position = len(documents) + first
        documents.append(Document(position, item, line, text, line, Positions(spot), warnings))
    return documents, problems
