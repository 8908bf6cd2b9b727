"""Seeded random streams of the engine: the one source of chance in a cluster that must replay.

SplitMix64 (Steele, Lea, Flood 2014) stands in for the operating system's randomness: a 64-bit
counter, mixed. The whole state is one integer, so a stream is stored with the cluster and goes on
exactly where it stopped; `child` gives every consumer a stream of its own, so that one more draw in
one place does not change what happens in another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final, Protocol, TypeVar

T = TypeVar("T")

_MASK: Final = (1 << 64) - 1
_GAMMA: Final = 0x9E3779B97F4A7C15
_TO_UNIT: Final = 1.0 / (1 << 53)

# k8s.io/apimachinery util/rand: no vowels and no look-alikes, so that no words appear in names.
SUFFIX_ALPHABET: Final = "bcdfghjklmnpqrstvwxz2456789"
_SUFFIX_CHUNK: Final = 12  # 27 ** 12 is below 2 ** 64: twelve characters from one draw


class Randomness(Protocol):
    """What allocators need of a random stream."""

    def randrange(self, stop: int, /) -> int:
        """A whole number from 0 to `stop` - 1, each equally likely."""
        ...


class RandomStream:
    """A deterministic stream of random values, wholly described by one integer (`state`)."""

    __slots__ = ("_counter", "_seed")

    def __init__(self, seed: int) -> None:
        self._seed = seed & _MASK
        self._counter = self._seed

    @classmethod
    def from_state(cls, state: int) -> RandomStream:
        """The stream that `state` was read from, at the same place. Raises ValueError."""
        if not 0 <= state < 1 << 128:
            raise ValueError(f"state: {state} is not the state of a random stream")
        stream = cls(state >> 64)
        stream._counter = state & _MASK
        return stream

    def restore(self, state: int) -> None:
        """Go back (or on) to where `state` was read."""
        self._seed, self._counter = state >> 64, state & _MASK

    @property
    def state(self) -> int:
        """Seed (upper 64 bits) and position (lower 64 bits): enough to go on from here."""
        return self._seed << 64 | self._counter

    def child(self, name: str) -> RandomStream:
        """An independent stream for `name`: the same for one seed however much has been drawn."""
        digest = hashlib.blake2b(
            name.encode(), digest_size=8, key=self._seed.to_bytes(8, "big")
        ).digest()
        return RandomStream(int.from_bytes(digest, "big"))

    def bits64(self) -> int:
        """The next 64 random bits."""
        self._counter = z = (self._counter + _GAMMA) & _MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return z ^ (z >> 31)

    def random(self) -> float:
        """A number in [0, 1), with 53 random bits."""
        return (self.bits64() >> 11) * _TO_UNIT

    def randrange(self, stop: int, /) -> int:
        """A whole number from 0 to `stop` - 1, each equally likely. Raises ValueError below 1."""
        if not 1 <= stop <= 1 << 64:
            raise ValueError(f"stop: {stop} is not between 1 and 2^64")
        # Multiply and shift, refusing the few values that would favour some results (Lemire 2019).
        product = self.bits64() * stop
        if (low := product & _MASK) < stop:
            threshold = ((1 << 64) - stop) % stop
            while low < threshold:
                product = self.bits64() * stop
                low = product & _MASK
        return product >> 64

    def choice(self, sequence: Sequence[T]) -> T:
        """One item of a sequence. Raises IndexError when it is empty."""
        if not sequence:
            raise IndexError("cannot choose from an empty sequence")
        return sequence[self.randrange(len(sequence))]

    def choices_suffix(self, length: int = 5) -> str:
        """A generated name's suffix as Kubernetes makes it (`web-1-x7k2p`)."""
        base = len(SUFFIX_ALPHABET)
        characters: list[str] = []
        while (missing := length - len(characters)) > 0:
            chunk = min(missing, _SUFFIX_CHUNK)
            value = self.randrange(base**chunk)
            for _ in range(chunk):
                value, index = divmod(value, base)
                characters.append(SUFFIX_ALPHABET[index])
        return "".join(characters)

    def uuid(self) -> str:
        """A version 4 UUID (RFC 4122) from two draws."""
        value = self.bits64() << 64 | self.bits64()
        value = value & ~(0xF << 76) | 0x4 << 76
        value = value & ~(0x3 << 62) | 0x2 << 62
        text = f"{value:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
