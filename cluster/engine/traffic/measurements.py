"""What a route's traffic came to: counts by pod, status and group over time. Measurements are never
stored; the engine's thread appends, readers on any thread look at what was appended before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cluster.engine.traffic.entrance import STATUSES

KEPT_SAMPLES: Final = 2400
"""Ten minutes of samples at four a second."""
_FIRST_ROWS, _MOST_ROWS = 16, 256

Row = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Layout:
    """What the columns of a stretch of samples mean: servers, then statuses, then groups.

    `pods` and `services` name each server's; `latencies` are seconds. A reload starts a new layout,
    and so do other groups of visitors.
    """

    pods: tuple[str, ...]
    services: tuple[str, ...]
    latencies: tuple[float, ...]
    groups: tuple[str, ...]
    started_at: float

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.pods) + len(STATUSES) + len(self.groups)


class Chunk:
    """Some samples of one layout: a time and cumulative counts each.

    Rows are written before `length` says that they are there, and a fuller array replaces the old
    one before that: a reader that asks for `length` first always finds its rows.
    """

    __slots__ = ("before", "began_at", "last_at", "layout", "length", "partial", "rows", "times")

    def __init__(self, layout: Layout, began_at: float, before: Row) -> None:
        self.layout = layout
        self.began_at = self.last_at = began_at
        self.before = before
        self.length = 0
        self.times = np.empty(_FIRST_ROWS)
        self.partial = np.empty(_FIRST_ROWS, dtype=np.bool_)
        self.rows = np.empty((_FIRST_ROWS, layout.width), dtype=np.int64)

    @property
    def is_full(self) -> bool:
        """Whether the next sample needs another chunk."""
        return self.length == _MOST_ROWS

    @property
    def last_row(self) -> Row:
        """The counts of the last sample, or those from before the first."""
        return self.rows[self.length - 1] if self.length else self.before

    def append(self, now: float, row: Row, *, partial: bool) -> None:
        """Add a sample; a partial one is only the first part of a tick."""
        at = self.length
        if at == len(self.times):
            self.times = np.concatenate((self.times, np.empty(at)))
            self.partial = np.concatenate((self.partial, np.empty(at, dtype=np.bool_)))
            self.rows = np.concatenate((self.rows, np.empty_like(self.rows)))
        self.times[at], self.partial[at], self.rows[at] = now, partial, row
        self.last_at = now
        self.length = at + 1


class Extent(NamedTuple):
    """A chunk and how many samples of it a reader looks at."""

    chunk: Chunk
    length: int


@dataclass(slots=True)
class Totals:
    """Requests since the route has had visitors, by name; responses by status."""

    services: dict[str, int] = field(default_factory=dict)
    pods: dict[str, int] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)
    groups: dict[str, int] = field(default_factory=dict)

    def plus(self, layout: Layout, row: Row) -> Totals:
        """These and what a layout has counted."""
        sum_ = Totals(dict(self.services), dict(self.pods), dict(self.statuses), dict(self.groups))
        values, servers = row.tolist(), len(layout.pods)
        for pod, service, count in zip(layout.pods, layout.services, values[:servers], strict=True):
            sum_.pods[pod] = sum_.pods.get(pod, 0) + count
            sum_.services[service] = sum_.services.get(service, 0) + count
        for status, count in zip(STATUSES, values[servers:], strict=False):
            if count:
                sum_.statuses[status] = sum_.statuses.get(status, 0) + count
        for group, count in zip(layout.groups, values[servers + len(STATUSES) :], strict=True):
            sum_.groups[group] = sum_.groups.get(group, 0) + count
        return sum_


@dataclass(frozen=True, slots=True)
class View:
    """What readers get to see, replaced as a whole when the layout changes.

    `reload_pods` counts what each server got since the reload under earlier layouts.
    """

    layout: Layout
    chunks: tuple[Chunk, ...]
    before: Totals
    reloaded_at: float
    reload_pods: Row
    expected: Floats | None


class Recorder:
    """Collects the counts of one route; belongs to the engine's thread, but for `view`."""

    def __init__(self) -> None:
        self.view: View | None = None
        self.row: Row = np.zeros(0, dtype=np.int64)

    def begin(self, layout: Layout, now: float, *, reloaded: bool, expected: Floats | None) -> None:
        """Go over to another layout."""
        old, before = self.view, Totals()
        kept: tuple[Chunk, ...] = ()
        reloaded_at, reload_pods = now, np.zeros(len(layout.pods), dtype=np.int64)
        if old is not None:
            self.sample(now, partial=True)
            old = self.view
            assert old is not None
            kept = old.chunks
            before = _pruned(old.before.plus(old.layout, self.row), layout, kept)
            if not reloaded:
                reloaded_at = old.reloaded_at
                reload_pods = old.reload_pods + self.row[: len(layout.pods)]
        self.row = np.zeros(layout.width, dtype=np.int64)
        chunk = Chunk(layout, now, self.row.copy())
        self.view = View(
            layout, _recent((*kept, chunk)), before, reloaded_at, reload_pods, expected
        )

    def sample(self, now: float, *, partial: bool = False) -> None:
        """Write down what has been counted up to now."""
        view = self.view
        assert view is not None
        chunk = view.chunks[-1]
        if now <= chunk.last_at and np.array_equal(chunk.last_row, self.row):
            return
        if chunk.is_full:
            chunk = Chunk(view.layout, chunk.last_at, chunk.last_row.copy())
            self.view = View(
                view.layout,
                _recent((*view.chunks, chunk)),
                view.before,
                view.reloaded_at,
                view.reload_pods,
                view.expected,
            )
        chunk.append(now, self.row, partial=partial)


def _recent(chunks: tuple[Chunk, ...]) -> tuple[Chunk, ...]:
    """The youngest chunks that together have the samples to keep."""
    samples = 0
    for place in range(len(chunks) - 1, -1, -1):
        samples += chunks[place].length
        if samples >= KEPT_SAMPLES:
            return chunks[place:]
    return chunks


def _pruned(totals: Totals, layout: Layout, chunks: tuple[Chunk, ...]) -> Totals:
    """Pods that are gone and out of the samples are forgotten; services keep the sums."""
    if len(totals.pods) <= 2 * len(layout.pods) + 100:
        return totals
    alive = set(layout.pods).union(*(chunk.layout.pods for chunk in chunks))
    totals.pods = {pod: count for pod, count in totals.pods.items() if pod in alive}
    return totals


def extents(view: View) -> tuple[Extent, ...]:
    """The chunks of a view, each with the samples that it has now."""
    return tuple(Extent(chunk, chunk.length) for chunk in view.chunks)
