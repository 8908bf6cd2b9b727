"""Conversions between the forms of an address: dotted text, integer, CIDR, MAC.

Stands for the pieces of Go's `net` and of `containernetworking/plugins` (`hwaddr`) that OpenShift
SDN leans on: what parses there parses here, with the same error texts.
"""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

IPV4_BITS = 32
IPV6_BITS = 128


class AddressError(ValueError):
    """An address or a network that is malformed or out of place."""


class Network(NamedTuple):
    """A CIDR as integers: first address, prefix length, and the family's address length in bits."""

    base: int
    prefix: int
    bits: int

    @property
    def host_bits(self) -> int:
        """Bits left for hosts."""
        return self.bits - self.prefix

    @property
    def last(self) -> int:
        """The last address of the network (IPv4: broadcast)."""
        return self.base | (1 << self.host_bits) - 1

    def contains(self, address: int, bits: int = IPV4_BITS) -> bool:
        """Whether an address of a family (its length in bits) lies in the network."""
        return bits == self.bits and self.base <= address <= self.last

    def overlaps(self, other: Network) -> bool:
        """Whether the two networks share an address."""
        return self.contains(other.base, other.bits) or other.contains(self.base, self.bits)

    def __str__(self) -> str:
        return f"{to_text(self.base, self.bits)}/{self.prefix}"


def to_text(address: int, bits: int = IPV4_BITS) -> str:
    """An address in its usual form: `10.128.0.5`, `2001:db8::1`."""
    if bits == IPV4_BITS:
        return f"{address >> 24}.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}"
    return str(ipaddress.IPv6Address(address))


def parse_address(text: str) -> tuple[int, int]:
    """An address as (integer, length of its family in bits). Raises AddressError."""
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        raise AddressError(f"invalid IP address: {text}") from None
    if getattr(parsed, "scope_id", None):
        raise AddressError(f"invalid IP address: {text}")
    return int(parsed), parsed.max_prefixlen


def parse_ipv4(text: str) -> int:
    """An IPv4 address as an integer. Raises AddressError."""
    address, bits = parse_address(text)
    if bits != IPV4_BITS:
        raise AddressError("must be an IPv4 address")
    return address


def parse_cidr(text: str) -> Network:
    """The network an address/prefix pair lies in; host bits are masked off, as Go's ParseCIDR does.

    Raises AddressError with Go's text, `invalid CIDR address: …`.
    """
    address_text, slash, prefix_text = text.partition("/")
    invalid = AddressError(f"invalid CIDR address: {text}")
    if not slash or not (prefix_text.isascii() and prefix_text.isdigit()):
        raise invalid
    try:
        address, bits = parse_address(address_text)
    except AddressError:
        raise invalid from None
    prefix = int(prefix_text[:4])
    if prefix > bits:
        raise invalid
    host_bits = bits - prefix
    return Network(address >> host_bits << host_bits, prefix, bits)


def gateway_of(subnet: str) -> str:
    """The first host address of a subnet: the address of `tun0`, gateway of the node's pods."""
    network = parse_cidr(subnet)
    return to_text(network.base + 1, network.bits)


def mac_of(address: str) -> str:
    """The MAC address of a pod's `eth0`: 0a:58 and the four octets of its IPv4 address."""
    value = parse_ipv4(address)
    return "0a:58:" + ":".join(f"{octet:02x}" for octet in value.to_bytes(4, "big"))
