"""The annotations `ip_allowlist` and `ip_whitelist`: who may connect (openshift/router: `parseIPList`,
`ValidateAllowlist`). Whoever is not on the list finds the connection closed, not a 403."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

ALLOWLIST: Final = "haproxy.router.openshift.io/ip_allowlist"
WHITELIST: Final = "haproxy.router.openshift.io/ip_whitelist"
MAX_ON_LINE: Final = 61
"""HAProxy takes 64 words on a line; `acl allowlist src` are three of them."""

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class AllowList:
    """Addresses and networks that may connect, as they were written; never empty."""

    entries: tuple[str, ...]
    _networks: tuple[_Network, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        networks = tuple(ipaddress.ip_network(each, strict=False) for each in self.entries)
        object.__setattr__(self, "_networks", networks)

    @property
    def in_file(self) -> bool:
        """Whether the list is too long for one line and goes to a file of its own."""
        return len(self.entries) > MAX_ON_LINE

    def allows(self, client: str) -> bool:
        """Whether a client with this address may connect."""
        address = ipaddress.ip_address(client)
        return any(
            address.version == network.version and address in network for network in self._networks
        )


@dataclass(frozen=True, slots=True)
class AllowListReading:
    """What the router makes of the annotations.

    `source` is the annotation that it looks at, "" for none; `dropped` are entries that it leaves
    out; `misspaced` says that blanks or line breaks around the value make it ignore the whole.
    """

    source: str = ""
    entries: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    misspaced: bool = False

    @property
    def allow_list(self) -> AllowList | None:
        """The list, or None where everybody may connect."""
        return AllowList(self.entries) if self.entries else None


def parse_ip_list(text: str) -> AllowListReading:
    """The legal entries of one value; blanks around it make all of it illegal."""
    if text.strip() != text:
        return AllowListReading(misspaced=True)
    words = text.split()
    return AllowListReading(
        entries=tuple(word for word in words if _legal(word)),
        dropped=tuple(word for word in words if not _legal(word)),
    )


def read_allow_list(annotations: Mapping[str, str]) -> AllowListReading:
    """The reading of the first annotation that has a value on a single line.

    An ip_allowlist that has only illegal entries still shadows ip_whitelist: the route is open.
    """
    found = [name for name in (ALLOWLIST, WHITELIST) if annotations.get(name)]
    for name in found:
        value = annotations[name]
        if "\n" not in value:
            reading = parse_ip_list(value)
            return AllowListReading(name, reading.entries, reading.dropped, reading.misspaced)
    return AllowListReading(found[0], misspaced=True) if found else AllowListReading()


def _legal(word: str) -> bool:
    """Go's `net.ParseIP` or `net.ParseCIDR`: no zones, masks as a number of bits."""
    address, slash, bits = word.partition("/")
    if "%" in address or (slash and not (bits.isascii() and bits.isdecimal())):
        return False
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return not slash or int(bits) <= parsed.max_prefixlen
