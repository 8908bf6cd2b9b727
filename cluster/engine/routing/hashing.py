"""How HAProxy turns a client's address into a number and a number into a server: the full hash
(`full_hash`), the weighted map of lb_map.c and the ring of lb_chash.c."""

from __future__ import annotations

import ipaddress
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

U32: Final = 0xFFFFFFFF
WEIGHT_SCALE: Final = 16
"""HAProxy's BE_WEIGHT_SCALE: ring nodes, and units of effective weight, for each unit of weight."""
NODES_PER_ID: Final = 4096
"""HAProxy's SRV_EWGHT_RANGE: the distance of the node numbers of two neighbouring server ids."""

UInt32Array = NDArray[np.uint32]


def full_hash(value: int) -> int:
    """HAProxy's `full_hash` (`__full_hash`), a bijection of the 32-bit numbers."""
    a = value & U32
    a = (a + 0x7ED55D16 + (a << 12)) & U32
    a = (a ^ 0xC761C23C) ^ (a >> 19)
    a = (a + 0x165667B1 + (a << 5)) & U32
    a = ((a + 0xD3A2646C) ^ (a << 9)) & U32
    a = (a + 0xFD7046C5 + (a << 3)) & U32
    a = (a ^ 0xB55A4F09) ^ (a >> 16)
    return (a * 3221225473) & U32


def full_hashes(values: UInt32Array) -> UInt32Array:
    """`full_hash` of every number of an array."""
    a = values.astype(np.uint32)
    a = a + np.uint32(0x7ED55D16) + (a << np.uint32(12))
    a = (a ^ np.uint32(0xC761C23C)) ^ (a >> np.uint32(19))
    a = a + np.uint32(0x165667B1) + (a << np.uint32(5))
    a = (a + np.uint32(0xD3A2646C)) ^ (a << np.uint32(9))
    a = a + np.uint32(0xFD7046C5) + (a << np.uint32(3))
    a = (a ^ np.uint32(0xB55A4F09)) ^ (a >> np.uint32(16))
    return a * np.uint32(3221225473)


@lru_cache(maxsize=16_384)
def address_hash(address: str) -> int:
    """The number that `balance source` makes of a client's address.

    IPv4: the address itself; IPv6: its four 32-bit words, xored. Raises ValueError naming the
    address when it is neither.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        raise ValueError(
            f'client: Invalid value: "{address}": must be a valid IP address'
        ) from None
    number = int(parsed)
    if parsed.version == 6:
        number ^= number >> 64
        number ^= number >> 32
    return number & U32


@lru_cache(maxsize=64)
def address_hashes(addresses: tuple[str, ...]) -> UInt32Array:
    """`address_hash` of every address, shape (addresses,); kept, as client populations recur."""
    hashes = np.fromiter(map(address_hash, addresses), dtype=np.uint32, count=len(addresses))
    hashes.flags.writeable = False
    return hashes


@lru_cache(maxsize=256)
def weighted_map(weights: tuple[int, ...]) -> NDArray[np.int64]:
    """The map of static-rr and of map-based source: for each of sum(weights) places the position
    in `weights` of the server there (haproxy: lb_map.c, `recalc_server_map`)."""
    total = sum(weights)
    present = np.flatnonzero(np.array(weights))
    gains = np.array(weights, dtype=np.int64)[present]
    scores = np.zeros(len(present), dtype=np.int64)
    winners = np.empty(total, dtype=np.int64)
    for place in range(total):
        scores += gains
        # argmax takes the first of the largest, as "strictly larger replaces" does.
        winner = int(np.argmax((scores + total) // total))
        scores[winner] -= total
        winners[place] = winner
    places: NDArray[np.int64] = present[winners]
    places.flags.writeable = False
    return places


@dataclass(frozen=True, slots=True)
class Ring:
    """The ring of consistent hashing and of random: the nodes' keys in order, and who owns them.

    The node owned by `owners[k]` wins the numbers above `limits[k - 1]`, up to and including
    `limits[k]`; those above the last limit are the first one's, which reaches across 0.
    """

    owners: NDArray[np.int64]
    limits: UInt32Array
    shares: NDArray[np.float64]
    """Share of a uniform 32-bit number for each server, shape (servers,)."""

    def position(self, number: int) -> int:
        """The node nearest to the number, the one below on a tie."""
        # A view gives plain integers: three times as fast as searchsorted for a single number.
        return bisect_left(self.limits.data, number) % len(self.owners)

    def winner(self, number: int, avoid: int | None = None) -> int:
        """The server of a 32-bit number; `avoid` is passed over, going upward, if it can be."""
        position = self.position(number)
        owner = int(self.owners[position])
        if owner != avoid:
            return owner
        upward = np.roll(self.owners, -position)
        others = upward[upward != avoid]
        return int(others[0]) if len(others) else owner

    def winners(self, numbers: UInt32Array) -> NDArray[np.int64]:
        """The server of each number, same shape as `numbers`."""
        # Beyond the last limit the first node follows again.
        return self.owners.take(np.searchsorted(self.limits, numbers), mode="wrap")


@lru_cache(maxsize=128)
def build_ring(ids: tuple[int, ...], weights: tuple[int, ...]) -> Ring:
    """The ring of servers with these ids and weights; servers of weight 0 have no node.

    Server `id` has 16 nodes for each unit of weight, at `full_hash(id * 4096 + j)`. At least one
    weight must be above 0.
    """
    counts = np.array(weights, dtype=np.int64) * WEIGHT_SCALE
    owners = np.repeat(np.arange(len(weights)), counts)
    firsts = np.repeat(np.cumsum(counts) - counts, counts)
    numbers = np.array(ids, dtype=np.int64)[owners] * NODES_PER_ID + np.arange(len(owners)) - firsts
    keys = full_hashes((numbers & U32).astype(np.uint32)).astype(np.int64)
    order = np.argsort(keys)
    keys, owners = keys[order], owners[order]
    # A number as near to the node below as to the node above belongs to the one below.
    limits = (keys + np.append(keys[1:], keys[0] + U32 + 1)) // 2
    if limits[-1] > U32:  # the last node's reach goes past 0: rotate so that limits ascend
        limits = np.append(limits[-1] - U32 - 1, limits[:-1])
        owners = np.append(owners[-1], owners[:-1])
    reach = np.diff(limits, prepend=limits[-1] - U32 - 1)
    shares = np.bincount(owners, weights=reach, minlength=len(weights)) / (U32 + 1)
    return Ring(owners, limits.astype(np.uint32), shares)


def usable_ring(ids: Sequence[int], weights: Sequence[int], usable: Sequence[bool]) -> Ring | None:
    """The ring of the usable servers, or None when there is none."""
    effective = tuple(w if up else 0 for w, up in zip(weights, usable, strict=True))
    return build_ring(tuple(ids), effective) if any(effective) else None
