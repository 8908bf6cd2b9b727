"""What a range of addresses may look like: the CIDR notation that networks are written in."""

from __future__ import annotations

import ipaddress
import re

_WRITTEN = re.compile(r"[0-9.]+/[0-9]{1,2}", re.ASCII)


def ipv4_network(text: str) -> ipaddress.IPv4Network | None:
    """The network of a text like `10.128.0.0/14`, or None where it is none."""
    if not _WRITTEN.fullmatch(text):
        return None
    try:
        return ipaddress.IPv4Network(text)
    except ValueError:
        return None


def cidr(text: str) -> list[str]:
    """IPv4 ranges whose address is the first one of the range."""
    if ipv4_network(text) is not None:
        return []
    try:
        whole = ipaddress.IPv4Network(text, strict=False) if _WRITTEN.fullmatch(text) else None
    except ValueError:
        whole = None
    if whole is None:
        return [f"invalid CIDR address: {text}"]
    return [f'CIDR network specification "{text}" is not in canonical form (should be {whole})']
