"""What a page says to its reader: text without tags, tables by column, links."""

from __future__ import annotations

import html
import re
from typing import Any

_ROW = re.compile(r'<tr [^>]*id="([^"]+)">(.*?)</tr>', re.S)
_CELL = re.compile(r'<td [^>]*data-label="([^"]+)"[^>]*>(.*?)</td>', re.S)
_HIDDEN = re.compile(
    r'<(script|style|svg)\b.*?</\1>|<span class="pf-v6-screen-reader">.*?</span>'
    r'|<span aria-hidden="true">.*?</span>',
    re.S,
)


def source(response: Any) -> str:
    """The page's HTML."""
    return str(response.content.decode())


def plain(markup: str) -> str:
    """Markup as a reader sees it, white space folded."""
    text = re.sub(r"<[^>]+>", " ", _HIDDEN.sub(" ", markup))
    return re.sub(r"\s+", " ", html.unescape(text)).strip()


def text_of(response: Any) -> str:
    """The whole page, read."""
    return plain(source(response))


def main_of(response: Any) -> str:
    """The page's own part, without masthead and navigation."""
    found = re.search(r"<main\b.*?</main>", source(response), re.S)
    assert found is not None, "the page has no <main>"
    return found[0]


def rows_of(response: Any) -> list[dict[str, str]]:
    """The table's rows: what stands under each column."""
    return [
        {label: plain(cell) for label, cell in _CELL.findall(row)}
        for _, row in _ROW.findall(main_of(response))
    ]


def column(response: Any, label: str) -> list[str]:
    """One column of the table, from top to bottom."""
    return [row[label] for row in rows_of(response)]


def row_named(response: Any, name: str) -> dict[str, str]:
    """The row of an object."""
    [row] = [each for each in rows_of(response) if each.get("Name") == name]
    return row


def headers_of(response: Any) -> list[str]:
    """The table's column headings."""
    return [plain(each) for each in re.findall(r"<th\b.*?</th>", main_of(response), re.S)]


def links_of(markup: str) -> list[str]:
    """Where the links of a page lead."""
    return [html.unescape(each) for each in re.findall(r'<a\b[^>]*\bhref="([^"]*)"', markup)]


def term(response: Any, name: str) -> str:
    """What stands beside a term of a description list."""
    pattern = rf"<dt\b(?:(?!</dt>).)*>\s*{re.escape(name)}\s*<.*?<dd\b[^>]*>(.*?)</dd>"
    found = re.search(pattern, main_of(response), re.S)
    assert found is not None, f"the page does not speak of {name}"
    return plain(found[1])
