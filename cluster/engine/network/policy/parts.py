"""What a compiled rule is made of: ports, blocks of addresses, and peers as the dialects match them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from cluster.engine.network.policy.ends import NamedPort
from cluster.engine.network.policy.selectors import EVERYTHING, Selector

LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class PortRange:
    """The ports `low` to `high` of a protocol."""

    protocol: str
    low: int = 0
    high: int = LAST_PORT

    @property
    def is_whole(self) -> bool:
        """Whether these are all ports of the protocol."""
        return (self.low, self.high) == (0, LAST_PORT)


@dataclass(frozen=True, slots=True)
class PortName:
    """The port that the destination's containers call so."""

    protocol: str
    name: str


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of a rule. `all_of_them` where the rule names none."""

    all_of_them: bool = False
    ranges: tuple[PortRange, ...] = ()
    names: tuple[PortName, ...] = ()

    def admit_number(self, port: int, protocol: str) -> bool:
        """Whether a port is admitted whatever it is called."""
        return self.all_of_them or any(
            each.protocol == protocol and each.low <= port <= each.high for each in self.ranges
        )

    def admit_name(self, port: int, protocol: str, named: Iterable[NamedPort]) -> bool:
        """Whether a port is admitted by a name that the destination gives it."""
        return any(
            (each.name, each.protocol, port) in named
            for each in self.names
            if each.protocol == protocol
        )


@dataclass(frozen=True, slots=True)
class Block:
    """An ipBlock as numbers, both ends included, without the blocks that are left out of it.

    `cidr` and `written` are the block and its exceptions as they were written.
    """

    cidr: str
    written: tuple[str, ...]
    version: int
    low: int
    high: int
    excluded: tuple[tuple[int, int], ...] = ()

    def contains(self, ip: str) -> bool:
        """Whether an address lies in the block and in none of its exceptions."""
        try:
            address = ipaddress.ip_address(ip)
        except ValueError:
            return False
        number = int(address)
        if address.version != self.version or not self.low <= number <= self.high:
            return False
        return not any(low <= number <= high for low, high in self.excluded)


def block_of(cidr: str, excluded: Iterable[str]) -> Block | None:
    """An ipBlock, or None if it is no CIDR at all. Bits behind the mask are ignored, as Go does."""
    try:
        network = ipaddress.ip_network(cidr, strict=False)
        written = tuple(excluded)
        holes = [ipaddress.ip_network(each, strict=False) for each in written]
    except ValueError:
        return None
    spans = tuple(_ends(each) for each in holes if each.version == network.version)
    return Block(cidr, written, network.version, *_ends(network), spans)


def _ends(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> tuple[int, int]:
    return int(network.network_address), int(network.broadcast_address)


@dataclass(frozen=True, slots=True)
class Anyone:
    """Every address, outside ones too."""


@dataclass(frozen=True, slots=True)
class PodsOf:
    """Pods with a network of their own: of one namespace, or of all that a selector matches."""

    namespace: str | None
    namespaces: Selector = EVERYTHING
    pods: Selector = EVERYTHING


@dataclass(frozen=True, slots=True)
class VnidOf:
    """Whoever arrives with the VNID of a project."""

    namespace: str


@dataclass(frozen=True, slots=True)
class VnidsOf:
    """Whoever arrives with the VNID of a project that a selector matches."""

    namespaces: Selector


Peer = Anyone | PodsOf | VnidOf | VnidsOf | Block


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: the peers are OR'd, and so are the ports; both must admit. `index` counts from 0."""

    index: int
    peers: tuple[Peer, ...]
    ports: Ports
