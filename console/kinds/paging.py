"""Which part of a list a page shows, and where the pages beside it are; for the page and live frames."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from console.kinds.query import Selection


def position(selection: Selection, path: str) -> dict[str, Any]:
    """First and last row by number, how many there are, and links; "" where there is no page."""
    query, total = selection.query, selection.total
    pages = max(1, -(-total // query.size))

    def href(page: int, wanted: bool) -> str:
        return replace(query, page=page).href(path) if wanted else ""

    return {
        "first": (query.page - 1) * query.size + 1 if total else 0,
        "last": min(query.page * query.size, total),
        "total": total,
        "prev_href": href(query.page - 1, query.page > 1),
        "next_href": href(query.page + 1, query.page < pages),
        "first_href": href(1, query.page > 1),
        "last_href": href(pages, query.page < pages),
    }
