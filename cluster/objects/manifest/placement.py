"""Where the lines of a damaged manifest belong: the cheapest way to fit them into its kind.

Each line is fitted under the fields still open above it; where it does not fit, a lost parent
line may be put in above it, or the line may be moved sideways. All ways are followed side by
side (a beam search), each with a cost, and the cheapest whole reading of the document wins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .outline import Line
from .shapes import ANY, MAP, SCALAR, KindShape, Shape

_BEAM = 12
_STEP = 2
_DEEPEST_CHAIN = 4
# Costs: how unlikely each assumption is, in lost lines.
_INSERTED = 1.0
_OFF_GRID = 0.6
_UNKNOWN_FIELD = 3.0
_UNKNOWN_IN_VALID_TEXT = 1.5
_REPEATED = 3.0
_WRONG_FORM = 1.5
_NOT_A_LIST = 4.0
_MOVED = 2.0
_MOVED_UNDER_EMPTY = 0.8
_LEFT_EMPTY = 1.0
_STOPPED_MOVING = 0.5
# Free keys take any line: without a price on each, a moved map would swallow the document.
_MOVED_INTO_MAP = 1.2
_EXPECTED_MISSING = 0.4
_RARE_MAP = 0.5
_BARE_ANNOTATION = 0.4
_RARE = {"nodeSelector": 1.0, "initContainers": 1.0, "imagePullSecrets": 1.0, "requests": 0.2}


@dataclass(frozen=True, slots=True)
class Edit:
    """Lines to put in above line `number` (`parents`), and spaces to add to it (`moved`)."""

    number: int
    path: str
    form: str
    parents: tuple[tuple[int, str], ...] = ()
    moved: int = 0


@dataclass(frozen=True, slots=True)
class _Frame:
    """An open container: its children's column (None: no child yet) and what may stand in it."""

    column: int | None
    opened: int
    shape: Shape
    path: str
    seen: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Placement:
    """One reading of the document so far. `oddities` is the part of the cost no edit mends."""

    frames: tuple[_Frame, ...]
    cost: float = 0.0
    oddities: float = 0.0
    edits: tuple[Edit, ...] = ()
    shift: int = 0
    floor: int = 0
    paths: frozenset[str] = frozenset()

    def charged(self, cost: float, *, odd: bool = False) -> Placement:
        oddities = self.oddities + (cost if odd else 0.0)
        return replace(self, cost=self.cost + cost, oddities=oddities)


def place(lines: list[Line], kind: KindShape, *, valid: bool) -> list[Placement]:
    """Readings of the document, cheapest first. `valid`: the text is YAML as it stands."""
    states = [Placement((_Frame(0, -1, kind.root, ""),))]
    unknown = _UNKNOWN_IN_VALID_TEXT if valid else _UNKNOWN_FIELD
    for line in lines:
        best: dict[object, Placement] = {}
        for state in states:
            for after in _placed(state, line, unknown):
                key = (after.frames, after.shift, after.edits)
                if key not in best or after.cost < best[key].cost:
                    best[key] = after
        states = sorted(best.values(), key=lambda each: each.cost)[:_BEAM]
    finished = [_finish(state, kind) for state in states]
    return sorted(finished, key=lambda each: each.cost)


def _finish(state: Placement, kind: KindShape) -> Placement:
    missing = sum(path not in state.paths for path in kind.expected)
    return state.charged(missing * _EXPECTED_MISSING)


def _placed(state: Placement, line: Line, unknown: float) -> Iterator[Placement]:
    for shift in _shifts(state, line):
        column = line.indent + shift
        if column < 0:
            continue
        continued = line.indent >= state.floor and shift == state.shift
        moved = replace(state, shift=shift, floor=line.indent if shift else 0)
        if continued:
            moved = replace(moved, floor=state.floor)
        elif shift:
            top = state.frames[-1]
            under_empty = top.column is None and column > top.opened
            moved = moved.charged(_MOVED_UNDER_EMPTY if under_empty else _MOVED)
        elif state.shift and line.indent >= state.floor:
            moved = moved.charged(_STOPPED_MOVING)
        yield from _fitted(moved, line, column, unknown)
        if continued or not shift:
            yield from _inserted(moved, line, column)


