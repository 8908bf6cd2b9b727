"""What reading a manifest yields: documents with positions, or problems with lines.

A problem, a warning and a hint are one type (`Problem`): what is wrong, where, and what to do
about it. Lines and columns are 1-based and count from the start of the whole text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .positions import Positions

JSONScalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a text may ask of the reader: bytes, nesting, aliases, documents and nodes.

    `nodes` counts keys and values of the whole text with aliases expanded, so it also bounds
    what a few nested aliases can grow into ("billion laughs").
    """

    bytes: int = 1 << 20
    depth: int = 64
    aliases: int = 1000
    documents: int = 500
    nodes: int = 200_000


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a text, and what to do about it (`hint`) when that is known."""

    document_index: int
    line: int
    column: int
    message: str
    hint: str | None = None

    def __str__(self) -> str:
        advice = f"; {self.hint}" if self.hint else ""
        return f"line {self.line}: {self.message}{advice}"


class ManifestError(ValueError):
    """The text cannot be read; `problems` holds every problem found, in order of lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Document:
    """One object of a manifest, as plain JSON-like data, and where each field of it stands.

    `line` is the line where the object begins; `source` is its own text (comments kept, an item
    of a List on its own), which begins at `source_line`.
    """

    index: int
    value: dict[str, Any]
    line: int
    source: str
    source_line: int
    positions: Positions
    warnings: tuple[Problem, ...] = ()

    def line_of(self, path: str) -> int:
        """The line of a field such as `spec.ports[0].targetPort`, or of its nearest parent."""
        return self.positions.line_of(path)
