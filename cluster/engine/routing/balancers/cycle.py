"""One whole cycle of HAProxy's roundrobin as a table, for constant weights: counts of many requests
come from it without stepping. It is made by the deadline scheme itself, in vector form once every
server has had its first turn, and kept for each list of weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import gcd
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cluster.engine.routing.balancers.deadlines import MAX_EFFECTIVE, DeadlineGroup
from cluster.engine.routing.hashing import WEIGHT_SCALE

LARGEST_TABLE: Final = 1 << 19
"""Longest cycle that is tabulated: 128 servers of weight 256."""

Int64Array = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cycle:
    """The order of one cycle. Slots are the servers in the order in which they enter the cycle."""

    weights: tuple[int, ...]
    """Weight of each slot, heaviest first."""
    length: int
    """Picks in a cycle: 16 * sum(weights), or one or two less."""
    pattern: NDArray[np.int32]
    """Slot of each pick: the whole cycle, or the shorter period that it consists of."""
    entered: Int64Array
    """Pick at which each slot has its first turn."""
    turns: Int64Array
    """Turns of each slot in a cycle."""
    successor: Int64Array
    """The slot whose server takes each slot in the next cycle: the order of leaving."""

    def slots(self, start: int, stop: int) -> NDArray[np.int32]:
        """Slots of the picks `start` to `stop` - 1 of a cycle, `stop` <= `length`."""
        period = len(self.pattern)
        first, last = start % period, start % period + stop - start
        if last <= period:
            return self.pattern[first:last]
        return np.resize(self.pattern, last)[first:]

    def counts(self, start: int, stop: int) -> Int64Array:
        """Turns of each slot from pick `start` to `stop` - 1 of a cycle."""
        size, period = len(self.weights), len(self.pattern)
        rounds, rest = divmod(stop - start, period)
        counts = np.bincount(self.slots(start, start + rest), minlength=size)
        if rounds:
            counts += rounds * np.bincount(self.pattern, minlength=size)
        return counts

    def mean_turns(self) -> NDArray[np.float64]:
        """Turns per cycle in the long run of the server that starts in each slot.

        It passes through a few slots of equal weight, of which one may have a turn less.
        """
        mean = self.turns.astype(np.float64)
        unseen = set(range(len(self.weights)))
        while unseen:
            orbit = [unseen.pop()]
            while (following := int(self.successor[orbit[-1]])) != orbit[0]:
                orbit.append(following)
            unseen.difference_update(orbit)
            mean[orbit] = self.turns[orbit].mean()
        return mean

    def last_turns(self, stop: int) -> Int64Array:
        """Pick of each slot's last turn before pick `stop`, -1 where it had none."""
        last = np.full(len(self.weights), -1, dtype=np.int64)
        last[self.slots(0, stop)] = np.arange(stop)
        return last


def is_tabulated(weights: tuple[int, ...]) -> bool:
    """Whether `cycle_of` takes these weights."""
    return 0 < WEIGHT_SCALE * sum(weights) <= LARGEST_TABLE


@lru_cache(maxsize=256)
def cycle_of(weights: tuple[int, ...]) -> Cycle:
    """The cycle of servers with these weights, given heaviest first."""
    group = DeadlineGroup(weights, range(len(weights)))
    opening: list[int] = []
    entered = [-1] * len(weights)
    while not group.all_placed:
        slot = _step(group)
        if entered[slot] < 0:
            entered[slot] = len(opening)
        opening.append(slot)
    starts = np.array(entered, dtype=np.int64)
    turns = _turns_in_cycle(weights, starts)
    rest = _remaining_order(weights, starts, turns, np.array(opening, dtype=np.int64))
    if rest is None:
        missing = int(turns.sum()) - len(opening)
        rest = np.array([_step(group) for _ in range(missing)], dtype=np.int64)
    return _tabulate(weights, np.concatenate([np.array(opening, dtype=np.int64), rest]), starts)


def _step(group: DeadlineGroup) -> int:
    slot = group.pick()
    assert slot is not None  # every slot has a weight above 0
    return slot


def _turns_in_cycle(weights: tuple[int, ...], entered: Int64Array) -> Int64Array:
    """A slot placed at p0 has position p0 + j*W // e after j turns; at 2*W it leaves the cycle."""
    effective = WEIGHT_SCALE * np.array(weights, dtype=np.int64)
    total = int(effective.sum())
    turns: Int64Array = -(-(total - entered) * effective // total)
    return turns


def _remaining_order(
    weights: tuple[int, ...], entered: Int64Array, turns: Int64Array, opening: Int64Array
) -> Int64Array | None:
    """Slots of the picks after the opening, or None where this form cannot tell their order.

    From here on every pick takes the smallest key, and every slot's keys ascend, so the order is
    that of all keys; of equal ones the one inserted first, that is, whose previous turn was first.
    """
    size = len(weights)
    effective = WEIGHT_SCALE * np.array(weights, dtype=np.int64)
    total = int(effective.sum())
    had = np.bincount(opening, minlength=size)
    left = turns - had
    slots = np.repeat(np.arange(size), left)
    firsts = np.cumsum(left) - left
    turn = np.arange(len(slots)) - np.repeat(firsts - had, left)
    advance = turn * total
    e = effective[slots]
    keys = 256 * (total + entered[slots] + advance // e)
    keys += (MAX_EFFECTIVE + advance % e - e) // WEIGHT_SCALE
    before = np.empty_like(keys)
    before[1:] = keys[:-1]
    last = np.full(size, -1, dtype=np.int64)
    last[opening] = np.arange(len(opening))
    before[firsts[left > 0]] = last[left > 0] - len(opening)  # earlier than any key
    order = np.lexsort((before, keys))
    tied = (np.diff(keys[order]) == 0) & (np.diff(before[order]) == 0)
    return None if tied.any() else slots[order]


def _tabulate(weights: tuple[int, ...], order: Int64Array, entered: Int64Array) -> Cycle:
    size, length, total = len(weights), len(order), WEIGHT_SCALE * sum(weights)
    last = np.full(size, -1, dtype=np.int64)
    last[order] = np.arange(length)
    period = sum(weights) // gcd(*weights)
    pattern = order.astype(np.int32)
    if length == total and (pattern.reshape(-1, period) == pattern[:period]).all():
        pattern = pattern[:period].copy()
    return Cycle(
        weights=weights,
        length=length,
        pattern=pattern,
        entered=entered,
        turns=np.bincount(order, minlength=size),
        successor=np.lexsort((last, -np.array(weights, dtype=np.int64))),
    )
