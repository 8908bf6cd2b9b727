"""The text before YAML: bytes to characters, and one text to the documents between `---` lines.

Splitting first, as kubectl does, lets every document be read on its own, so that one broken
document does not hide the problems of the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .model import Limits, ManifestError, Problem

BYTE_ORDER_MARK = "\ufeff"
_LINE_END = re.compile(r"\r\n|\n|\r")
_START = re.compile(r"---(?=[ \t]|$)")
_BARE_START = re.compile(r"---[ \t]*(?:#.*)?$")
_END = re.compile(r"\.\.\.(?=[ \t]|$)")
_NOT_CONTENT = re.compile(r"[ \t]*(?:#.*)?$|\.\.\.[ \t]*(?:#.*)?$")
# YAML 1.1, "c-printable"; a byte order mark is welcome only where a document begins.
_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """The text of one document and the line of the whole text where it begins."""

    line: int
    text: str


def decode(text: str | bytes, limits: Limits) -> str:
    """Check the size, decode UTF-8; raises `ManifestError`. A byte order mark is dropped."""
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(raw) > limits.bytes:
        message = f"the text is {len(raw)} bytes long; at most {limits.bytes} are read"
        raise ManifestError([Problem(0, 1, 1, message, "split it into several texts")])
    if isinstance(text, str):
        return text.removeprefix(BYTE_ORDER_MARK)
    try:
        return text.decode("utf-8").removeprefix(BYTE_ORDER_MARK)
    except UnicodeDecodeError as error:
        before = text[: error.start].decode("utf-8")
        lines = split_lines(before)
        message = (
            f"invalid UTF-8: byte 0x{text[error.start]:02x} at byte offset {error.start} "
            f"({error.reason})"
        )
        problem = Problem(0, len(lines), len(lines[-1]) + 1, message, "save the text as UTF-8")
        raise ManifestError([problem]) from error


def split_lines(text: str) -> list[str]:
    """Lines as an editor counts them: \\n, \\r\\n and \\r end a line, nothing else does."""
    return _LINE_END.split(text)


def line_starts(text: str) -> list[int]:
    """Offset of the first character of every line."""
    return [0, *(found.end() for found in _LINE_END.finditer(text))]


def split(text: str) -> list[Piece]:
    """The documents of a text that hold anything but blank lines and comments."""
    return [Piece(line, body) for line, body in _cut(text) if _has_content(body)]


def _cut(text: str) -> Iterator[tuple[int, str]]:
    starts = [*line_starts(text), len(text)]
    begin, directives, ended = 0, False, False
    for number in range(len(starts) - 1):
        line = text[starts[number] : starts[number + 1]].rstrip("\r\n")
        if ended or (_START.match(line) and not directives and number > begin):
            yield begin + 1, text[starts[begin] : starts[number]]
            begin, directives = number, False
        if _START.match(line):
            directives = False
        elif line.startswith("%") and _only_directives(text[starts[begin] : starts[number]]):
            directives = True
        ended = bool(_END.match(line))
    yield begin + 1, text[starts[begin] :]


def _only_directives(text: str) -> bool:
    return all(line.startswith("%") or _NOT_CONTENT.match(line) for line in split_lines(text))


def _has_content(text: str) -> bool:
    lines = split_lines(text.removeprefix(BYTE_ORDER_MARK))
    return not all(_NOT_CONTENT.match(line) or _BARE_START.match(line) for line in lines)


def without_marker(piece: Piece) -> Piece:
    """The piece without a `---` line of its own and without a byte order mark at its start."""
    first, *others = split_lines(piece.text)
    if _BARE_START.match(first) and others:
        rest = piece.text[line_starts(piece.text)[1] :]
        return Piece(piece.line + 1, rest.removeprefix(BYTE_ORDER_MARK))
    return Piece(piece.line, piece.text.removeprefix(BYTE_ORDER_MARK))


def forbidden_characters(piece: Piece, index: int) -> list[Problem]:
    """One problem for every line that holds a character YAML does not allow."""
    problems = []
    for offset, line in enumerate(split_lines(piece.text)):
        found = _FORBIDDEN.search(line)
        if found:
            code = ord(found[0])
            name = "byte order mark" if found[0] == BYTE_ORDER_MARK else "control character"
            message = f"{name} U+{code:04X} is not allowed"
            hint = "delete it, or write it as an escape in a double-quoted string"
            problems.append(Problem(index, piece.line + offset, found.start() + 1, message, hint))
    return problems
