"""Node subnets: which slice of the cluster network each node gets.

Stands for OpenShift SDN's subnet allocator on the master
(openshift/sdn `pkg/network/master/util/subnet_allocator.go`): a rotated count, a cursor that only
moves forward, and a map of taken CIDR strings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from cluster.engine.network.addresses import IPV4_BITS, AddressError, Network, parse_cidr

_MOST_SUBNET_BITS: Final = 24  # upstream considers at most 2^24 subnets of one network


class NoSubnetsAvailableError(Exception):
    """Every subnet of every cluster network is taken."""

    def __init__(self) -> None:
        super().__init__("no subnets available.")


class SubnetOutOfRangeError(AddressError):
    """A subnet that belongs to no cluster network."""

    def __init__(self, subnet: str) -> None:
        super().__init__(f"network {subnet} does not belong to any known range")


class _Range:
    """One cluster network cut into subnets of one size."""

    __slots__ = ("_rotation", "_subnet_bits", "cursor", "host_bits", "network", "taken")

    def __init__(self, network: Network, host_bits: int) -> None:
        if host_bits <= 0:
            raise AddressError("host capacity cannot be zero.")
        if host_bits > network.host_bits:
            raise AddressError(
                "subnet capacity cannot be larger than number of networks available."
            )
        self.network = network
        self.host_bits = host_bits
        self._subnet_bits = network.host_bits - host_bits
        self._rotation = self._rotation_of(network, host_bits)
        # Keys are CIDR strings, not numbers: a subnet of another size does not block this one.
        self.taken: set[str] = set()
        self.cursor = 0

    @staticmethod
    def _rotation_of(network: Network, host_bits: int) -> int:
        """How far to rotate a subnet number so that the octet shared with hosts stays 0 longest."""
        aligned = host_bits % 8 == 0
        shares_octet = (host_bits - 1) // 8 == (network.host_bits - 1) // 8
        if network.bits != IPV4_BITS or aligned or shares_octet:
            return 0
        return 8 - host_bits % 8

    @property
    def count(self) -> int:
        return 1 << min(self._subnet_bits, _MOST_SUBNET_BITS)

    def subnet(self, number: int) -> Network | None:
        """The subnet handed out as the number-th; None for the numbers IPv6 leaves out."""
        if self._rotation:
            width = self._subnet_bits
            high = number >> width - self._rotation
            number = number << self._rotation & (1 << width) - 1 | high
        elif self.network.bits != IPV4_BITS and self._subnet_bits >= 16 and number & 0xFFFF == 0:
            # Such a number would vanish in the compressed text and look unlike its neighbours.
            return None
        base = self.network.base + (number << self.host_bits)
        return Network(base, self.network.bits - self.host_bits, self.network.bits)

    def allocate(self) -> str | None:
        for step in range(count := self.count):
            number = (self.cursor + step) % count
            subnet = self.subnet(number)
            if subnet is not None and (text := str(subnet)) not in self.taken:
                self.taken.add(text)
                self.cursor = number + 1
                return text
        self.cursor = 0
        return None


class NodeSubnetAllocator:
    """The master's subnet allocator over one or more cluster networks, tried in order."""

    __slots__ = ("_ranges",)

    def __init__(self, networks: Iterable[tuple[str, int]] = ()) -> None:
        """Networks are (CIDR, hostSubnetLength) pairs, in order. Raises AddressError."""
        self._ranges: list[_Range] = []
        for cidr, host_subnet_length in networks:
            self.add_network(cidr, host_subnet_length)

    def add_network(self, cidr: str, host_subnet_length: int) -> None:
        """Append a cluster network, used once those before it are full. Raises AddressError."""
        self._ranges.append(_Range(parse_cidr(cidr), host_subnet_length))

    def allocate(self) -> str:
        """The next free subnet. Raises NoSubnetsAvailableError."""
        for candidate in self._ranges:
            if (subnet := candidate.allocate()) is not None:
                return subnet
        raise NoSubnetsAvailableError

    def mark(self, subnet: str) -> None:
        """Record a subnet as in use; twice is the same as once. Raises AddressError."""
        taken, text = self._range_holding(subnet)
        taken.taken.add(text)

    def release(self, subnet: str) -> None:
        """Give a subnet back; the cursor stays, so it is reused only after a wrap or a restart.

        Raises AddressError when it lies in no cluster network; releasing a free one is no error.
        """
        holder, text = self._range_holding(subnet)
        holder.taken.discard(text)

    def restart(self, subnets: Iterable[str] | None = None) -> None:
        """Begin anew as a restarted master does: cursor at 0, existing HostSubnets marked again.

        `subnets` are those of the existing HostSubnets; without it, all that are taken now.
        """
        existing = list(self) if subnets is None else list(subnets)
        for holder in self._ranges:
            holder.cursor = 0
            holder.taken.clear()
        for subnet in existing:
            self.mark(subnet)

    def capacity(self) -> int:
        """How many nodes the cluster networks have room for."""
        return sum(held.count for held in self._ranges)

    def is_in_range(self, subnet: str) -> bool:
        """Whether a subnet lies in a cluster network. Raises AddressError when it is malformed."""
        network = parse_cidr(subnet)
        return any(held.network.contains(network.base, network.bits) for held in self._ranges)

    def cursors(self) -> tuple[int, ...]:
        """The cursor of each cluster network: where its next search begins."""
        return tuple(held.cursor for held in self._ranges)

    def set_cursor(self, network: int, cursor: int) -> None:
        """Put the cursor of the network-th cluster network somewhere (a saved cluster goes on)."""
        if cursor < 0:
            raise ValueError(f"cursor: {cursor} is negative")
        self._ranges[network].cursor = cursor

    def __iter__(self) -> Iterator[str]:
        """The taken subnets."""
        for held in self._ranges:
            yield from sorted(held.taken)

    def __contains__(self, subnet: str) -> bool:
        return any(subnet in held.taken for held in self._ranges)

    def _range_holding(self, subnet: str) -> tuple[_Range, str]:
        network = parse_cidr(subnet)
        for held in self._ranges:
            if held.network.contains(network.base, network.bits):
                return held, str(network)
        raise SubnetOutOfRangeError(subnet)
