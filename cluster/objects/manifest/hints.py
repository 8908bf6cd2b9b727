"""Advice on manifests that lost lines or indentation on their way through a web page or a slide.

Course notes and chat messages often drop the lines that hold a key alone (`metadata:`, `spec:`,
`ports:`), so that what stood below them hangs under nothing. Such damage is recognised by the
layout of the kind, and mended (`repair`) where only one reading makes sense.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .model import DEFAULT_LIMITS, Problem
from .outline import Line, NotALayoutError, outline
from .placement import Edit, Placement, place
from .reader import Budget, read
from .shapes import ANY, KINDS, KNOWN_FIELDS, METADATA, KindShape, Shape
from .stream import Piece, forbidden_characters, split, split_lines, without_marker
from .typing_slips import Slip, find_slip

_KIND = re.compile(r"^\s*kind\s*[:\s]\s*[\"']?([A-Za-z]+)", re.MULTILINE)
_OTHER_KIND = KindShape(
    Shape("object", {"apiVersion": ANY, "kind": ANY, "metadata": METADATA, "spec": ANY}),
    ("metadata.name",),
)
# Reasoning takes time per line; hand-written manifests of these kinds are shorter.
_LONGEST = 200
# And per text: past so many lines its other documents get no advice.
LINES_ADVISED_ON = 300
# How much better, in lost lines, the best reading must be than the next to count as certain.
_MARGIN = 0.3


@dataclass(slots=True)
class _Diagnosis:
    """What was found in one document: slips within lines, then the best placement of the lines."""

    lines: list[str]
    slips: dict[int, Slip] = field(default_factory=dict)
    best: Placement | None = None
    rivals: list[Placement] = field(default_factory=list)
    kind: KindShape = _OTHER_KIND


def hints(text: str) -> tuple[Problem, ...]:
    """What seems to be damaged in a text, by line; empty for one that looks as it should.

    `str(hint)` reads `line 3: "name" is ...; add the line "metadata:" above it`.
    """
    found: list[Problem] = []
    for index, piece in enumerate(split(text)):
        if piece.line > LINES_ADVISED_ON:
            break
        piece = without_marker(piece)
        if forbidden_characters(piece, index):
            continue
        for hint in _describe(_diagnose(piece.text)):
            line = hint.line + piece.line - 1
            found.append(Problem(index, line, hint.column, hint.message, hint.hint))
    return tuple(found)


def repair(text: str) -> str | None:
    """The text with the damage mended, or None when there is none or the mending is a guess."""
    pieces = split(text)
    if not pieces or text.count("\n") > LINES_ADVISED_ON:
        return None
    mended, changed = [], False
    for piece in map(without_marker, pieces):
        if forbidden_characters(piece, 0):
            return None
        diagnosis = _diagnose(piece.text)
        damaged = bool(_describe(diagnosis))
        if damaged and not _is_certain(diagnosis):
            return None
        repaired = _apply(diagnosis, diagnosis.best) if damaged else piece.text.strip("\r\n") + "\n"
        if not _is_whole(repaired, diagnosis.kind if damaged else None):
            return None
        changed = changed or damaged
        mended.append(repaired)
    return "---\n".join(mended) if changed else None


def _diagnose(text: str) -> _Diagnosis:
    diagnosis = _Diagnosis([line.rstrip() for line in split_lines(text)])
    named = _KIND.search(text)
    kind_name = named[1] if named else ""
    diagnosis.kind = KINDS.get(kind_name, _OTHER_KIND)
    if len(diagnosis.lines) > _LONGEST or text.lstrip()[:1] in ("{", "["):
        return diagnosis
    known = KNOWN_FIELDS.get(kind_name, {"metadata": True, "annotations": True, "name": False})
    valid = isinstance(_value(text), dict)
    try:
        kept = {line.number for line in outline(_without_tabs(diagnosis.lines))}
        for number in sorted(kept):
            slip = find_slip(number, diagnosis.lines[number - 1], known)
            if slip is not None:
                diagnosis.slips[number] = slip
        lines = _outline_of_mended(diagnosis)
    except NotALayoutError:
        return diagnosis
    placements = place(lines, diagnosis.kind, valid=valid and not diagnosis.slips)
    best = placements[0]
    if valid and not diagnosis.slips and not best.edits:
        return diagnosis
    diagnosis.best = best
    diagnosis.rivals = [each for each in placements[1:] if each.cost - best.cost < _MARGIN]
    return diagnosis


def _is_certain(diagnosis: _Diagnosis) -> bool:
    """Whether all likely readings of the damaged text come to the same object."""
    best = diagnosis.best
    if best is None or best.oddities or not all(s.certain for s in diagnosis.slips.values()):
        return False
    meant = _value(_apply(diagnosis, best))
    return all(_value(_apply(diagnosis, rival)) == meant for rival in diagnosis.rivals)


def _value(text: str) -> object:
    """The data of one document, or None when it cannot be read."""
    reading = read(Piece(1, text), 0, Budget(DEFAULT_LIMITS))
    return None if reading.problems else reading.value


def _without_tabs(lines: list[str]) -> list[str]:
    return [line.replace("\t", "  ") for line in lines]


def _outline_of_mended(diagnosis: _Diagnosis) -> list[Line]:
    """The outline of the mended lines, still numbered as in the text."""
    texts: list[str] = []
    numbers: list[int] = []
    for number, text in enumerate(diagnosis.lines, 1):
        mended = diagnosis.slips[number].mended if number in diagnosis.slips else [text]
        texts.extend(mended)
        numbers.extend([number] * len(mended))
    return [
        Line(numbers[line.number - 1], line.indent, line.dash, line.column, line.key, line.value)
        for line in outline(texts)
    ]


# Words for what was found


def _describe(diagnosis: _Diagnosis) -> list[Problem]:
    found = [slip.problem for slip in diagnosis.slips.values()]
    if diagnosis.best is not None:
        texts = {line.number: line for line in reversed(_outline_of_mended(diagnosis))}
        previous = 0
        for edit in diagnosis.best.edits:
            # The lines below a moved one move with it; one hint says so.
            follows = not edit.parents and edit.moved == previous
            # What a tab stood for is part of the tab's own hint.
            follows = follows or (not edit.parents and _is_tab(diagnosis, edit.number))
            previous = edit.moved
            if not follows:
                found.append(_worded(edit, texts[edit.number]))
    return sorted(found, key=lambda problem: problem.line)


def _is_tab(diagnosis: _Diagnosis, number: int) -> bool:
    return diagnosis.lines[number - 1].lstrip(" ").startswith("\t")


def _worded(edit: Edit, line: Line) -> Problem:
    if not edit.parents:
        return _moved(edit, line)
    names = [f'"{name}:"' for _, name in edit.parents]
    wanted = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    noun = "line" if len(names) == 1 else "lines"
    if edit.form == "list":
        message = f'this list looks like "{edit.path}", but nothing above it says so'
        hint = f"add {wanted} above it"
    elif edit.form == "map":
        message = f'"{_written(line)}" looks like an entry of "{edit.path}"'
        hint = f"add the {noun} {wanted} above it"
    else:
        message = f'"{line.key}" is indented as if it belonged under "{edit.parents[-1][1]}:"'
        hint = f"add the {noun} {wanted} above it"
    return Problem(0, line.number, line.column + 1, message, hint)


def _moved(edit: Edit, line: Line) -> Problem:
    spaces = f"{abs(edit.moved)} space" + ("" if abs(edit.moved) == 1 else "s")
    where = f'under "{edit.path}"' if edit.path else "at the top level"
    message = f'"{line.key or line.value}" belongs {where}, but its indentation is wrong'
    hint = f"indent it by {spaces} more" if edit.moved > 0 else f"indent it by {spaces} less"
    return Problem(0, line.number, line.column + 1, message, hint)


def _written(line: Line) -> str:
    return f"{line.key}: {line.value}" if line.value else f"{line.key}:"


# Mending


def _apply(diagnosis: _Diagnosis, placement: Placement | None) -> str:
    edits = {edit.number: edit for edit in placement.edits} if placement else {}
    result: list[str] = []
    for number, text in enumerate(diagnosis.lines, 1):
        edit = edits.get(number)
        if edit is not None:
            result.extend(f"{' ' * column}{name}:" for column, name in edit.parents)
        for mended in diagnosis.slips[number].mended if number in diagnosis.slips else [text]:
            result.append(_shifted(mended, edit.moved if edit else 0))
    return "\n".join(result).strip("\n") + "\n"


def _shifted(text: str, spaces: int) -> str:
    if spaces >= 0:
        return " " * spaces + text if text else text
    return text[-spaces:]


def _is_whole(text: str, kind: KindShape | None) -> bool:
    """Whether a mended text is YAML with all the fields its kind cannot do without."""
    value = _value(text)
    if not isinstance(value, dict):
        return False
    if kind is None:
        return True
    wanted = ("apiVersion", "kind", *kind.expected)
    return all(_has(value, path.split(".")) for path in wanted)


def _has(value: object, path: list[str]) -> bool:
    for name in path:
        if not isinstance(value, dict) or value.get(name) in (None, "", [], {}):
            return False
        value = value[name]
    return True
