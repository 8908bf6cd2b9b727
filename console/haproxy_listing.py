"""HAProxy's configuration as a listing: numbered lines by section, words coloured by what they are."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from cluster.runtime.client import HaproxyConfig, LineRange

TOKEN = re.compile(
    r"""(?P<s>"(?:\\.|[^"\\])*"|'[^']*')          # a quoted text
    |(?P<f>%\[[^\]]*\]|[{][^}]*[}])               # a fetched sample, a condition
    |(?P<w>\b(?:if|unless)\b)                     # what a condition follows
    |(?P<p>(?<=[\s@])/[^\s,\]]+)                  # a file
    |(?P<n>(?<=[\s:])\d+(?:us|ms|s|m|h|d)?(?=\s|$))  # a number or a time
    """,
    re.X,
)
"""The names of the groups are the suffixes of the classes `sl-code__…`."""
_WORD = re.compile(r"(\s*)(\S+)(.*)", re.S)


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `mark` is "own" for the lines of a route, "lead" for those that lead to it, or ""."""

    number: int
    html: SafeString
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of one section; `route` is `<namespace>:<name>` for a route's backend."""

    name: str
    lines: tuple[Line, ...]
    route: str = ""

    @property
    def anchor(self) -> str:
        """The id of the section in the page."""
        return "section-" + re.sub(r"[^A-Za-z0-9_-]", "-", self.name)

    @property
    def first(self) -> int:
        """The number of its first line."""
        return self.lines[0].number

    @property
    def last(self) -> int:
        """The number of its last line."""
        return self.lines[-1].number

    @property
    def is_marked(self) -> bool:
        """Whether some of its lines are marked."""
        return any(line.mark for line in self.lines)


def highlight(line: str) -> SafeString:
    """A line with its words in spans: the opening of a section, a directive, and TOKEN's groups."""
    match = _WORD.fullmatch(line)
    if match is None:
        return mark_safe("")
    indent, word, rest = match.groups()
    kind = "d" if indent else "o"
    return mark_safe(f'{indent}<span class="sl-code__{kind}">{escape(word)}</span>{_rest(rest)}')


def _rest(text: str) -> str:
    parts, end = [], 0
    for match in TOKEN.finditer(text):
        parts.append(escape(text[end : match.start()]))
        parts.append(f'<span class="sl-code__{match.lastgroup}">{escape(match[0])}</span>')
        end = match.end()
    return "".join([*parts, escape(text[end:])])


def blocks(
    config: HaproxyConfig,
    sections: Collection[str],
    *,
    own: LineRange | None = None,
    leading: Collection[int] = (),
) -> list[Block]:
    """The wanted sections in their order; `own` and `leading` are the lines to mark."""
    text = config.text.splitlines()
    routes = {lines: route for route, lines in config.routes.items()}
    return [
        Block(name, _lines(text, found, own, leading), routes.get(found, ""))
        for name, found in config.sections.items()
        if name in sections
    ]


def _lines(
    text: Sequence[str], found: LineRange, own: LineRange | None, leading: Collection[int]
) -> tuple[Line, ...]:
    def mark(number: int) -> str:
        if own is not None and number in own:
            return "own"
        return "lead" if number in leading else ""

    return tuple(
        Line(number, highlight(text[number - 1]), mark(number))
        for number in range(found.first, found.last + 1)
    )


def base_sections(config: HaproxyConfig) -> list[str]:
    """The sections that are there without any route."""
    of_routes = set(config.routes.values())
    return [name for name, found in config.sections.items() if found not in of_routes]
