"""The stick table behind `rate-limit-connections`: what each client address has open, opened, and asked
for lately (haproxy-config.template: `store conn_cur,conn_rate(3s),http_req_rate(10s)`)."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from cluster.engine.routing.annotations import RateLimits

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


class StickTable:
    """Counters by client address, the youngest last."""

    def __init__(self) -> None:
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    def enter(self, client: str, limits: RateLimits, now: float) -> bool:
        """A request or connection comes in; False: it is to be refused. `leave` ends either.

        The counters of connections hold this one already, that of requests does not yet.
        """
        entry = self._entry(client, now)
        entry.open += 1
        entry.connections.add(now)
        beyond = (
            (limits.concurrent_tcp is not None and entry.open >= limits.concurrent_tcp.value)
            or (
                limits.rate_tcp is not None and entry.connections.read(now) >= limits.rate_tcp.value
            )
            or (limits.rate_http is not None and entry.requests.read(now) >= limits.rate_http.value)
        )
        if not beyond:
            entry.requests.add(now)
        return not beyond

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
