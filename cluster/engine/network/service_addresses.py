"""Service addresses: which cluster IP a Service gets.

Stands for the API server's allocator (kubernetes `pkg/registry/core/service/ipallocator`, the form
that OpenShift 3.11 has): a bitmap over the usable addresses, searched from a random place forward.
"""

from __future__ import annotations

from collections.abc import Iterator

from cluster.engine.network.addresses import (
    IPV4_BITS,
    AddressError,
    parse_address,
    parse_cidr,
    to_text,
)
from cluster.engine.network.bitmap import Bitmap
from cluster.engine.rng import Randomness

_MOST_IPV6_ADDRESSES = 1 << 16  # ipallocator: an IPv6 range is cut to 64K addresses


class ServiceRangeFullError(Exception):
    """No cluster IP is left."""

    def __init__(self) -> None:
        super().__init__("range is full")


class ServiceAddressTakenError(AddressError):
    """A requested cluster IP that another Service has."""

    def __init__(self) -> None:
        super().__init__("provided IP is already allocated")


class ServiceAddressOutOfRangeError(AddressError):
    """A requested cluster IP outside the service network, or its network or broadcast address."""

    def __init__(self, cidr: str) -> None:
        super().__init__(f"provided IP is not in the valid range. The range of valid IPs is {cidr}")


class ServiceAddresses:
    """The cluster IPs of one service network.

    The first address is set aside for `default/kubernetes` and is never handed out.
    """

    __slots__ = ("_bits", "_first", "_rng", "_taken", "cidr")

    def __init__(self, cidr: str, rng: Randomness) -> None:
        """A pool over the service network. Raises AddressError when it has no usable address."""
        network = parse_cidr(cidr)
        self.cidr = str(network)
        self._bits = network.bits
        self._first = network.base + 1
        # IPv4 leaves out the broadcast address too.
        last = network.last - 1 if network.bits == IPV4_BITS else network.last
        size = last - network.base
        if size < 1:
            raise AddressError(f"serviceNetwork: {cidr} has no room for services")
        self._taken = Bitmap(size if network.bits == IPV4_BITS else min(size, _MOST_IPV6_ADDRESSES))
        self._taken.take(0)
        self._rng = rng

    @property
    def kubernetes(self) -> str:
        """The cluster IP of `default/kubernetes`."""
        return to_text(self._first, self._bits)

    @property
    def capacity(self) -> int:
        """How many cluster IPs there are (65 534 in a /16), that of `kubernetes` included."""
        return self._taken.size

    @property
    def used(self) -> int:
        """How many are taken, that of `kubernetes` included."""
        return len(self._taken)

    def allocate(self) -> str:
        """A free cluster IP: a random place, then the first free one after it.

        Raises ServiceRangeFullError.
        """
        if len(self._taken) >= self._taken.size:
            raise ServiceRangeFullError
        offset = self._taken.next_free(self._rng.randrange(self._taken.size))
        if offset is None:
            raise ServiceRangeFullError
        self._taken.take(offset)
        return to_text(self._first + offset, self._bits)

    def allocate_requested(self, address: str) -> None:
        """Take the cluster IP that `spec.clusterIP` asks for.

        Raises ServiceAddressOutOfRangeError, ServiceAddressTakenError; AddressError if malformed.
        """
        if not self._taken.take(self._offset(address)):
            raise ServiceAddressTakenError

    def mark(self, address: str) -> None:
        """Record the cluster IP of an existing Service (a saved cluster goes on).

        Raises AddressError when it lies outside.
        """
        self._taken.take(self._offset(address))

    def release(self, address: str) -> None:
        """Give a cluster IP back; that of `kubernetes`, a free or a foreign one is left alone."""
        try:
            offset = self._offset(address)
        except AddressError:
            return
        if offset:
            self._taken.free(offset)

    def __contains__(self, address: str) -> bool:
        try:
            return self._offset(address) in self._taken
        except AddressError:
            return False

    def __iter__(self) -> Iterator[str]:
        """The taken cluster IPs in order."""
        return (to_text(self._first + offset, self._bits) for offset in self._taken)

    def _offset(self, address: str) -> int:
        try:
            value, bits = parse_address(address)
        except AddressError:
            raise AddressError("must be empty, 'None', or a valid IP address") from None
        offset = value - self._first
        if bits != self._bits or not 0 <= offset < self._taken.size:
            raise ServiceAddressOutOfRangeError(self.cidr)
        return offset
