"""What a reader sees of a route's traffic: totals, expected against observed shares, latency, and
series for charts. Everything here is made of parts that never change again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cluster.engine.routing.backends import Backend
from cluster.engine.traffic.entrance import STATUSES
from cluster.engine.traffic.measurements import Extent, Floats, Row, Totals, View, extents
from cluster.objects.meta import Key

N = TypeVar("N", str, int)
STEADY_PART = 0.8
"""Part of an answer's mean time that every answer takes; the rest varies exponentially."""


@dataclass(frozen=True, slots=True)
class Series:
    """Requests per second by name; every array has the shape of `times`, (samples,).

    `times` are the ends of the samples in cluster seconds, `durations` their lengths. Statuses count
    responses (a redirected visit has two), 0 standing for a connection closed without an answer.
    """

    times: Floats
    durations: Floats
    services: Mapping[str, Floats]
    pods: Mapping[str, Floats]
    statuses: Mapping[int, Floats]


@dataclass(frozen=True, slots=True)
class Share:
    """One service or pod since the last reload. Shares are fractions of what pods answered.

    `expected` is the law of the algorithm in force, None where load decides (leastconn);
    `observed` is None before the first request.
    """

    name: str
    service: str
    requests: int
    observed: float | None
    expected: float | None


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds that pods took to answer since the last reload, from their applications' delays."""

    mean: float
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class GroupTraffic:
    """A group of visitors: what it sends, and why the router itself answers it, if it does."""

    name: str
    requests_per_second: float
    requests: int
    cause: str


@dataclass(frozen=True, slots=True)
class RouteTraffic:
    """The traffic of one route up to `now` (cluster seconds); safe to read from any thread."""

    route: Key
    now: float
    started_at: float
    reloaded_at: float
    algorithm: str
    algorithm_reason: str
    requests_per_second: float
    groups: tuple[GroupTraffic, ...]
    services: tuple[Share, ...]
    pods: tuple[Share, ...]
    totals: Totals
    latency: Latency | None
    _extents: tuple[Extent, ...]

    def series(self, since: float = 0.0, every: float = 0.0) -> Series:
        """The samples that end after `since`.

        With `every` seconds they are put together on that grid of the cluster's clock; a stretch that
        is not over yet is left out.
        """
        return series(self._extents, since, every)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a flow publishes beside its counts."""

    route: Key
    started_at: float
    backend: Backend
    rates: Mapping[str, float]
    causes: Mapping[str, str]


def snapshot(facts: Facts, view: View) -> RouteTraffic:
    """A flow's traffic as it stands."""
    seen = extents(view)
    chunk, length = seen[-1]
    row = chunk.rows[length - 1] if length else chunk.before
    now = float(chunk.times[length - 1]) if length else chunk.began_at
    pods = view.layout.pods
    counts = view.reload_pods + row[: len(pods)]
    totals = view.before.plus(view.layout, row)
    return RouteTraffic(
        route=facts.route,
        now=now,
        started_at=facts.started_at,
        reloaded_at=view.reloaded_at,
        algorithm=facts.backend.algorithm,
        algorithm_reason=facts.backend.algorithm_reason,
        requests_per_second=sum(facts.rates.values()),
        groups=tuple(
            GroupTraffic(name, rate, totals.groups.get(name, 0), facts.causes.get(name, ""))
            for name, rate in facts.rates.items()
        ),
        services=_service_shares(facts.backend, view, counts),
        pods=_shares(pods, view.layout.services, counts, view.expected),
        totals=totals,
        latency=latency(view.layout.latencies, counts),
        _extents=seen,
    )


def _shares(
    names: Sequence[str], services: Sequence[str], counts: Row, expected: Floats | None
) -> tuple[Share, ...]:
    total = int(counts.sum())
    return tuple(
        Share(
            name=name,
            service=service,
            requests=count,
            observed=count / total if total else None,
            expected=None if expected is None else float(expected[index]),
        )
        for index, (name, service, count) in enumerate(
            zip(names, services, counts.tolist(), strict=True)
        )
    )


def _service_shares(backend: Backend, view: View, counts: Row) -> tuple[Share, ...]:
    """A service without servers is there as well, with nothing."""
    layout, law = view.layout.services, view.expected
    names = list(dict.fromkeys([*(share.name for share in backend.services), *layout]))
    place = {name: index for index, name in enumerate(names)}
    sums, expected = np.zeros(len(names), dtype=np.int64), np.zeros(len(names))
    places = [place[name] for name in layout]
    np.add.at(sums, places, counts)
    np.add.at(expected, places, 0.0 if law is None else law)
    return _shares(names, names, sums, None if law is None else expected)


