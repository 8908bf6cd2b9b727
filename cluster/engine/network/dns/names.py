"""Names and addresses as DNS servers read them: domains, reverse names, dashed addresses, hashes."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

IPV4_REVERSE: Final = "in-addr.arpa."
IPV6_REVERSE: Final = "ip6.arpa."
_NIBBLES: Final = 32
_FNV_OFFSET: Final = 2166136261
_FNV_PRIME: Final = 16777619


def fqdn(name: str) -> str:
    """A name with its last dot."""
    return name if name.endswith(".") else name + "."


def is_under(domain: str, name: str) -> bool:
    """Whether a full name is a domain's own or lies below it; both in the same case."""
    return name == domain or name.endswith("." + domain) or domain == "."


def labels_below(domain: str, name: str) -> list[str]:
    """The labels of a full name before its domain, from the left; none for the domain itself."""
    rest = name[: len(name) - len(domain)].strip(".")
    return rest.split(".") if rest else []


def parse_ip(text: str) -> IPv4Address | IPv6Address | None:
    """An address, or None for anything else. An IPv4 address in IPv6 dress is an IPv4 address."""
    if "%" in text or not (text[:1].isalnum() or text.startswith(":")):
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


@lru_cache(maxsize=1 << 14)
def family(text: str) -> tuple[str, str]:
    """Record type and canonical text of an address: `("A", "10.0.0.1")`; two empty texts for a name."""
    address = parse_ip(text)
    if address is None:
        return "", ""
    return ("A" if address.version == 4 else "AAAA"), str(address)


def canonical(text: str) -> str:
    """An address in the one form that indexes use; other texts are left as they are."""
    return family(text)[1] or text


def from_reverse(name: str) -> str:
    """The address of a lower-case reverse name, or "" when it is not the whole of one."""
    if name.endswith("." + IPV4_REVERSE):
        parts = labels_below(IPV4_REVERSE, name)
        return family(".".join(reversed(parts)))[1] if len(parts) == 4 else ""
    if name.endswith("." + IPV6_REVERSE):
        nibbles = labels_below(IPV6_REVERSE, name)
        if len(nibbles) != _NIBBLES or any(len(each) != 1 for each in nibbles):
            return ""
        digits = "".join(reversed(nibbles))
        groups = (digits[at : at + 4] for at in range(0, _NIBBLES, 4))
        return family(":".join(groups))[1]
    return ""


def reverse_name(address: str) -> str:
    """The name that a PTR question asks for an address. Raises ValueError for another text."""
    return ip_address(address).reverse_pointer + "."


def dashed(address: str) -> str:
    """An address as a label: `10-128-0-5`, `2001-db8--1`."""
    return address.replace(".", "-").replace(":", "-")


@lru_cache(maxsize=1 << 14)
def fnv32a(text: str) -> str:
    """The 32-bit FNV-1a hash in lower-case hex without leading zeros, as OpenShift labels endpoints."""
    value = _FNV_OFFSET
    for byte in text.encode():
        value = ((value ^ byte) * _FNV_PRIME) & 0xFFFFFFFF
    return f"{value:x}"
