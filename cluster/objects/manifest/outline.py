"""A manifest line by line, without YAML's grammar: indentation, dash, key and value.

What the recognition of damage works on, since the damaged text is no YAML any more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE = re.compile(
    r"(?P<indent> *)(?P<dash>- +|-$)?"
    r"(?:(?P<key>[A-Za-z0-9_./$-]+|\"[^\"]*\"|'[^']*'):(?:\s+(?P<value>.*))?$)?(?P<rest>.*)$"
)
_COMMENT = re.compile(r"(?:^|\s+)#.*$")
_BLOCK_SCALAR = re.compile(r"[|>][-+0-9]*$")


@dataclass(frozen=True, slots=True)
class Line:
    """One line that holds something; `number` is 1-based, `column` that of its key or value."""

    number: int
    indent: int
    dash: bool
    column: int
    key: str | None
    value: str

    @property
    def opens(self) -> bool:
        """A key with nothing after it: what stands below it belongs to it."""
        return self.key is not None and not self.value


class NotALayoutError(ValueError):
    """The text uses flow style or quoted text over several lines: no layout to reason about."""


def outline(lines: list[str]) -> list[Line]:
    """The lines that matter: no blank ones, comments, markers, nor bodies of block scalars."""
    result: list[Line] = []
    body_above: int | None = None
    for number, text in enumerate(lines, 1):
        indent = len(text) - len(text.lstrip(" "))
        if body_above is not None and (not text.strip() or indent > body_above):
            continue
        body_above = None
        if not text.strip() or text.lstrip().startswith("#") or text[:3] in ("---", "..."):
            continue
        line = _line(number, text.rstrip())
        result.append(line)
        if _BLOCK_SCALAR.search(line.value) and len(line.value) <= 4:
            body_above = line.column if line.dash else line.indent
    return result


def _line(number: int, text: str) -> Line:
    found = _LINE.match(text)
    assert found is not None
    indent, dash = len(found["indent"]), found["dash"] or ""
    key, value = found["key"], found["value"]
    if key is None:
        value = found["rest"]
    value = _COMMENT.sub("", value or "").strip() if "#" in (value or "") else (value or "").strip()
    if _spans_lines(value):
        raise NotALayoutError(f"line {number}")
    plain_key = key.strip("\"'") if key else None
    return Line(number, indent, bool(dash), indent + len(dash), plain_key, value)


def _spans_lines(value: str) -> bool:
    if value[:1] in ('"', "'"):
        return value.count(value[0]) % 2 == 1
    return value.count("{") != value.count("}") or value.count("[") != value.count("]")