# --- latency -----------------------------------------------------------------------------------------


def latency(latencies: Sequence[float], counts: Row) -> Latency | None:
    """Mean and percentiles of the answers, each server's spread about its mean; None without any."""
    total = int(counts.sum())
    if not total:
        return None
    answered = counts > 0
    means, parts = np.array(latencies)[answered], counts[answered] / total
    p50, p95, p99 = (_quantile(means, parts, each) for each in (0.5, 0.95, 0.99))
    return Latency(float(means @ parts), p50, p95, p99)


def _quantile(means: Floats, parts: Floats, wanted: float) -> float:
    """Where the mixture of the servers' distributions reaches a share, by bisection."""
    varying = np.maximum(means * (1 - STEADY_PART), 1e-9)
    low, high = 0.0, float(means.max()) * 10 + 1e-6
    for _ in range(40):
        middle = (low + high) / 2
        beyond = np.maximum(middle - means * STEADY_PART, 0.0) / varying
        if float(parts @ -np.expm1(-beyond)) < wanted:
            low = middle
        else:
            high = middle
    return high


# --- series ------------------------------------------------------------------------------------------


class _Part:
    """The samples of one chunk that end after a time: what each added to the counts."""

    def __init__(self, extent: Extent, since: float) -> None:
        chunk, length = extent
        times = chunk.times[:length]
        first = int(np.searchsorted(times, since, side="right"))
        before = chunk.rows[first - 1] if first else chunk.before
        began = times[first - 1] if first else chunk.began_at
        added = np.diff(chunk.rows[first:length], axis=0, prepend=before[None, :])
        servers = len(chunk.layout.pods)
        self.layout = chunk.layout
        self.times = times[first:]
        self.durations = np.diff(self.times, prepend=began)
        self.partial = chunk.partial[first:length]
        self.servers = added[:, :servers]
        self.statuses = added[:, servers : servers + len(STATUSES)]


def series(seen: Sequence[Extent], since: float, every: float) -> Series:
    """Requests per second in the samples of some chunks; see `RouteTraffic.series`."""
    parts = [_Part(extent, since) for extent in seen if extent.length]
    parts = [part for part in parts if len(part.times)]
    if not parts:
        return _NOTHING
    times = np.concatenate([part.times for part in parts])
    stops = _stops(times, np.concatenate([part.partial for part in parts]), every)
    if not len(stops):
        return _NOTHING
    starts = np.concatenate(([0], stops[:-1]))
    durations = np.concatenate([part.durations for part in parts])[: stops[-1]]
    lengths = np.add.reduceat(durations, starts)
    servers = [part.servers for part in parts]
    services = _by_name([part.layout.services for part in parts], servers)
    pods = _by_name([part.layout.pods for part in parts], servers)
    statuses = _by_name([STATUSES] * len(parts), [part.statuses for part in parts])

    def rate(counts: Floats) -> Floats:
        rates: Floats = np.add.reduceat(counts[: stops[-1]], starts) / np.maximum(lengths, 1e-9)
        return rates

    return Series(
        times=times[stops - 1],
        durations=lengths,
        services={name: rate(counts) for name, counts in services.items()},
        pods={name: rate(counts) for name, counts in pods.items()},
        statuses={code: rate(counts) for code, counts in statuses.items() if counts.any()},
    )


def _stops(times: Floats, partial: NDArray[np.bool_], every: float) -> NDArray[np.int64]:
    """Where the stretches end, as exclusive indices; an unfinished last one is left out."""
    if not every:
        return np.flatnonzero(~partial) + 1
    slots = np.ceil(times / every)
    stops = np.flatnonzero(np.diff(slots)) + 1
    if times[-1] == slots[-1] * every:
        return np.append(stops, len(times))
    return stops


def _by_name(names: Sequence[Sequence[N]], blocks: Sequence[Row]) -> dict[N, Floats]:
    """The columns of several blocks of rows under each other, put together by name."""
    column = {name: place for place, name in enumerate(dict.fromkeys(chain.from_iterable(names)))}
    table = np.zeros((len(column), sum(map(len, blocks))))
    at = 0
    for part, block in zip(names, blocks, strict=True):
        rows = table[:, at : at + len(block)]
        np.add.at(rows, [column[name] for name in part], block.T)
        at += len(block)
    return {name: table[place] for name, place in column.items()}


_NOTHING = Series(np.empty(0), np.empty(0), {}, {}, {})
