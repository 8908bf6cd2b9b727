"""The calls of one DeploymentConfig: every pod calls every target, tick by tick, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import floor
from typing import Final

import numpy as np

from cluster.engine.network.kube_proxy import affinity_seed, choose_endpoint
from cluster.engine.rng import RandomStream
from cluster.engine.traffic.calls.attempt import Attempt, Attempts
from cluster.engine.traffic.calls.dialling import Dialling, Way
from cluster.engine.traffic.calls.outcome import CLASSES, Outcome
from cluster.engine.traffic.calls.report import CallsReport, LogLine, TargetReport, recent
from cluster.engine.traffic.calls.samples import Samples
from cluster.objects.calls import CallTarget
from cluster.objects.meta import Key

KEPT_LINES: Final = 200
LINES_A_TICK: Final = 20
FRESH: Final = 5.0
"""Cluster seconds after a failed call in which a target counts as failing, or two calls if that is longer."""
_CLOSE_ENOUGH: Final = 1e-6
"""What floating-point time may lack of a whole call."""
_COLUMN: Final = {name: place for place, name in enumerate(CLASSES)}


@dataclass(slots=True)
class Budget:
    """Walks that may still be made in this tick for ways that are not known yet."""

    walks: int


@dataclass(frozen=True, slots=True)
class _Ended:
    """Calls of one pod in one tick that ended alike."""

    pod: Key
    target: CallTarget
    way: Way | None
    outcome: Outcome
    times: int


class Caller:
    """The calling pods of a DeploymentConfig. Belongs to the engine's thread, but for `report`."""

    def __init__(self, key: Key, rng: RandomStream, now: float) -> None:
        self.key = key
        self.report: CallsReport | None = None
        self.targets: tuple[CallTarget, ...] = ()
        self.pods: tuple[Key, ...] = ()
        self._rate = 0.0
        self._generator = np.random.Generator(np.random.PCG64(rng.bits64()))
        self._total = Samples(now)
        self._samples: dict[CallTarget, Samples] = {}
        self._log: tuple[LogLine, ...] = ()
        self._failed: dict[CallTarget, LogLine] = {}
        self._lines = 0
        self._now = now
        self._owed: dict[Key, float] = {}
        self._stuck: dict[tuple[Key, CallTarget], tuple[Way, float]] = {}

    def configure(self, targets: tuple[CallTarget, ...], rate: float, now: float) -> None:
        """Whom the pods call, and how often a second each of them calls each."""
        self.targets, self._rate = targets, rate
        self._samples = {each: self._samples.get(each) or Samples(now) for each in targets}
        self._log = tuple(line for line in self._log if line.target in self._samples)
        self._failed = {each: line for each, line in self._failed.items() if each in self._samples}

    def staff(self, pods: Sequence[Key]) -> None:
        """Which pods call. They begin at different moments, so that not all call at once."""
        if tuple(pods) == self.pods:
            return
        self.pods = tuple(pods)
        known = set(pods)
        self._owed = {
            pod: self._owed.get(pod, (index + 1) / (len(pods) + 1))
            for index, pod in enumerate(pods)
        }
        self._stuck = {each: held for each, held in self._stuck.items() if each[0] in known}

    def tick(self, attempts: Attempts, now: float, quantum: float, budget: Budget) -> None:
        """Make the calls that have become due, and tell of them."""
        due = self._due(now)
        ended = [
            each
            for target in self.targets
            for pod, calls in due
            for each in self._called(attempts, pod, target, calls, now, budget)
        ]
        self._count(ended, now)
        self._write(ended, now)
        self.report = self._reported(attempts, now, quantum)

    # --- calling -----------------------------------------------------------------------------------------

    def _due(self, now: float) -> list[tuple[Key, int]]:
        """How many calls each pod makes to each target."""
        elapsed, self._now = now - self._now, now
        found = []
        for pod in self.pods:
            owed = self._owed[pod] + elapsed * self._rate
            calls = floor(owed + _CLOSE_ENOUGH)
            self._owed[pod] = owed - calls
            if calls:
                found.append((pod, calls))
        return found

    def _called(
        self,
        attempts: Attempts,
        pod: Key,
        target: CallTarget,
        calls: int,
        now: float,
        budget: Budget,
    ) -> Iterator[_Ended]:
        dialling = attempts.dialling(pod, target)
        if dialling is None:
            return
        if dialling.failure is not None:
            yield _Ended(pod, target, None, dialling.failure, calls)
            return
        for attempt, times in self._spread(attempts, pod, dialling, calls, now, budget):
            rate = attempt.error_rate
            errors = int(self._generator.binomial(times, rate)) if rate else 0
            if times - errors:
                yield _Ended(pod, target, attempt.way, attempt.outcome, times - errors)
            if errors and attempt.error is not None:
                yield _Ended(pod, target, attempt.way, attempt.error, errors)

    def _spread(
        self,
        attempts: Attempts,
        pod: Key,
        dialling: Dialling,
        calls: int,
        now: float,
        budget: Budget,
    ) -> Iterator[tuple[Attempt, int]]:
        """kube-proxy's choice for each call: all ways have the same chance."""
        if dialling.affinity:
            way = self._sticky(attempts, pod, dialling, now)
            yield attempts.attempt(pod, dialling, way), calls
            return
        ways = dialling.ways
        chances = np.full(len(ways), 1 / len(ways))
        for way, times in zip(
            ways, self._generator.multinomial(calls, chances).tolist(), strict=True
        ):
            if times:
                yield self._attempt(attempts, pod, dialling, way, budget), times

    def _sticky(self, attempts: Attempts, pod: Key, dialling: Dialling, now: float) -> Way:
        """ClientIP: the way of the last call, as long as it is there and was used not long ago.

        The first choice is the one that the pod's packet walk shows.
        """
        way, used_at = self._stuck.get((pod, dialling.target), (None, now))
        if way not in dialling.ways or now - used_at > dialling.affinity:
            site = attempts.view.pod(pod)
            way = choose_endpoint(dialling.ways, affinity_seed(site.ip if site else ""))
        chosen = way or dialling.ways[0]
        self._stuck[pod, dialling.target] = chosen, now
        return chosen

    def _attempt(
        self, attempts: Attempts, pod: Key, dialling: Dialling, way: Way, budget: Budget
    ) -> Attempt:
        """The attempt on a way. Once the tick's walks are used up, one that is known stands for it."""
        if budget.walks <= 0 and attempts.known(pod, dialling, way) is None:
            for other in dialling.ways:
                known = attempts.known(pod, dialling, other)
                if known is not None:
                    return known
        before = attempts.walks
        made = attempts.attempt(pod, dialling, way)
        budget.walks -= attempts.walks - before
        return made

    # --- telling -----------------------------------------------------------------------------------------

    def _count(self, ended: Sequence[_Ended], now: float) -> None:
        shape = len(self.targets), len(CLASSES)
        counts, seconds = np.zeros(shape, dtype=np.int64), np.zeros(len(self.targets))
        place = {target: index for index, target in enumerate(self.targets)}
        for each in ended:
            counts[place[each.target], _COLUMN[each.outcome.kind]] += each.times
            seconds[place[each.target]] += each.times * each.outcome.seconds
        for target, index in place.items():
            self._samples[target].append(now, counts[index], float(seconds[index]))
        self._total.append(now, counts.sum(axis=0), float(seconds.sum()))

    def _write(self, ended: Sequence[_Ended], now: float) -> None:
        """Add lines to the log; if there are too many, those of calls that failed come first."""
        chosen = sorted(ended, key=lambda each: each.outcome.is_ok)[:LINES_A_TICK]
        lines = [
            LogLine(
                number=self._lines + index,
                at=now,
                pod=each.pod.name,
                target=each.target,
                place="" if each.way is None else each.way.place,
                kind=each.outcome.kind,
                text=each.outcome.text,
                seconds=each.outcome.seconds,
                times=each.times,
                reason=each.outcome.reason,
                said=each.outcome.said,
            )
            for index, each in enumerate(chosen, 1)
        ]
        self._lines += len(lines)
        self._log = (*self._log, *lines)[-KEPT_LINES:]
        self._failed |= {line.target: line for line in reversed(lines) if not line.is_ok}

    def _reported(self, attempts: Attempts, now: float, quantum: float) -> CallsReport:
        return CallsReport(
            key=self.key,
            now=now,
            rate=self._rate,
            pods=len(self.pods),
            targets=tuple(self._target(attempts, each, now, quantum) for each in self.targets),
            log=self._log,
            total=self._total.extent,
        )

    def _target(
        self, attempts: Attempts, target: CallTarget, now: float, quantum: float
    ) -> TargetReport:
        dialling = attempts.dialling(self.pods[0], target) if self.pods else None
        dialling = dialling or Dialling(target=target)
        lately = recent(self._samples[target].extent, now, quantum)
        failed = self._failed.get(target)
        window = max(FRESH, 2 * quantum, 2 / self._rate)
        return TargetReport(
            target=target,
            addresses=dialling.addresses,
            canonical=dialling.canonical,
            service=dialling.service,
            endpoints=tuple(way.endpoint for way in dialling.ways if way.endpoint),
            affinity=dialling.affinity,
            recent=lately,
            failure=None if lately.success == 1 else failed,
            is_failing=failed is not None and failed.at > now - window,
        )
