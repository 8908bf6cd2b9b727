"""Ranges as values and masks: a switch compares bits, it knows no "from … to" and no "except".

Stands for openshift/sdn `pkg/util/ranges`: the fewest aligned blocks that cover a range.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cluster.engine.network.addresses import Network, parse_cidr

Pair = tuple[int, int]
"""Value and mask."""


def port_masks(first: int, last: int) -> list[Pair]:
    """The blocks that cover the ports from `first` to `last`, both included."""
    return [(start, 0xFFFF ^ (size - 1)) for start, size in _blocks(first, last)]


def cidr_masks(cidr: str, excluded: Iterable[str]) -> list[Pair]:
    """The blocks that cover an IPv4 CIDR without some others. Raises AddressError."""
    holes = [parse_cidr(each) for each in excluded]
    whole = parse_cidr(cidr)
    if not holes:
        return [(whole.base, _prefix_mask(whole))]
    parts = [(whole.base, whole.last)]
    for hole in holes:
        parts = [rest for part in parts for rest in _without(part, hole)]
    return [(start, 0xFFFF_FFFF ^ (size - 1)) for part in parts for start, size in _blocks(*part)]


def _prefix_mask(network: Network) -> int:
    return 0xFFFF_FFFF ^ ((1 << network.host_bits) - 1)


def _without(part: tuple[int, int], hole: Network) -> Iterator[tuple[int, int]]:
    first, last = part
    if last < hole.base or hole.last < first:
        yield part
        return
    if first < hole.base:
        yield first, hole.base - 1
    if hole.last < last:
        yield hole.last + 1, last


def _blocks(first: int, last: int) -> Iterator[tuple[int, int]]:
    """The aligned blocks, as (start, size), from the left the largest that fits."""
    while first <= last:
        aligned = first & -first if first else 1 << 32
        fitting = 1 << ((last - first + 1).bit_length() - 1)
        size = min(aligned, fitting)
        yield first, size
        first += size
