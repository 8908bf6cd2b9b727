"""Who is turned away before any server is chosen: the allow list, and what each client address has open,
opened, and asked for lately (haproxy-config.template: `stick-table type ip size 100k expire 30s store
conn_cur,conn_rate(3s),http_req_rate(10s)`). Times are in seconds, of any one clock."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from cluster.engine.routing.annotations import RouteSettings

MOST_ENTRIES: Final = 100_000
EXPIRY: Final = 30.0
CONNECTION_PERIOD: Final = 3.0
REQUEST_PERIOD: Final = 10.0


class Rate:
    """Events in a sliding period, from the counts of this one and the last (haproxy: `freq_ctr`)."""

    __slots__ = ("_count", "_period", "_previous", "_since")

    def __init__(self, period: float) -> None:
        self._period = period
        self._since = 0.0
        self._count = self._previous = 0

    def add(self, now: float) -> None:
        """One more."""
        self._rotate(now)
        self._count += 1

    def read(self, now: float) -> int:
        """How many there were in the last period."""
        self._rotate(now)
        left = 1 - (now - self._since) / self._period
        return int(self._previous * left) + self._count

    def _rotate(self, now: float) -> None:
        passed = int((now - self._since) // self._period)
        if passed:
            self._previous = self._count if passed == 1 else 0
            self._count = 0
            self._since = now if passed > 1 else self._since + self._period


class _Entry:
    __slots__ = ("connections", "open", "requests", "seen")

    def __init__(self) -> None:
        self.open = 0
        self.connections = Rate(CONNECTION_PERIOD)
        self.requests = Rate(REQUEST_PERIOD)
        self.seen = 0.0


class ClientLimits:
    """The limits of one backend, and its table: counters by client address, the youngest last.

    A request comes on a connection of its own, or is the next on one whose last request is over: in
    either case `enter` begins and `leave` ends what is counted as open.
    """

    def __init__(self, settings: RouteSettings) -> None:
        self._allowed = settings.allow_list
        self._rates = settings.rate_limits
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    def enter(self, client: str, now: float) -> str:
        """Why the connection of a request is closed, "" where it is not. `leave` ends either.

        The counters of connections hold this one already, that of requests does not yet.
        """
        if self._allowed is not None and not self._allowed.allows(client):
            return f"{client} is not on the allow list"
        rates = self._rates
        if rates is None:
            return ""
        entry = self._entry(client, now)
        entry.open += 1
        entry.connections.add(now)
        if rates.refuses(
            connections=entry.open,
            recent_connections=entry.connections.read(now),
            recent_requests=entry.requests.read(now),
        ):
            return f"{client} has reached a rate limit"
        entry.requests.add(now)
        return ""

    def leave(self, client: str) -> None:
        """It is over."""
        entry = self._entries.get(client)
        if entry is not None:
            entry.open = max(0, entry.open - 1)

    def _entry(self, client: str, now: float) -> _Entry:
        entries = self._entries
        entry = entries.get(client)
        if entry is None or (not entry.open and now - entry.seen > EXPIRY):
            entry = entries[client] = _Entry()
            if len(entries) > MOST_ENTRIES:
                entries.popitem(last=False)
        entry.seen = now
        entries.move_to_end(client)
        return entry
