"""A sparse set of small numbers that finds the next free one at once.

Every allocator of the network (pod addresses, service addresses, VNIDs) is a set of taken offsets
and a rule for where the search starts; this is the set. Kubernetes keeps a `big.Int`, host-local a
directory of files; here it is blocks of 1024 bits, made when first used, so that two thousand
almost empty nodes cost little and a full /23 is searched in one step.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_WIDTH: Final = 1024
_FULL: Final = (1 << _WIDTH) - 1


class Bitmap:
    """The taken numbers among 0 … `size` - 1."""

    __slots__ = ("_blocks", "_taken", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self._taken = 0
        self._blocks: dict[int, int] = {}

    def __len__(self) -> int:
        return self._taken

    def __contains__(self, offset: int) -> bool:
        return bool(self._blocks.get(offset // _WIDTH, 0) >> offset % _WIDTH & 1)

    def __iter__(self) -> Iterator[int]:
        for number in sorted(self._blocks):
            block = self._blocks[number]
            while block:
                lowest = block & -block
                yield number * _WIDTH + lowest.bit_length() - 1
                block ^= lowest

    def take(self, offset: int) -> bool:
        """Take a number. False when it was taken already. Raises IndexError outside the range."""
        if not 0 <= offset < self.size:
            raise IndexError(offset)
        number, bit = offset // _WIDTH, 1 << offset % _WIDTH
        block = self._blocks.get(number, 0)
        if block & bit:
            return False
        self._blocks[number] = block | bit
        self._taken += 1
        return True

    def free(self, offset: int) -> bool:
        """Give a number back. False when it was not taken."""
        number, bit = offset // _WIDTH, 1 << offset % _WIDTH
        block = self._blocks.get(number, 0)
        if offset < 0 or not block & bit:
            return False
        if block == bit:
            del self._blocks[number]
        else:
            self._blocks[number] = block ^ bit
        self._taken -= 1
        return True

    def next_free(self, start: int) -> int | None:
        """The first free number at or after `start`, wrapping at the end; None when all are taken.

        A start outside the range means from the beginning.
        """
        if self._taken >= self.size:
            return None
        if not 0 <= start < self.size:
            start = 0
        found = self._first_free_from(start)
        return found if found is not None else self._first_free_from(0)

    def _first_free_from(self, start: int) -> int | None:
        number, skipped = start // _WIDTH, start % _WIDTH
        block = self._blocks.get(number, 0) | (1 << skipped) - 1
        while block == _FULL:
            number += 1
            block = self._blocks.get(number, 0)
        offset = number * _WIDTH + (~block & block + 1).bit_length() - 1
        return offset if offset < self.size else None