def _shifts(state: Placement, line: Line) -> set[int]:
    shifts = {0}
    if line.indent >= state.floor:
        shifts.add(state.shift)
    for frame in state.frames:
        column = frame.opened + _STEP if frame.column is None else frame.column
        shifts.add(column - line.indent)
    return shifts


def _is_open(frame: _Frame, line: Line, column: int) -> bool:
    if frame.column is not None:
        return frame.column <= column
    # "ports:" may have its dashes in its own column.
    loose = line.dash and frame.shape.form in ("list", "any")
    return frame.opened < column or (loose and frame.opened == column)


def _closed_to(
    frames: tuple[_Frame, ...], line: Line, column: int
) -> tuple[tuple[_Frame, ...], float]:
    """The frames still open at a column, and the cost of those left without any child."""
    cost = 0.0
    while len(frames) > 1 and not _is_open(frames[-1], line, column):
        cost += _LEFT_EMPTY if frames[-1].column is None and frames[-1].shape.form != "any" else 0.0
        frames = frames[:-1]
    # A list whose dashes share the parent's column ends where a key stands in that column.
    if (
        len(frames) > 1
        and not line.dash
        and frames[-1].shape.form == "list"
        and frames[-1].column == column
    ):
        frames = frames[:-1]
    return frames, cost


def _fitted(state: Placement, line: Line, column: int, unknown: float) -> Iterator[Placement]:
    frames, cost = _closed_to(state.frames, line, column)
    top = frames[-1]
    if top.column is None:
        top = replace(top, column=column)
    if top.column != column:
        if top.shape.form == "any":
            yield replace(state, frames=frames).charged(cost)
        return
    state = replace(state, frames=(*frames[:-1], top)).charged(cost)
    if state.shift:
        edit = Edit(line.number, top.path, top.shape.form, moved=state.shift)
        state = replace(state, edits=(*state.edits, edit))
        state = state.charged(_MOVED_INTO_MAP if top.shape.form == "map" else 0.0)
    yield _entered(state, line, column, unknown)


def _entered(state: Placement, line: Line, column: int, unknown: float) -> Placement:
    """Put the line into the innermost frame, at that frame's column."""
    top = state.frames[-1]
    if top.shape.form == "any":
        return state
    if line.dash:
        if top.shape.form != "list":
            return state.charged(_NOT_A_LIST, odd=True)
        item = top.shape.item or ANY
        if line.key is None or item.form == "scalar":
            odd = item.form != "scalar"
            return state.charged(_WRONG_FORM, odd=True) if odd else state
        offset = line.column - line.indent
        frame = _Frame(column + offset, column, item, f"{top.path}[]")
        state = replace(state, frames=(*state.frames, frame))
        return _keyed(state, line, column + offset, unknown)
    if line.key is None or top.shape.form == "list":
        return state.charged(_NOT_A_LIST, odd=True)
    return _keyed(state, line, column, unknown)


def _keyed(state: Placement, line: Line, column: int, unknown: float) -> Placement:
    top, key = state.frames[-1], line.key or ""
    path = f"{top.path}.{key}" if top.path else key
    shape = top.shape.fields.get(key) if top.shape.form == "object" else None
    if key in top.seen:
        state = state.charged(_REPEATED, odd=True)
    if top.shape.form == "map":
        shape = SCALAR
        if top.path.endswith("annotations") and "/" not in key:
            state = state.charged(_BARE_ANNOTATION)
    elif shape is None:
        state = state.charged(unknown, odd=True)
        shape = ANY
    if line.opens and shape is SCALAR:
        state = state.charged(_WRONG_FORM, odd=True)
        shape = ANY
    elif not line.opens and shape.is_container and line.value[:1] not in ("{", "[", "&", "*"):
        state = state.charged(_WRONG_FORM, odd=True)
    frames = (*state.frames[:-1], replace(top, seen=top.seen | {key}))
    if line.opens:
        frames = (*frames, _Frame(None, column, shape, path))
    return replace(state, frames=frames, paths=state.paths | {path})


