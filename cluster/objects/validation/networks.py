"""What a range of addresses may look like: the CIDR notation that networks are written in."""

from __future__ import annotations

import ipaddress
import re

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_WRITTEN = re.compile(r"[0-9a-fA-F.:]+/[0-9]{1,3}", re.ASCII)


def ipv4_network(text: str) -> ipaddress.IPv4Network | None:
    """The network of a text like `10.128.0.0/14`, or None where it is none."""
    if not _WRITTEN.fullmatch(text):
        return None
    try:
        return ipaddress.IPv4Network(text)
    except ValueError:
        return None


def cidr(text: str) -> list[str]:
    """IPv4 ranges whose address is the first one of the range (origin `netutils.ParseCIDRMask`)."""
    if ipv4_network(text) is not None:
        return []
    try:
        written = ipaddress.ip_interface(text) if _WRITTEN.fullmatch(text) else None
    except ValueError:
        written = None
    if written is None:
        return [f"invalid CIDR address: {text}"]
    if written.ip != written.network.network_address:
        return [not_canonical(text, written.network, str(written.ip))]
    return ["must be an IPv4 network"]


def not_canonical(text: str, network: Network, address: str) -> str:
    """What is wrong with a range that is written with another address than its first one."""
    return (
        f'CIDR network specification "{text}" is not in canonical form'
        f" (should be {network} or {address}/{network.max_prefixlen}?)"
    )
