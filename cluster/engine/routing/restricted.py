"""Addresses that the router never uses as servers, whoever wrote them into Endpoints: its own machine,
the local link, the clouds' metadata services (openshift/router 4.22: `checkRestrictedIP`)."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Final

_METADATA: Final = frozenset(
    {ipaddress.ip_address("168.63.129.16"), ipaddress.ip_address("fd00:ec2::254")}
)
_LINK_LOCAL: Final = (ipaddress.ip_network("169.254.0.0/16"), ipaddress.ip_network("fe80::/10"))
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@lru_cache(maxsize=65536)
def restriction(address: str) -> str | None:
    """Why the router leaves an endpoint's address out, None where it may be used."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return f'address "{address}" is not a valid IP address'
    # The address as it is comes first: `::1` also looks like the embedded 0.0.0.1.
    candidates: list[_Address] = [parsed]
    embedded = _embedded(parsed)
    if embedded is not None:
        candidates.append(embedded)
    return next((text for each in candidates if (text := _rule(each))), None)


def _embedded(address: _Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address within an IPv4-mapped or (deprecated) IPv4-compatible IPv6 address."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    number = int(address)
    return ipaddress.IPv4Address(number) if number < 2**32 else None


def _rule(address: _Address) -> str | None:
    kind = _kind(address)
    return None if kind is None else f"IP address {address} is a restricted {kind} IP"


def _kind(address: _Address) -> str | None:
    if address.is_unspecified:
        return "unspecified"
    if address.is_loopback:
        return "loopback"
    if any(address.version == each.version and address in each for each in _LINK_LOCAL):
        return "link-local"
    if address.is_multicast:
        return "multicast"
    return "cloud metadata" if address in _METADATA else None
