"""What HAProxy's statistics (`show stat`) say of requests, as the increments that the cluster counts.
HAProxy counts classes of status codes only: each is given as its plainest status (see `statuses`)."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from cluster.engine.traffic import RealRequests
from cluster.objects.meta import Key

FRONTENDS: Final = "show stat -1 1 -1"
"""Four lines that tell whether anything has happened at all."""
BACKENDS: Final = "show stat -1 6 -1"
"""Backends and servers."""

CLOSED: Final = 0
PASSED: Final = 200
"""Statuses of connections: closed without an answer, and passed through to a pod."""
_BY_SERVER: Final = {"1": 101, "2": 200, "3": 302, "4": 400, "5": 500}
"""Answers of pods, by the first digit."""
_NONE: Final = "other"
_BY_ROUTER: Final = {"4": 400, "5": 503, _NONE: CLOSED}
"""HAProxy's own answers within a backend; connections that it closes have none."""
_BACKEND: Final = "BACKEND"
_HTTP: Final = ("be_http", "be_edge_http", "be_secure")
_TCP: Final = "be_tcp"
PROXIES: Final = (*_HTTP, _TCP)
"""What the names of routes' backends begin with."""


class Served(NamedTuple):
    """What requests are counted by; `server` is "" where no pod answered."""

    route: Key
    server: str
    status: int


class Row(NamedTuple):
    """A line of the statistics: a server's or, with `server` "", a backend's. Cumulative counts.

    `sessions` are, at a server, attempts to connect; `failed` those in vain, retries among them.
    """

    backend: str
    server: str
    sessions: int
    failed: int
    classes: Mapping[str, int]


class Ledger:
    """What every worker has reported so far: counters of a new worker start at 0."""

    def __init__(self) -> None:
        self._counted: dict[int, Counter[Served]] = {}

    def take(self, worker: int, text: str) -> Counter[Served]:
        """What is new in the statistics of a worker."""
        counted = self._counted.setdefault(worker, Counter())
        new: Counter[Served] = Counter()
        for served, total in totals(text).items():
            # A backend counts an answer when it is over, a server when it begins: what HAProxy has
            # answered itself is a difference that may be too small for a moment.
            if total > counted[served]:
                new[served] = total - counted[served]
                counted[served] = total
        return new

    def keep(self, workers: set[int]) -> None:
        """Forget workers that are no more."""
        self._counted = {pid: held for pid, held in self._counted.items() if pid in workers}


def real_requests(counts: Counter[Served]) -> list[RealRequests]:
    """The same as the cluster takes it."""
    return [RealRequests(*served, number) for served, number in counts.items()]


def activity(text: str) -> tuple[tuple[str, ...], bool]:
    """From the statistics of the frontends: a state that differs when there were requests, and
    whether clients are connected."""
    rows = list(_records(text))
    state = tuple(f"{row['pxname']} {row['stot']} {row['req_tot']}" for row in rows)
    public = [row for row in rows if row["pxname"] in ("public", "public_ssl")]
    return state, any(_number(row["scur"]) for row in public)


def totals(text: str) -> Counter[Served]:
    """A worker's counts since its start."""
    found: Counter[Served] = Counter()
    by_servers: dict[str, Counter[str]] = {}
    for row in rows(text):  # servers stand before their backend
        kind, _, name = row.backend.partition(":")
        route = Key(*name.partition(":")[::2])
        counted = by_servers.setdefault(row.backend, Counter())
        if kind == _TCP:
            _count_connections(found, route, row, counted)
        elif kind in _HTTP:
            _count_answers(found, route, row, counted)
    return +found


def _count_connections(
    found: Counter[Served], route: Key, row: Row, by_servers: Counter[str]
) -> None:
    """Passed-through connections, into which HAProxy does not look: taken by a pod, or closed."""
    if row.server:
        taken = max(row.sessions - row.failed, 0)
        by_servers["taken"] += taken
        found[Served(route, row.server, PASSED)] += taken
    else:
        found[Served(route, "", CLOSED)] += max(row.sessions - by_servers["taken"], 0)


def _count_answers(found: Counter[Served], route: Key, row: Row, by_servers: Counter[str]) -> None:
    if row.server:
        by_servers.update(row.classes)
        for digit, status in _BY_SERVER.items():
            found[Served(route, row.server, status)] += row.classes[digit]
        return
    for digit, status in _BY_ROUTER.items():
        found[Served(route, "", status)] += max(row.classes[digit] - by_servers[digit], 0)


def rows(text: str) -> Iterator[Row]:
    """The lines of backends and servers."""
    for record in _records(text):
        is_backend = record["svname"] == _BACKEND
        retries = 0 if is_backend else _number(record["wretr"])
        classes = {digit: _number(record[f"hrsp_{digit}xx"]) for digit in _BY_SERVER}
        yield Row(
            backend=record["pxname"],
            server="" if is_backend else record["svname"],
            sessions=_number(record["stot"]),
            failed=_number(record["econ"]) + retries,
            classes={**classes, _NONE: _number(record["hrsp_other"])},
        )


def _records(text: str) -> Iterator[dict[str, str]]:
    lines = text.lstrip().removeprefix("# ").splitlines()
    return iter(csv.DictReader(line for line in lines if line))


def _number(text: str | None) -> int:
    return int(text) if text else 0
