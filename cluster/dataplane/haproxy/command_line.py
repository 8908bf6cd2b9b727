"""HAProxy's command sockets (`stats socket`, and `-S` of its master): one command, one answer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final, NamedTuple

TIMEOUT: Final = 5.0
"""Seconds in which an answer must have come."""


class Workers(NamedTuple):
    """Process ids under a master: its own, the worker that takes requests, those that finish theirs."""

    master: int
    current: int | None
    old: tuple[int, ...]


async def ask(socket: Path, command: str) -> str:
    """The answer to a command. Raises OSError, which a missing answer is too."""
    async with asyncio.timeout(TIMEOUT):
        reader, writer = await asyncio.open_unix_connection(str(socket))
        try:
            writer.write(f"{command}\n".encode())
            writer.write_eof()
            return (await reader.read()).decode("utf-8", "replace")
        finally:
            writer.close()


async def workers(master: Path) -> Workers:
    """Who runs under a master. Raises OSError."""
    return parse_workers(await ask(master, "show proc"))


def parse_workers(text: str) -> Workers:
    """What `show proc` says. Raises OSError for what is no answer to it."""
    found: dict[str, list[int]] = {"master": [], "workers": [], "old workers": []}
    section = ""
    for line in text.splitlines():
        words = line.split()
        if line.startswith("#"):
            section = line.removeprefix("#").strip()
        elif len(words) > 1 and words[0].isdecimal():
            kind = "master" if words[1] == "master" else section
            found.setdefault(kind, []).append(int(words[0]))
    if not found["master"]:
        raise OSError("HAProxy's master does not answer")
    current = found["workers"]
    return Workers(
        found["master"][0], current[-1] if current else None, tuple(found["old workers"])
    )
