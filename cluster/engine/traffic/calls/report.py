"""What a reader sees of a workload's calls: targets with their success, series for charts, the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from cluster.engine.traffic.calls.outcome import CLASSES, OK
from cluster.engine.traffic.calls.samples import Counts, Extent, Floats
from cluster.objects.calls import CallTarget
from cluster.objects.meta import Key

RECENT: Final = 60.0
"""Cluster seconds over which success and latency are told, or two samples if those last longer."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """Calls of one pod that ended alike in one tick. `seconds` is what one of them took, on average."""

    number: int
    at: float
    pod: str
    target: CallTarget
    place: str
    kind: str
    text: str
    seconds: float
    times: int
    reason: str = ""
    said: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether the callers got what they wanted."""
        return self.kind == OK


@dataclass(frozen=True, slots=True)
class Recent:
    """The calls of the last minute, by class; `latency` is their mean in seconds, None without any."""

    counts: Mapping[str, int]
    latency: float | None

    @property
    def calls(self) -> int:
        """How many there were."""
        return sum(self.counts.values())

    @property
    def success(self) -> float | None:
        """The share that went well; None without calls."""
        return self.counts[OK] / self.calls if self.calls else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetReport:
    """One target: what its name comes to now, and how its calls went.

    `addresses` and `endpoints` are those of one of the pods; `failure` is the last call that failed,
    None when the last minute's all went well; `is_failing` says that it was just now. `affinity` is in
    seconds, 0 for none.
    """

    target: CallTarget
    addresses: tuple[str, ...]
    canonical: str
    service: Key | None
    endpoints: tuple[str, ...]
    affinity: int
    recent: Recent
    failure: LogLine | None
    is_failing: bool


@dataclass(frozen=True, slots=True)
class CallSeries:
    """Calls per second by class; every array has the shape of `times`, (samples,), in cluster seconds."""

    times: Floats
    classes: Mapping[str, Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsReport:
    """A workload's calls at one moment. `rate` is calls a second that each pod makes to each target."""

    key: Key
    now: float
    rate: float
    pods: int
    targets: tuple[TargetReport, ...]
    log: tuple[LogLine, ...]
    total: Extent

    @property
    def failing(self) -> tuple[TargetReport, ...]:
        """The targets that calls fail to just now."""
        return tuple(each for each in self.targets if each.is_failing)

    def series(self, since: float = 0.0) -> CallSeries:
        """The samples that end after `since`."""
        times, counts, _ = self.total
        first = max(int(np.searchsorted(times, since, side="right")), 1)
        lengths = np.diff(times[first - 1 :])
        rates = np.diff(counts[first - 1 :], axis=0) / np.maximum(lengths, 1e-9)[:, None]
        return CallSeries(times[first:], {name: rates[:, at] for at, name in enumerate(CLASSES)})


def recent(extent: Extent, now: float, quantum: float) -> Recent:
    """The last minute of a target, at least two samples of `quantum` seconds."""
    counts, seconds = extent.since(now - max(RECENT, 2 * quantum))
    total = int(counts.sum())
    return Recent(_by_class(counts), seconds / total if total else None)


def _by_class(counts: Counts) -> dict[str, int]:
    return dict(zip(CLASSES, counts.tolist(), strict=True))
