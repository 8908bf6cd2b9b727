"""Who is turned away before any server is chosen: the allow list, and the limits of each client address
(the backend's stick table)."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Final

from cluster.engine.routing.annotations import RouteSettings

CONNECTION_PERIOD: Final = 3.0
REQUEST_PERIOD: Final = 10.0
"""Seconds over which the stick table counts (`conn_rate(3s)`, `http_req_rate(10s)`)."""


class Limits:
    """The counts of one backend. Every request comes on a connection of its own, as from curl."""

    def __init__(self, settings: RouteSettings) -> None:
        self._allowed = settings.allow_list
        self._rates = settings.rate_limits
        self._open: dict[str, int] = defaultdict(int)
        self._recent: dict[str, deque[float]] = defaultdict(deque)

    def refuse(self, client: str, now: float) -> str:
        """Why a client's new connection is closed, "" where it is not. It counts until `ended`."""
        self._open[client] += 1
        if self._allowed is not None and not self._allowed.allows(client):
            return f"{client} is not on the allow list"
        if self._rates is None:
            return ""
        recent = self._recent[client]
        while recent and recent[0] <= now - REQUEST_PERIOD:
            recent.popleft()
        before = len(recent)
        recent.append(now)
        refused = self._rates.refuses(
            connections=self._open[client],
            recent_connections=sum(time > now - CONNECTION_PERIOD for time in recent),
            recent_requests=before,
        )
        return f"{client} has reached a rate limit" if refused else ""

    def ended(self, client: str) -> None:
        """A connection is closed."""
        self._open[client] -= 1
