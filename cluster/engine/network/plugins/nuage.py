"""Nuage's addresses: subnets per project, cut from the cluster network by a buddy pool.

Stands for nuagekubemon (nuagenetworks/nuage-kubernetes `nuagekubemon/client`): zone per project, its subnets
`<project>-0`, `<project>-1` … span all nodes; a project whose subnets are full gets one more.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence

from cluster.engine.network.addresses import (
    IPV4_BITS,
    AddressError,
    Network,
    parse_address,
    parse_cidr,
)
from cluster.engine.network.plugins.lowest_free import LowestFree
from cluster.engine.network.pod_addresses import AddressesExhaustedError


class SubnetPoolError(AddressError):
    """A block that the pool does not have, or has already."""


def split(subnet: str) -> tuple[str, str]:
    """The lower and the upper half of a subnet. Raises SubnetPoolError for a single address."""
    low, high = _halves(parse_cidr(subnet))
    return str(low), str(high)


def _halves(block: Network) -> tuple[Network, Network]:
    if block.prefix >= block.bits:
        raise SubnetPoolError(f"Cannot split /{block.bits} address space")
    half, prefix = 1 << block.host_bits - 1, block.prefix + 1
    return Network(block.base, prefix, block.bits), Network(block.base + half, prefix, block.bits)


class SubnetPool:
    """Free blocks by their length. The smallest that suffices is taken, the lowest of them, and halved.

    Freed blocks are not merged again: all that is ever asked for has one size (`ipv4subnet.go`).
    """

    __slots__ = ("_free",)

    def __init__(self, blocks: Iterable[str] = ()) -> None:
        self._free: list[list[int]] = [[] for _ in range(IPV4_BITS + 1)]
        for each in blocks:
            self.free(each)

    def allocate(self, length: int) -> str:
        """A block of a prefix length. Raises SubnetPoolError when there is none."""
        if not 0 <= length <= IPV4_BITS:
            raise SubnetPoolError("Invalid subnet size.  Expected between /0 and /32")
        larger = next((each for each in range(length, -1, -1) if self._free[each]), None)
        if larger is None:
            raise SubnetPoolError("Invalid subnet size.  Expected between /0 and /32")
        block = Network(self._free[larger].pop(0), larger, IPV4_BITS)
        while block.prefix < length:
            block, upper = _halves(block)
            self._put(upper)
        return str(block)

    def allocate_this(self, subnet: str) -> None:
        """Take one certain block, splitting those around it. Raises SubnetPoolError."""
        wanted = parse_cidr(subnet)
        for length in range(wanted.prefix, -1, -1):
            base = wanted.base >> IPV4_BITS - length << IPV4_BITS - length
            if base in self._free[length]:
                self._free[length].remove(base)
                self._cut(Network(base, length, IPV4_BITS), wanted)
                return
        raise SubnetPoolError(f"Subnet {subnet} not found in pool")

    def free(self, subnet: str) -> None:
        """Give a block back. Raises SubnetPoolError for one that is free."""
        block = parse_cidr(subnet)
        if block.base in self._free[block.prefix]:
            raise SubnetPoolError(f"Double free of {subnet}")
        self._put(block)

    def __iter__(self) -> Iterator[str]:
        """The free blocks, the largest first."""
        for length, bases in enumerate(self._free):
            yield from (str(Network(base, length, IPV4_BITS)) for base in bases)

    def _cut(self, block: Network, wanted: Network) -> None:
        while block.prefix < wanted.prefix:
            low, high = _halves(block)
            inside = low.contains(wanted.base)
            block = low if inside else high
            self._put(high if inside else low)

    def _put(self, block: Network) -> None:
        bisect.insort(self._free[block.prefix], block.base)


class ProjectSubnets:
    """The subnets of all projects and the pods' addresses in them."""

    __slots__ = ("_host_bits", "_pool", "_subnets")

    def __init__(self, cluster_network: str, host_bits: int) -> None:
        """Subnets have `host_bits` (ClusterNetwork's hostSubnetLength). Raises AddressError."""
        self._pool = SubnetPool([str(parse_cidr(cluster_network))])
        self._host_bits = host_bits
        self._subnets: dict[str, list[LowestFree]] = {}

    def subnets(self) -> Mapping[str, Sequence[str]]:
        """Project → its subnets in order: the n-th is named `<project>-<n>`."""
        return {
            project: [str(each.network) for each in held] for project, held in self._subnets.items()
        }

    def allocate(self, project: str, owner: str) -> str:
        """A pod's address; the project grows by a subnet when its own are full.

        Raises AddressesExhaustedError when the cluster network is used up.
        """
        held = self._subnets.setdefault(project, [])
        free = next((each for each in held if not each.is_full), None)
        if free is None:
            try:
                free = LowestFree(self._pool.allocate(IPV4_BITS - self._host_bits))
            except SubnetPoolError as error:
                raise AddressesExhaustedError(
                    f"no subnet left for zone {project}: {error}"
                ) from None
            held.append(free)
        return free.allocate(owner)

    def restore(self, project: str, subnet: str) -> None:
        """Give a project a subnet that it had. Raises SubnetPoolError."""
        self._pool.allocate_this(subnet)
        self._subnets.setdefault(project, []).append(LowestFree(subnet))

    def mark(self, project: str, address: str, owner: str) -> None:
        """Record a pod's address, and the subnet around it as the project's. Raises AddressError."""
        if self._holding(project, address) is None:
            value, bits = parse_address(address)
            base = value >> self._host_bits << self._host_bits
            self.restore(project, str(Network(base, IPV4_BITS - self._host_bits, bits)))
        holding = self._holding(project, address)
        if holding is not None:
            holding.mark(address, owner)

    def release(self, project: str, address: str) -> bool:
        """Give an address back; False when nobody held it."""
        holding = self._holding(project, address)
        return holding is not None and holding.release(address)

    def address_of(self, project: str, owner: str) -> str | None:
        """The address that a pod of a project holds."""
        found = (each.address_of(owner) for each in self._subnets.get(project, ()))
        return next((address for address in found if address is not None), None)

    def owner_of(self, project: str, address: str) -> str | None:
        """Who holds an address."""
        holding = self._holding(project, address)
        return None if holding is None else holding.owner_of(address)

    def drop(self, project: str) -> None:
        """Give back all subnets of a project that is gone."""
        for each in self._subnets.pop(project, ()):
            self._pool.free(str(each.network))

    def _holding(self, project: str, address: str) -> LowestFree | None:
        try:
            value, bits = parse_address(address)
        except AddressError:
            return None
        held = self._subnets.get(project, ())
        return next((each for each in held if each.network.contains(value, bits)), None)
