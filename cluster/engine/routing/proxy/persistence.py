"""Persistence by cookie as HAProxy's `cookie NAME insert indirect nocache` line does it: which
server a request's Cookie header asks for, what of it the server sees, what the answer sets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cluster.engine.routing.cookies import set_cookie

# Cookies end at ";" or ",", but not inside quotes (haproxy: http_find_cookie_value_end).
_PIECE: Final = re.compile(r'(?:"(?:\\.|[^"\\])*"|[^;,])+')
DATE_DELIMITER: Final = "|"
"""What follows it in the value is a date (haproxy: COOKIE_DELIM_DATE)."""


@dataclass(frozen=True, slots=True)
class CookieLine:
    """The `cookie` line of a backend, in mode `insert indirect nocache`."""

    name: str
    http_only: bool = True
    secure: bool = False
    same_site: str | None = None

    def set_cookie(self, value: str) -> str:
        """The `Set-Cookie` header's value that binds a client to the server with that value."""
        return set_cookie(self.name, value, self.http_only, self.secure, self.same_site)


def _pieces(header: str) -> Iterator[tuple[str, str, str]]:
    """Name, value and text of each cookie in a Cookie header."""
    for match in _PIECE.finditer(header):
        text = match[0].strip()
        name, _, value = text.partition("=")
        yield name.rstrip(), value.strip(), text


def cookie_values(header: str, name: str) -> list[str]:
    """The values that a Cookie header has for this name, in order."""
    return [value.partition(DATE_DELIMITER)[0] for own, value, _ in _pieces(header) if own == name]


def without_cookie(header: str, name: str) -> str | None:
    """What the server sees of a Cookie header (`indirect`): all but this name; None: no header."""
    pieces = list(_pieces(header))
    kept = [text for own, _, text in pieces if own != name]
    if len(kept) == len(pieces):
        return header
    return "; ".join(kept) or None


class Persistence:
    """Which servers a cookie value stands for."""

    def __init__(self, name: str, values: Sequence[str | None]) -> None:
        """`values` are those of the server lines in order; None or "": no cookie."""
        self.name = name
        self._servers: dict[str, list[int]] = {}
        for index, value in enumerate(values):
            if value:
                self._servers.setdefault(value, []).append(index)

    def candidates(self, header: str) -> Iterator[int]:
        """The servers that the Cookie header asks for, the first that is up is to be taken."""
        for value in cookie_values(header, self.name):
            yield from self._servers.get(value, ())
