"""Pod addresses: which address of a node's subnet a new pod gets.

Stands for the CNI plugin host-local as OpenShift SDN runs it (containernetworking/plugins
`plugins/ipam/host-local`): the search begins after the last reserved address and wraps, the gateway
is skipped, and a lease belongs to a sandbox, so a replaced pod gets another address and a restarted
container keeps its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from cluster.engine.network.addresses import (
    IPV4_BITS,
    AddressError,
    Network,
    parse_address,
    parse_cidr,
    to_text,
)
from cluster.engine.network.bitmap import Bitmap


class AddressesExhaustedError(Exception):
    """No address is left; the pod stays ContainerCreating (FailedCreatePodSandBox)."""


class AddressNotAvailableError(AddressError):
    """An address that cannot be reserved: outside the range, the gateway, or held by another."""


class _Slice(NamedTuple):
    """One range of the set: its gateway, last usable address, and the number its first pod has."""

    network: Network
    gateway: int
    end: int
    first_number: int

    @property
    def usable(self) -> int:
        return self.end - self.gateway

    def __str__(self) -> str:
        bits = self.network.bits
        return f"{to_text(self.gateway, bits)}-{to_text(self.end, bits)}"


def _slice(subnet: str, first_number: int) -> _Slice:
    network = parse_cidr(subnet)
    if network.host_bits < 2:
        raise AddressError(f"Network {network} too small to allocate from")
    # Only IPv4 has a broadcast address to leave out.
    end = network.last - 1 if network.bits == IPV4_BITS else network.last
    return _Slice(network, network.base + 1, end, first_number)


class HostLocal:
    """The address pool of one node.

    Usable addresses are numbered from 0 (the one after the gateway), through all subnets in order;
    the search for a free number is one step whatever the subnet holds.
    """

    __slots__ = ("_address_of", "_cursor", "_last_reserved", "_owner_of", "_slices", "_taken")

    def __init__(self, subnet: str, *more: str) -> None:
        """A pool over one node subnet (several make a range set). Raises AddressError."""
        self._slices: list[_Slice] = []
        number = 0
        for cidr in (subnet, *more):
            part = _slice(cidr, number)
            self._slices.append(part)
            number += part.usable
        self._taken = Bitmap(number)
        self._owner_of: dict[int, str] = {}
        self._address_of: dict[str, int] = {}
        self._last_reserved: str | None = None
        self._cursor = 0

    @property
    def capacity(self) -> int:
        """How many pods the pool has addresses for (509 in a /23)."""
        return self._taken.size

    @property
    def last_reserved(self) -> str | None:
        """The last address allocated, kept in `last_reserved_ip` on the node; None at first."""
        return self._last_reserved

    @last_reserved.setter
    def last_reserved(self, address: str | None) -> None:
        """An unknown or foreign address means that the search starts from the beginning."""
        self._last_reserved = address
        self._cursor = 0
        if address is None:
            return
        try:
            value, bits = parse_address(address)
        except AddressError:
            return
        for part in self._slices:
            if part.network.contains(value, bits) and part.gateway <= value <= part.end:
                self._cursor = (part.first_number + value - part.gateway) % self.capacity

    @property
    def range_set(self) -> str:
        """The ranges as host-local prints them: `10.128.0.1-10.128.1.254`."""
        return ",".join(str(part) for part in self._slices)

    def allocate(self, owner: str) -> str:
        """The next free address after the last reserved one, for a sandbox.

        Raises AddressesExhaustedError, and AddressNotAvailableError when the owner has one already.
        """
        if (held := self._address_of.get(owner)) is not None:
            raise AddressNotAvailableError(
                f"{self._text(held)} has been allocated to {owner}, "
                "duplicate allocation is not allowed"
            )
        number = self._taken.next_free(self._cursor)
        if number is None:
            raise AddressesExhaustedError(
                f"no IP addresses available in range set: {self.range_set}"
            )
        self._hold(number, owner)
        address = self._text(number)
        self._last_reserved = address
        self._cursor = (number + 1) % self._taken.size
        return address

    def mark(self, address: str, owner: str) -> None:
        """Record an address that a sandbox holds already (a saved cluster goes on).

        The cursor does not move; repeating it is no error. Raises AddressNotAvailableError.
        """
        number = self._number(address)
        if self._owner_of.get(number) == owner:
            return
        if number in self._taken or owner in self._address_of:
            raise AddressNotAvailableError(
                f"requested IP address {address} is not available in range set {self.range_set}"
            )
        self._hold(number, owner)

    def release(self, address: str) -> bool:
        """Give an address back; False when nobody held it. The cursor does not move."""
        try:
            number = self._number(address)
        except AddressError:
            return False
        owner = self._owner_of.pop(number, None)
        if owner is None:
            return False
        del self._address_of[owner]
        self._taken.free(number)
        return True

    def owner_of(self, address: str) -> str | None:
        """The sandbox that holds an address; None when it is free or no pod address."""
        try:
            return self._owner_of.get(self._number(address))
        except AddressError:
            return None

    def address_of(self, owner: str) -> str | None:
        """The address a sandbox holds."""
        number = self._address_of.get(owner)
        return None if number is None else self._text(number)

    def holders(self) -> Mapping[str, str]:
        """Address → owner of every lease, in the order of the addresses."""
        return MappingProxyType({self._text(n): self._owner_of[n] for n in self._taken})

    def addresses(self) -> Iterator[str]:
        """Every usable address in order, held or not: what a map of the subnet draws."""
        return (self._text(number) for number in range(self.capacity))

    def __len__(self) -> int:
        """How many addresses are held."""
        return len(self._taken)

    def _hold(self, number: int, owner: str) -> None:
        self._taken.take(number)
        self._owner_of[number] = owner
        self._address_of[owner] = number

    def _text(self, number: int) -> str:
        for part in self._slices:
            if number < part.first_number + part.usable:
                return to_text(part.gateway + 1 + number - part.first_number, part.network.bits)
        raise IndexError(number)

    def _number(self, address: str) -> int:
        value, bits = parse_address(address)
        for part in self._slices:
            if not part.network.contains(value, bits):
                continue
            if value == part.gateway:
                raise AddressNotAvailableError(f"requested ip {address} is subnet's gateway")
            if part.gateway < value <= part.end:
                return part.first_number + value - part.gateway - 1
        raise AddressNotAvailableError(f"{address} not in range set {self.range_set}")
