"""The deadline scheme of HAProxy's roundrobin (lb_fwrr.c), one pick at a time: every server has the
position at which it is due next, in a current cycle, or waits to enter this cycle or the next."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Final

from cluster.engine.routing.balancers.base import IsFull
from cluster.engine.routing.hashing import U32, WEIGHT_SCALE

MAX_EFFECTIVE: Final = 4096
"""HAProxy's SRV_EWGHT_MAX: effective weight of a server of weight 256."""

Entry = tuple[int, int, int]
"""(key, insertion serial, server): among equal keys the first one in is the first one out."""


def deadline_key(npos: int, rest: int, effective: int) -> int:
    """Order of a server in the current cycle: its position, and within it the heavier first."""
    return (256 * npos + (MAX_EFFECTIVE + rest - effective) // WEIGHT_SCALE) & U32


class DeadlineGroup:
    """State of one backend. Numbers are unsigned 32-bit, as in HAProxy, wrap-around included."""

    def __init__(self, weights: Sequence[int], members: Sequence[int]) -> None:
        """`members` are the usable servers among `weights`, in list order."""
        size = len(weights)
        self.effective = [WEIGHT_SCALE * weight for weight in weights]
        self.npos, self.lpos, self.rest = [0] * size, [0] * size, [0] * size
        self.pos = self.current = self.upcoming = sum(self.effective[i] for i in members)
        self._serial = 0
        self._serials = [0] * size
        self._homes: list[list[Entry] | None] = [None] * size
        self._clear_trees()
        for index in members:
            self._wait(index, self._init)
        self._begin_cycle()

    def _clear_trees(self) -> None:
        self._init: list[Entry] = []
        self._curr: list[Entry] = []
        self._next: list[Entry] = []

    def _begin_cycle(self) -> None:
        self.step: int | None = 0
        """Picks since the cycle began, None when something happened that bends its order."""
        self.entering = [entry[2] for entry in sorted(self._init) if self._is_live(entry)]
        """The servers of this cycle in the order in which they enter it."""

    @property
    def all_placed(self) -> bool:
        """Whether every server of this cycle has had its first turn."""
        return self._first(self._init) is None

    # Trees: entries of servers that have moved on are skipped when they come up.

    def _is_live(self, entry: Entry) -> bool:
        return self._serials[entry[2]] == entry[1]

    def _first(self, tree: list[Entry]) -> int | None:
        while tree and self._serials[tree[0][2]] != tree[0][1]:
            heappop(tree)
        return tree[0][2] if tree else None

    def _insert(self, index: int, key: int, tree: list[Entry]) -> None:
        self._serial += 1
        self._serials[index] = self._serial
        self._homes[index] = tree
        heappush(tree, (key, self._serial, index))

    def _remove(self, index: int) -> None:
        self._serials[index] = 0
        self._homes[index] = None

    def _wait(self, index: int, tree: list[Entry]) -> None:
        self._insert(index, MAX_EFFECTIVE - self.effective[index], tree)

    def _queue(self, index: int) -> None:
        npos = self.npos[index]
        if npos >= 2 * self.current or npos >= self.current + self.upcoming:
            self.npos[index] = (npos - self.current) & U32
            self._wait(index, self._next)
        else:
            key = deadline_key(npos, self.rest[index], self.effective[index])
            self._insert(index, key, self._curr)

    # Picking

    def pick(self, avoid: int | None = None, is_full: IsFull | None = None) -> int | None:
        """The next server; `avoid` only if there is no other.

        None when no server is usable, or all of them are full. Those passed over have had their
        turn all the same.
        """
        if not self.upcoming:
            return None
        aside: list[int] = []
        avoided: int | None = None
        switched = False
        while True:
            if not self.current:
                self.pos = self.current = self.upcoming
            index = self._candidate()
            if index is None:
                if switched:
                    break
                switched = True
                self._switch()
                continue
            self._advance(index)
            if is_full is None or not is_full(index):
                if index != avoid:
                    break
                avoided = index
            aside.append(index)
            self.step = None
        chosen = avoided if index is None else index
        if chosen is not None:
            self._queue(chosen)
        self._put_back([index for index in aside if index != chosen], switched)
        if self.step is not None:
            self.step += 1
        return chosen

    def _put_back(self, aside: list[int], switched: bool) -> None:
        for index in reversed(aside):
            if switched:
                self._wait(index, self._init)
                self.step = None
            else:
                self._queue(index)

    def _candidate(self) -> int | None:
        due = self._first(self._curr)
        if due is not None and self.npos[due] <= self.pos:
            heappop(self._curr)
            return due
        fresh = self._first(self._init)
        if fresh is not None:
            heappop(self._init)
            self.npos[fresh] = self.rest[fresh] = 0
            return fresh
        if due is not None:
            heappop(self._curr)
        return due

    def _advance(self, index: int) -> None:
        effective = self.effective[index]
        npos = self.npos[index] or self.pos
        self.lpos[index] = npos
        npos += self.upcoming // effective
        rest = self.rest[index] + self.upcoming % effective
        if rest >= effective:
            rest -= effective
            npos += 1
        self.npos[index], self.rest[index] = npos & U32, rest
        self._remove(index)
        self.pos = (self.pos + 1) & U32

    def _switch(self) -> None:
        self._init, self._next = self._next, self._init
        self.pos = self.current = self.upcoming
        self._begin_cycle()

    # Changes while running (reference: fwrr_set_server_status_down, _up, fwrr_update_server_weight)

    def leave(self, index: int) -> None:
        """The server becomes unusable; its positions are kept."""
        self.upcoming -= self.effective[index]
        self._remove(index)
        self.step = None

    def join(self, index: int, effective: int) -> None:
        """The server becomes usable with this effective weight."""
        self.effective[index] = effective
        self.upcoming += effective
        ahead = (self.upcoming + self.current - self.pos) & U32
        self.npos[index] = (self.pos + ahead // effective) & U32
        self._queue(index)
        self.step = None

    def reweigh(self, index: int, effective: int) -> None:
        """The server gets another effective weight and stays usable."""
        self.upcoming += effective - self.effective[index]
        self.effective[index] = effective
        self.step = None
        if self._homes[index] is self._init:
            self._wait(index, self._init)
            return
        previous = self.npos[index]
        if self._homes[index] is self._next:
            previous = (previous + self.current) & U32
        stride = self.upcoming // effective
        npos = min((self.lpos[index] + stride) & U32, previous)
        if npos < self.pos + 2:
            npos = self.pos + stride
        self.npos[index], self.rest[index] = npos & U32, 0
        self._queue(index)

    # Entry in the middle of a regular cycle

    def resume(
        self,
        step: int,
        entering: Sequence[int],
        waiting: Sequence[int],
        turns: Sequence[tuple[int, bool]],
    ) -> None:
        """Builds the trees of a regular cycle after `step` picks, from the servers' positions.

        `entering` is the order of the cycle, `waiting` those of it still to have a turn; `turns`
        are the others in the order of their last one, each with whether it has left the cycle.
        The caller has set `npos`, `lpos` and `rest`.
        """
        self._clear_trees()
        self.current = self.upcoming
        self.pos = self.current + step
        for index in waiting:
            self._wait(index, self._init)
        for index, has_left in turns:
            if has_left:
                self._wait(index, self._next)
            else:
                key = deadline_key(self.npos[index], self.rest[index], self.effective[index])
                self._insert(index, key, self._curr)
        self.step, self.entering = step, list(entering)
