"""HAProxy's `balance roundrobin` (lb_fwrr.c). Single picks and the time after run-time changes step
the deadline scheme; counts over many requests walk a table of the whole cycle, to the same end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cluster.engine.routing.balancers.base import BalancerBase, Counts, IsFull, Server
from cluster.engine.routing.balancers.cycle import Cycle, cycle_of, is_tabulated
from cluster.engine.routing.balancers.deadlines import DeadlineGroup
from cluster.engine.routing.hashing import WEIGHT_SCALE

WORTH_A_TABLE: Final = 64
"""Requests, in one call or one after another, from which on the table is cheaper than stepping."""


class RoundRobin(BalancerBase):
    """Weighted rotation by deadlines.

    The state is either in `_group`, or, while `_cycle` is set, at pick `_at` of a regular cycle
    whose slots are held by the servers in `_holders`.
    """

    algorithm = "roundrobin"

    def __init__(self, servers: Sequence[Server]) -> None:
        super().__init__(servers)
        members = [index for index in range(len(servers)) if self.is_usable(index)]
        self._group = DeadlineGroup(self._weights, members)
        self._cycle: Cycle | None = None
        self._holders = np.zeros(0, dtype=np.int64)
        self._at = 0
        self._wrapped = False
        """Whether the table has been followed across the end of a cycle."""
        self._stepped = 0
        """Single picks since the table was last left, or found to be of no use."""

    def choose(
        self,
        client: str | None = None,
        avoid: int | None = None,
        is_full: IsFull | None = None,
    ) -> int | None:
        if avoid is not None or is_full is not None:
            self._leave_table()
            return self._group.pick(avoid, is_full)
        cycle = self._cycle or self._enter_after_a_while()
        if cycle is None:
            return self._group.pick()
        if self._at == cycle.length:
            self._turn_over(cycle)
        slot = int(cycle.pattern[self._at % len(cycle.pattern)])
        self._at += 1
        return int(self._holders[slot])

    def counts(self, n: int, clients: Sequence[str] | None = None) -> Counts:
        counts = self._zeros()
        for done in range(n):
            if self._cycle is not None or self._enter_table(n - done):
                assert self._cycle is not None
                self._follow_table(self._cycle, n - done, counts)
                break
            index = self._group.pick()
            if index is None:
                break
            counts[index] += 1
        return counts

    def _follow_table(self, cycle: Cycle, n: int, counts: Counts) -> None:
        """Adds the next `n` picks to `counts`."""
        head = min(n, cycle.length - self._at)
        counts[self._holders] += cycle.counts(self._at, self._at + head)
        self._at += head
        if n == head:
            return
        self._turn_over(cycle)
        # The last cycle stays open even if it is over: HAProxy begins the next at its first pick,
        # and a change in between finds the servers still waiting for it.
        rounds, rest = divmod(n - head - 1, cycle.length)
        self._follow_rounds(cycle, rounds, counts)
        counts[self._holders] += cycle.counts(0, rest + 1)
        self._at = rest + 1

    def _follow_rounds(self, cycle: Cycle, rounds: int, counts: Counts) -> None:
        """Whole cycles: slots are handed on by one permutation, so orders recur after a few."""
        orders = [self._holders]
        while len(orders) < rounds:
            following = orders[-1][cycle.successor]
            if np.array_equal(following, self._holders):
                break
            orders.append(following)
        for place, holders in enumerate(orders[:rounds]):
            times = rounds // len(orders) + (place < rounds % len(orders))
            counts[holders] += times * cycle.turns
        if rounds:
            self._holders = orders[(rounds - 1) % len(orders)][cycle.successor]

    def _turn_over(self, cycle: Cycle) -> None:
        self._holders = self._holders[cycle.successor]
        self._at = 0
        self._wrapped = True

    def expected_shares(self) -> NDArray[np.float64]:
        """Long-run shares from a fresh start: by weight, but for the turns that a cycle leaves out.

        Of weights 3, 7, 7 the first gets 47 in 271, not 48 in 272.
        """
        weights = self._usable_weights()
        order = np.argsort(-weights, kind="stable")[: np.count_nonzero(weights)]
        slots = tuple(weights[order].tolist())
        if not is_tabulated(slots):
            return super().expected_shares()
        cycle = cycle_of(slots)
        shares = np.zeros(len(weights))
        shares[order] = cycle.mean_turns() / cycle.length
        return shares

    # Between the two forms of the state

    def _enter_after_a_while(self) -> Cycle | None:
        """Requests that come one by one are worth the table as well, once there are many."""
        self._stepped += 1
        if self._stepped < WORTH_A_TABLE:
            return None
        self._stepped = 0
        self._enter_table(WORTH_A_TABLE)
        return self._cycle

    def _enter_table(self, n: int) -> bool:
        """Goes over to the table if a regular cycle is under way and `n` picks are worth it."""
        group = self._group
        if n < WORTH_A_TABLE or group.step is None or not group.upcoming:
            return False
        if any(self._warmth[index] != WEIGHT_SCALE for index in group.entering):
            return False
        weights = tuple(self._weights[index] for index in group.entering)
        if not is_tabulated(weights):
            return False
        cycle = cycle_of(weights)
        self._cycle, self._at, self._wrapped = cycle, group.step, False
        self._holders = np.array(group.entering, dtype=np.int64)
        return True

    def _leave_table(self) -> None:
        """Puts the position in the table back into the deadline scheme."""
        if self._cycle is None:
            return
        cycle, self._cycle, self._stepped = self._cycle, None, 0
        if self._wrapped:
            self._restore_positions(cycle, cycle.length, self._previous_holders(cycle))
        self._restore_positions(cycle, self._at, self._holders)
        last = cycle.last_turns(self._at)
        left = cycle.counts(0, self._at) == cycle.turns
        turns = [(int(self._holders[s]), bool(left[s])) for s in np.argsort(last) if last[s] >= 0]
        waiting = [int(self._holders[s]) for s in np.flatnonzero(last < 0)]
        self._group.resume(self._at, self._holders.tolist(), waiting, turns)

    def _previous_holders(self, cycle: Cycle) -> Counts:
        previous = np.empty_like(self._holders)
        previous[cycle.successor] = self._holders
        return previous

    def _restore_positions(self, cycle: Cycle, at: int, holders: Counts) -> None:
        """Sets the positions of the servers that have had a turn before pick `at` of a cycle."""
        group, counts = self._group, cycle.counts(0, at)
        total = WEIGHT_SCALE * sum(cycle.weights)
        for slot in np.flatnonzero(counts):
            index, turns = int(holders[slot]), int(counts[slot])
            effective = WEIGHT_SCALE * cycle.weights[slot]
            start = total + int(cycle.entered[slot])
            group.lpos[index] = start + (turns - 1) * total // effective
            group.npos[index] = start + turns * total // effective
            group.rest[index] = turns * total % effective
            if turns == int(cycle.turns[slot]):
                group.npos[index] -= total

    # Run-time changes

    def _on_leave(self, index: int) -> None:
        self._leave_table()
        self._group.leave(index)

    def _on_join(self, index: int) -> None:
        self._leave_table()
        self._group.join(index, self._effective(index))

    def _on_reweigh(self, index: int) -> None:
        self._leave_table()
        self._group.reweigh(index, self._effective(index))
