"""Ports as people type them."""

from __future__ import annotations

HIGHEST = 65535


def port_of(text: str) -> int | None:
    """The port that a text writes, or None. Its length is asked first: Python reads no endless number."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(HIGHEST))):
        return None
    return int(text) if 1 <= int(text) <= HIGHEST else None
