"""Ranges of addresses and ports as the value/mask pairs that OpenFlow and iptables can match.

Stands for openshift/sdn `pkg/util/ranges`: a flow can match a prefix, but neither "not in" nor "from … to",
so a NetworkPolicy's `ipBlock` with exceptions and its `endPort` become several matches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cluster.engine.network.addresses import Network, parse_cidr

PORT_BITS = 16
Range = tuple[int, int]
"""First and last number, both included."""


def cidrs_of_block(cidr: str, exceptions: Sequence[str] = ()) -> list[str]:
    """The networks that an `ipBlock` admits: its own less the exceptions, in order of address.

    Without exceptions the network stays as it was written. An exception of the other address family
    excludes nothing. Raises AddressError.
    """
    if not exceptions:
        return [cidr]
    block = parse_cidr(cidr)
    left: list[Range] = [(block.base, block.last)]
    for text in exceptions:
        without = parse_cidr(text)
        if without.bits == block.bits:
            left = [part for each in left for part in _except(each, without)]
    return [
        str(Network(start, block.bits - free, block.bits))
        for each in left
        for start, free in _aligned(each, block.bits)
    ]


def port_masks(first: int, last: int) -> list[str]:
    """The ports `first` … `last` as `tp_dst` matches, `0x1770/0xfff0`."""
    full = (1 << PORT_BITS) - 1
    return [
        f"0x{start:04x}/0x{full & ~((1 << free) - 1):04x}"
        for start, free in _aligned((first, last), PORT_BITS)
    ]


def _except(whole: Range, without: Network) -> Iterable[Range]:
    """What is left of a range without a network: none, one or two ranges."""
    first, last = whole
    if without.last < first or without.base > last:
        return [whole]
    parts = [(first, without.base - 1), (without.last + 1, last)]
    return [part for part in parts if part[0] <= part[1]]


def _aligned(whole: Range, bits: int) -> Iterator[tuple[int, int]]:
    """A range cut into the largest aligned blocks: (first number, bits left free by its mask)."""
    start, last = whole
    while start <= last:
        free = bits if start == 0 else (start & -start).bit_length() - 1
        while start + (1 << free) - 1 > last:
            free -= 1
        yield start, free
        start += 1 << free
