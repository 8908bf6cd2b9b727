"""What follows a failed connection: another server, the same one again, at once or after a pause,
or the end (haproxy: `back_handle_st_cer`, `stream_choose_redispatch`)."""

from __future__ import annotations

from typing import Final

from cluster.engine.routing.proxy.settings import BackendLines
from cluster.engine.routing.proxy.stream import Stream

PAUSE: Final = 1.0
"""Seconds between two attempts on the same server, or the connect timeout if that is less."""


def pause(lines: BackendLines) -> float:
    """Seconds before the next attempt on the same server."""
    return min(PAUSE, lines.connect_timeout)


def is_redispatch_turn(lines: BackendLines, retry: int) -> bool:
    """Whether this retry, counted from 1, may go to another server whatever chose the first."""
    every = lines.redispatch
    if every < 0:
        every += lines.retries + 1
    return every > 0 and retry % every == 0


def may_redispatch(
    lines: BackendLines, stream: Stream, *, running: bool, active: int, by_hash: bool
) -> bool:
    """Whether the stream's next attempt is balanced anew.

    `running` says whether its server is up and no longer starting slowly, `active` how many active
    servers are usable, `by_hash` whether the client's address chooses the server.
    """
    if not lines.redispatch:
        return False
    if not running or is_redispatch_turn(lines, stream.failures):
        return True
    return not stream.direct and not by_hash and active > 1
