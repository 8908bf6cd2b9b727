"""Plain data to YAML the way `oc get -o yaml` writes it, and the difference of two such texts."""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from .scalars import NotFiniteError, resolve
from .stream import split_lines

# What other YAML 1.1 readers take for a date, a base-60 number or a merge or value key.
_READ_ELSEWHERE = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}(?:$|[Tt ].*)|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
    r"|[-+]?[0-9._][0-9._eE+-]*|[-+]?0[xXbBoO][0-9a-fA-F_]+|<<|="
)
_NEVER_PLAIN = re.compile(
    r"^[-?:](?:\s|$)|^[,\[\]{}#&*!|>'\"%@`?:]|^(?:---|\.\.\.)|: |:$| #|^\s|\s$"
)
_ONE_LINE = re.compile(
    "[\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*"
)
# libyaml reads a key only when it ends within 1024 characters of its beginning.
_LONGEST_SIMPLE_KEY = 1000


def to_yaml(value: dict[str, Any]) -> str:
    """Write JSON-like data as block YAML, keys in the order given.

    Raises `ValueError` for what JSON cannot hold (NaN, infinities, keys that are no strings).
    """
    return "\n".join(_mapping_lines(value)) + "\n" if value else "{}\n"


def _mapping_lines(value: dict[str, Any]) -> Iterator[str]:
    for key, item in value.items():
        if not isinstance(key, str):
            raise ValueError(f"a key must be a string: {key!r}")
        written = _inline(key)
        if len(written) > _LONGEST_SIMPLE_KEY:
            yield f"? {written}"
            written = ""
        if isinstance(item, dict) and item:
            yield f"{written}:"
            yield from _indented(_mapping_lines(item))
        elif isinstance(item, list) and item:
            yield f"{written}:"
            lines = _sequence_lines(item)
            yield from lines if written else _indented(lines)
        else:
            yield from _scalar_lines(f"{written}: ", item)


def _sequence_lines(items: list[Any]) -> Iterator[str]:
    for item in items:
        if isinstance(item, dict) and item:
            lines = _mapping_lines(item)
        elif isinstance(item, list) and item:
            lines = _sequence_lines(item)
        else:
            yield from _scalar_lines("- ", item)
            continue
        yield "- " + next(lines)
        yield from _indented(lines)


def _indented(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield f"  {line}" if line else line


def _scalar_lines(prefix: str, value: object) -> Iterator[str]:
    if isinstance(value, str) and _fits_literal(value):
        body = value.rstrip("\n")
        trailing = len(value) - len(body)
        keep = {0: "-", 1: ""}.get(trailing, "+")
        indicator = "2" if body[0] in " \n" else ""
        yield f"{prefix}|{indicator}{keep}"
        yield from _indented(iter(body.split("\n") + [""] * (trailing - 1)))
    else:
        yield prefix + _inline(value)


def _fits_literal(text: str) -> bool:
    """Whether a block scalar `|` brings the text back: more lines than one, no odd characters."""
    lines = text.split("\n")
    return (
        len(lines) > 1
        and bool(text.strip("\n"))
        # libyaml takes a tab where the text begins for indentation.
        and not text.startswith("\t")
        and all(_ONE_LINE.fullmatch(line.replace("\t", " ")) for line in lines)
        and all(line == "" or line.strip(" \t") for line in lines)
    )


def _inline(value: object) -> str:
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"JSON cannot hold {value!r}")
    if value is None or isinstance(value, bool | int | float | dict | list):
        return json.dumps(value)
    raise ValueError(f"not plain data: {value!r}")


def _string(text: str) -> str:
    if not _ONE_LINE.fullmatch(text):
        return _double_quoted(text)
    if _reads_otherwise(text):
        return f'"{text}"'
    if _NEVER_PLAIN.search(text):
        return "'" + text.replace("'", "''") + "'"
    return text


def _reads_otherwise(text: str) -> bool:
    try:
        return resolve(text) != text or bool(_READ_ELSEWHERE.fullmatch(text))
    except NotFiniteError:
        return True


def _double_quoted(text: str) -> str:
    escaped = json.dumps(text, ensure_ascii=False)
    return "".join(char if _ONE_LINE.fullmatch(char) else _escape(ord(char)) for char in escaped)


def _escape(code: int) -> str:
    if 0xD800 <= code <= 0xDFFF:
        raise ValueError("half of a surrogate pair is not a character")
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a difference; the line numbers are 1-based, None where it does not exist."""

    kind: Literal[" ", "+", "-"]
    text: str
    old_line: int | None
    new_line: int | None


def unified_diff(old: str, new: str) -> list[DiffLine]:
    """Every line of both texts, in order: unchanged, removed before added.

    Whole texts, not hunks: the page decides how much of the unchanged lines it shows.
    """
    before, after = _lines(old), _lines(new)
    result: list[DiffLine] = []
    # The exact match is quadratic in repeated lines; beyond a few thousand lines it costs seconds.
    large = len(before) + len(after) > 4000
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=large)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            result += [
                DiffLine(" ", before[i], i + 1, j + 1)
                for i, j in zip(range(i1, i2), range(j1, j2), strict=True)
            ]
            continue
        result += [DiffLine("-", before[i], i + 1, None) for i in range(i1, i2)]
        result += [DiffLine("+", after[j], None, j + 1) for j in range(j1, j2)]
    return result


def _lines(text: str) -> list[str]:
    lines = split_lines(text)
    return lines[:-1] if lines[-1] == "" else lines
