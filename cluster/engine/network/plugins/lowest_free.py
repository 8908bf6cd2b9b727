"""A subnet whose lowest free address goes to the next pod and is reused at once.

Stands for the address maps that Contiv's netmaster and Nuage's VSD keep, other than host-local's
(`pod_addresses`), which goes round.
"""

from __future__ import annotations

from cluster.engine.network.addresses import (
    IPV4_BITS,
    AddressError,
    parse_address,
    parse_cidr,
    to_text,
)
from cluster.engine.network.bitmap import Bitmap
from cluster.engine.network.pod_addresses import AddressesExhaustedError, AddressNotAvailableError


class LowestFree:
    """The addresses of one subnet; network, broadcast and gateway are never given out."""

    __slots__ = ("_address_of", "_owner_of", "_taken", "gateway", "network")

    def __init__(self, subnet: str, gateway: int = 1) -> None:
        """`gateway` is its offset in the subnet. Raises AddressError."""
        self.network = parse_cidr(subnet)
        size = 1 << self.network.host_bits
        if not 0 < gateway < size - 1:
            raise AddressError(f"gateway: {gateway} is no host address of {subnet}")
        self.gateway = to_text(self.network.base + gateway)
        self._taken = Bitmap(size)
        for reserved in (0, gateway, size - 1):
            self._taken.take(reserved)
        self._owner_of: dict[int, str] = {}
        self._address_of: dict[str, int] = {}

    def __len__(self) -> int:
        """How many addresses are held."""
        return len(self._owner_of)

    @property
    def is_full(self) -> bool:
        """Whether no address is left."""
        return len(self._taken) >= self._taken.size

    def allocate(self, owner: str) -> str:
        """The lowest free address. Raises AddressesExhaustedError, AddressNotAvailableError."""
        if (held := self._address_of.get(owner)) is not None:
            raise AddressNotAvailableError(f"{self._text(held)} has been allocated to {owner}")
        offset = self._taken.next_free(0)
        if offset is None:
            raise AddressesExhaustedError(
                f"auto allocation failed - address exhaustion in subnet {self.network}"
            )
        self._hold(offset, owner)
        return self._text(offset)

    def mark(self, address: str, owner: str) -> None:
        """Record an address that a pod holds already; repeating it is no error.

        Raises AddressNotAvailableError.
        """
        offset = self._offset(address)
        if offset is not None and self._owner_of.get(offset) == owner:
            return
        if offset is None or offset in self._taken or owner in self._address_of:
            raise AddressNotAvailableError(f"{address} is not available in {self.network}")
        self._hold(offset, owner)

    def release(self, address: str) -> bool:
        """Give an address back; False when nobody held it."""
        offset = self._offset(address)
        owner = None if offset is None else self._owner_of.pop(offset, None)
        if offset is None or owner is None:
            return False
        del self._address_of[owner]
        self._taken.free(offset)
        return True

    def owner_of(self, address: str) -> str | None:
        """Who holds an address."""
        offset = self._offset(address)
        return None if offset is None else self._owner_of.get(offset)

    def address_of(self, owner: str) -> str | None:
        """The address that a pod holds."""
        offset = self._address_of.get(owner)
        return None if offset is None else self._text(offset)

    def _hold(self, offset: int, owner: str) -> None:
        self._taken.take(offset)
        self._owner_of[offset] = owner
        self._address_of[owner] = offset

    def _text(self, offset: int) -> str:
        return to_text(self.network.base + offset)

    def _offset(self, address: str) -> int | None:
        try:
            value, bits = parse_address(address)
        except AddressError:
            return None
        inside = bits == IPV4_BITS and self.network.contains(value)
        return value - self.network.base if inside else None
