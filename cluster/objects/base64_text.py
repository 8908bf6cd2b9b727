"""Base64 as Go reads it (`encoding/base64: StdEncoding`): where a text stops being legal."""

from __future__ import annotations

import string
from typing import Final

_ALPHABET: Final = frozenset(string.ascii_letters + string.digits + "+/")
_LINE_ENDS: Final = "\r\n"


def illegal_byte(text: str) -> int | None:
    """The place that Go's `CorruptInputError` names, in bytes; None for legal base64."""
    source = text.encode("utf-8", "surrogatepass").decode("latin-1")
    at, end = 0, len(source)
    while True:
        at = _without_line_ends(source, at)
        if at == end:
            return None
        taken = 0
        while taken < 4:
            at = _without_line_ends(source, at)
            if at == end:
                return at - taken
            sign = source[at]
            at += 1
            if sign == "=":
                return _after_padding(source, at, taken)
            if sign not in _ALPHABET:
                return at - 1
            taken += 1


def _after_padding(source: str, at: int, taken: int) -> int | None:
    """The end of a text whose last group has `taken` signs; `at` is behind the first `=`."""
    if taken < 2:
        return at - 1
    if taken == 2:
        at = _without_line_ends(source, at)
        if at == len(source):
            return at
        if source[at] != "=":
            return at - 1
        at += 1
    at = _without_line_ends(source, at)
    return at if at < len(source) else None


def _without_line_ends(source: str, at: int) -> int:
    while at < len(source) and source[at] in _LINE_ENDS:
        at += 1
    return at