def _inserted(state: Placement, line: Line, column: int) -> Iterator[Placement]:
    """Put lost parents of the line in, under any frame that can still take them."""
    for depth in range(len(state.frames), 0, -1):
        frames = state.frames[:depth]
        top = frames[-1]
        start = top.opened + _STEP if top.column is None else top.column
        if top.shape.form != "object" or start > column or (start == column and not line.dash):
            continue
        left = sum(
            frame.column is None and frame.shape.form != "any" for frame in state.frames[depth:]
        )
        base = replace(state, frames=(*frames[:-1], replace(top, column=start)))
        for chain in _chains(top.shape, top.seen, line, ()):
            yield from _chained(base.charged(left * _LEFT_EMPTY), line, start, column, chain)


def _chains(
    shape: Shape, seen: frozenset[str], line: Line, above: tuple[tuple[str, Shape], ...]
) -> Iterator[tuple[tuple[str, Shape], ...]]:
    """Fields nested in a shape, the last of which can hold the line."""
    for name, child in shape.fields.items():
        if name in seen or not child.is_container:
            continue
        chain = (*above, (name, child))
        if _accepts(child, line):
            yield chain
        if child.form == "object" and len(chain) < _DEEPEST_CHAIN:
            yield from _chains(child, frozenset(), line, chain)


def _accepts(shape: Shape, line: Line) -> bool:
    if line.dash:
        if shape.form != "list" or shape.item is None:
            return False
        if line.key is None:
            return shape.item.form == "scalar"
        return line.key in shape.item.fields
    if line.key is None:
        return False
    if shape.form == "map":
        return not line.opens
    return line.key in shape.fields


def _chained(
    state: Placement, line: Line, start: int, column: int, chain: tuple[tuple[str, Shape], ...]
) -> Iterator[Placement]:
    room, count = column - start, len(chain)
    # The last parent of a list may stand in the dash's own column or one step before it.
    expected = {room / _STEP, room / _STEP + 1} if line.dash else {room / _STEP}
    same_column = line.dash and count > room / _STEP
    if count - same_column > room:
        return
    cost = count * _INSERTED + _OFF_GRID * min(abs(count - each) for each in expected)
    cost += sum(_RARE.get(name, 0.0) for name, _ in chain)
    cost += _map_cost(chain[-1], line)
    stride = room / (count - same_column) if count > same_column else 0.0
    frames, parents, path = list(state.frames), [], state.frames[-1].path
    for position, (name, shape) in enumerate(chain):
        at = start + int(position * stride)
        frames[-1] = replace(frames[-1], seen=frames[-1].seen | {name}, column=at)
        path = f"{path}.{name}" if path else name
        frames.append(_Frame(None, at, shape, path))
        parents.append((at, name))
    frames[-1] = replace(frames[-1], column=column)
    edit = Edit(line.number, path, chain[-1][1].form, tuple(parents), state.shift)
    new_paths = state.paths | {frame.path for frame in frames}
    state = replace(
        state, frames=tuple(frames), edits=(*state.edits, edit), paths=new_paths
    ).charged(cost)
    yield _entered(state, line, column, _UNKNOWN_FIELD)


def _map_cost(last: tuple[str, Shape], line: Line) -> float:
    """Annotations have keys with a prefix (`haproxy.router.openshift.io/...`); labels rarely."""
    name, shape = last
    if shape is not MAP:
        return 0.0
    prefixed = "/" in (line.key or "")
    return _RARE_MAP if prefixed != (name == "annotations") else 0.0
