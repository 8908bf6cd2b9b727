"""Where each field of a document stands: field paths, as Kubernetes prints them, to lines.

Paths are kept as a tree and spelled out on demand: a deep document with long keys would
otherwise need far more memory for the paths than for the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_PLAIN_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*")
_DELIMITER = re.compile(r"[.\[]")


@dataclass(frozen=True, slots=True)
class Position:
    """1-based line and column of a field's key and of its value (a list item's key is itself)."""

    key_line: int
    key_column: int
    line: int
    column: int


@dataclass(slots=True)
class Spot:
    """One node of the tree; `start` and `end` are offsets into the text of its document."""

    position: Position
    start: int
    end: int
    children: dict[str | int, Spot] = field(default_factory=dict)


def join_path(parent: str, step: str | int) -> str:
    """Append a key or an index: `spec.ports[0]`, `metadata.labels[app.kubernetes.io/name]`."""
    if isinstance(step, int):
        return f"{parent}[{step}]"
    if _PLAIN_KEY.fullmatch(step):
        return f"{parent}.{step}" if parent else step
    return f"{parent}[{step}]"


class Positions(Mapping[str, Position]):
    """Field path to `Position`; the empty path is the document itself.

    A key that holds dots is found in either spelling, `metadata.labels[a.b/c]` (as Kubernetes
    prints it) and `metadata.labels.a.b/c`.
    """

    def __init__(self, root: Spot) -> None:
        self._root = root

    def __getitem__(self, path: str) -> Position:
        spot, rest = _walk(self._root, path)
        if rest:
            raise KeyError(path)
        return spot.position

    def __iter__(self) -> Iterator[str]:
        pending = [("", self._root)]
        while pending:
            path, spot = pending.pop()
            yield path
            children = [(join_path(path, step), child) for step, child in spot.children.items()]
            pending.extend(reversed(children))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def nearest(self, path: str) -> Position:
        """The position of `path`, or of its nearest parent that exists in the text."""
        return _walk(self._root, path)[0].position

    def line_of(self, path: str) -> int:
        """The line of the key of `path`, or of its nearest parent that exists in the text."""
        return self.nearest(path).key_line


def _walk(root: Spot, path: str) -> tuple[Spot, str]:
    """Go down as far as the path exists; returns the last spot and the part not found."""
    spot, rest = root, path
    while rest:
        step = _bracket_step(spot, rest) if rest.startswith("[") else _dotted_step(spot, rest)
        if step is None:
            break
        spot, rest = step
    return spot, rest


def _bracket_step(spot: Spot, rest: str) -> tuple[Spot, str] | None:
    close = rest.find("]")
    while close != -1:
        inside = rest[1:close]
        # A sequence's children are numbered; eighteen digits are beyond any list here.
        is_index = inside.isascii() and inside.isdigit() and len(inside) < 18
        for step in (int(inside) if is_index else None, inside, inside.strip("\"'")):
            if step is not None and step in spot.children:
                return spot.children[step], rest[close + 1 :]
        close = rest.find("]", close + 1)
    return None


def _dotted_step(spot: Spot, rest: str) -> tuple[Spot, str] | None:
    name = rest.removeprefix(".")
    for found in _DELIMITER.finditer(name):
        key = name[: found.start()]
        if key in spot.children:
            return spot.children[key], name[found.start() :]
    return (spot.children[name], "") if name in spot.children else None
