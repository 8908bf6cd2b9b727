"""Flannel's addresses: a lease on a subnet per node, a random one of the first hundred that are free.

Stands for flanneld with its configuration in etcd (flannel-io/flannel `pkg/subnet/config.go`,
`pkg/subnet/etcd/local_manager.go`): defaults, checks, and how a lease is acquired.
"""

from __future__ import annotations

import bisect
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cluster.engine.network.addresses import (
    IPV4_BITS,
    IPV6_BITS,
    AddressError,
    Network,
    parse_address,
    parse_cidr,
    to_text,
)
from cluster.engine.network.node_subnets import NoSubnetsAvailableError
from cluster.engine.rng import Randomness

UPSTREAM, OPENSHIFT = "/coreos.com/network", "/openshift.com/network"
"""Prefixes of Flannel's keys in etcd: its own, and the one that openshift-ansible sets."""
CANDIDATES = 100
LEASE_SECONDS = 24 * 3600
_KEY = re.compile(r"(\d+\.\d+\.\d+\.\d+)-(\d+)$")


class FlannelConfigError(AddressError):
    """A configuration that flanneld refuses."""


class OutOfSubnetsError(NoSubnetsAvailableError):
    """Every subnet between SubnetMin and SubnetMax is leased."""

    def __init__(self) -> None:
        super().__init__()
        self.args = ("out of subnets",)


@dataclass(frozen=True, slots=True)
class _Family:
    """Where the rules of the two address families differ."""

    prefix: str
    bits: int
    usual_length: int
    small: str

    @property
    def longest(self) -> int:
        """The longest prefix that leaves room for tunnel and bridge devices."""
        return self.bits - 2


_IPV4 = _Family("", IPV4_BITS, 24, "network is too small. Minimum useful network prefix is /28")
_IPV6 = _Family(
    "IPv6", IPV6_BITS, 64, "IPv6Network is too small. Minimum useful network prefix is /124"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubnetRange:
    """The subnets of one family that flanneld hands out: from `first` to `last`, of one length."""

    network: Network
    length: int
    first: int
    last: int

    @property
    def size(self) -> int:
        """Addresses in a subnet."""
        return 1 << self.network.bits - self.length

    def subnet(self, base: int) -> str:
        """A subnet by its first address."""
        return str(Network(base, self.length, self.network.bits))

    def fits(self, subnet: str) -> bool:
        """Whether a lease of before still fits the configuration."""
        held = parse_cidr(subnet)
        return held.prefix == self.length and self.first <= held.base <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class FlannelConfig:
    """The checked configuration, defaults filled in. A family that is off is None."""

    ipv4: SubnetRange | None
    ipv6: SubnetRange | None
    backend: str

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> FlannelConfig:
        """From the JSON in `…/network/config`. Raises FlannelConfigError in flanneld's words."""
        backend = document.get("Backend") or {}
        return cls(
            ipv4=_checked(document, _IPV4) if document.get("EnableIPv4", True) else None,
            ipv6=_checked(document, _IPV6) if document.get("EnableIPv6", False) else None,
            backend=backend.get("Type", "") if backend else "udp",
        )

    def to_document(self) -> dict[str, Any]:
        """The fields that the defaults decided."""
        document: dict[str, Any] = {}
        for family, found in ((_IPV4, self.ipv4), (_IPV6, self.ipv6)):
            if found is not None:
                document[f"{family.prefix}SubnetMin"] = to_text(found.first, family.bits)
                document[f"{family.prefix}SubnetMax"] = to_text(found.last, family.bits)
                document[f"{family.prefix}SubnetLen"] = found.length
        return document


def _checked(document: Mapping[str, Any], family: _Family) -> SubnetRange:
    field = f"{family.prefix}Network"
    try:
        network = parse_cidr(document.get(field, ""))
    except AddressError:
        network = None
    if network is None or network.bits != family.bits or (network.base, network.prefix) == (0, 0):
        raise FlannelConfigError(f"please define a correct {field} parameter in the flannel config")
    length = _length(network, document.get(f"{family.prefix}SubnetLen", 0), family)
    size = 1 << family.bits - length
    found = SubnetRange(
        network=network,
        length=length,
        # The first subnet would begin with the network's own address.
        first=network.base + size,
        last=network.last + 1 - size,
    )
    first = _bound(document, f"{family.prefix}SubnetMin", found, field)
    last = _bound(document, f"{family.prefix}SubnetMax", found, field)
    found = replace(
        found,
        first=found.first if first is None else first,
        last=found.last if last is None else last,
    )
    for name, value in (("SubnetMin", found.first), ("SubnetMax", found.last)):
        if value % size:
            text = to_text(value, family.bits)
            raise FlannelConfigError(
                f"{family.prefix}{name} is not on a SubnetLen boundary: {text}"
            )
    return found


def _length(network: Network, asked: int, family: _Family) -> int:
    """The subnets' prefix length: as asked, or by the size of the network."""
    if asked > 0:
        if asked > family.longest:
            raise FlannelConfigError(f"SubnetLen must be less than /{family.longest + 1}")
        if asked < network.prefix + 2:
            raise FlannelConfigError("network must be able to accommodate at least four subnets")
        return asked
    if network.prefix > family.bits - 4:
        raise FlannelConfigError(family.small)
    usual = network.prefix <= family.usual_length - 2
    return family.usual_length if usual else network.prefix + 2


def _bound(document: Mapping[str, Any], name: str, found: SubnetRange, field: str) -> int | None:
    """SubnetMin or SubnetMax as given; None for the default (which 0.0.0.0 means too)."""
    text = document.get(name)
    if not text:
        return None
    try:
        value, bits = parse_address(text)
    except AddressError as error:
        raise FlannelConfigError(f"{name}: {error}") from None
    if value == 0:
        return None
    if not found.network.contains(value, bits):
        raise FlannelConfigError(f"{name} is not in the range of the {field}")
    return value


class FlannelLeases:
    """The leases in etcd: subnet → the node's public address."""

    __slots__ = ("_config", "_free", "_holder_of", "_next", "_odd", "_rng", "_subnets_of")

    def __init__(self, config: SubnetRange, rng: Randomness) -> None:
        self._config = config
        self._rng = rng
        self._holder_of: dict[str, str] = {}
        self._subnets_of: dict[str, list[str]] = {}
        # Leases of another length than the configured one, which block what they overlap.
        self._odd: list[Network] = []
        # The free subnets below `_next`, at least a hundred of them unless there are fewer.
        self._free: list[int] = []
        self._next = config.first

    def acquire(self, public_ip: str, previous: str = "") -> str:
        """A node's subnet: its lease, else the one it had before (`subnet.env`), else a random one.

        Raises OutOfSubnetsError.
        """
        if held := self._subnets_of.get(public_ip):
            if self._config.fits(held[0]):
                return held[0]
            self.release(held[0])
        if previous and previous not in self._holder_of and self._config.fits(previous):
            subnet = previous
        else:
            subnet = self._random()
        self.mark(subnet, public_ip)
        return subnet

    def mark(self, subnet: str, public_ip: str) -> None:
        """Record a lease that exists. Raises AddressError."""
        network = parse_cidr(subnet)
        text = str(network)
        holder = self._holder_of.get(text, public_ip)
        if holder != public_ip:
            raise AddressError(f"{text} is leased to {holder}")
        if text in self._holder_of:
            return
        self._holder_of[text] = public_ip
        self._subnets_of.setdefault(public_ip, []).append(text)
        if network.prefix != self._config.length:
            self._odd.append(network)
            self._begin_again()
        elif (place := self._place(network.base)) is not None:
            del self._free[place]

    def release(self, subnet: str) -> None:
        """End a lease; a subnet that nobody holds is left alone."""
        holder = self._holder_of.pop(subnet, None)
        if holder is None:
            return
        self._subnets_of[holder].remove(subnet)
        network = parse_cidr(subnet)
        if network.prefix != self._config.length:
            self._odd.remove(network)
            self._begin_again()
        elif self._config.first <= network.base < self._next and not self._is_blocked(network.base):
            bisect.insort(self._free, network.base)

    def capacity(self) -> int:
        """How many leases there can be."""
        return (self._config.last - self._config.first) // self._config.size + 1

    def _random(self) -> str:
        """One of the first hundred free subnets, scanning upward from SubnetMin."""
        config = self._config
        while self._next <= config.last and len(self._free) < CANDIDATES:
            taken = config.subnet(self._next) in self._holder_of
            if not taken and not self._is_blocked(self._next):
                self._free.append(self._next)
            self._next += config.size
        if not self._free:
            raise OutOfSubnetsError
        return config.subnet(self._free[self._rng.randrange(min(len(self._free), CANDIDATES))])

    def _is_blocked(self, base: int) -> bool:
        config = self._config
        block = Network(base, config.length, config.network.bits)
        return any(map(block.overlaps, self._odd))

    def _place(self, base: int) -> int | None:
        place = bisect.bisect_left(self._free, base)
        found = place < len(self._free) and self._free[place] == base
        return place if found else None

    def _begin_again(self) -> None:
        self._free, self._next = [], self._config.first


def lease_key(subnet: str, prefix: str = OPENSHIFT) -> str:
    """The key of a lease in etcd: `/coreos.com/network/subnets/10.5.52.0-24`."""
    return f"{prefix}/subnets/{subnet.replace('/', '-')}"


def subnet_of_key(key: str) -> str | None:
    """The subnet that a key names; None for any other key."""
    found = _KEY.search(key)
    if found is None or int(found[2]) > IPV4_BITS:
        return None
    try:
        return f"{to_text(parse_address(found[1])[0])}/{found[2]}"
    except AddressError:
        return None


def subnet_env(network: str, subnet: str, mtu: int) -> str:
    """The file `/run/flannel/subnet.env`, from which docker learns its bridge's address."""
    held = parse_cidr(subnet)
    return (
        f"FLANNEL_NETWORK={network}\nFLANNEL_SUBNET={to_text(held.base + 1)}/{held.prefix}\n"
        f"FLANNEL_MTU={mtu}\nFLANNEL_IPMASQ=true\n"
    )


def vtep_mac(node: str) -> str:
    """The MAC address of a node's `flannel.1`: locally administered, one per node."""
    digest = zlib.crc32(node.encode()).to_bytes(4, "big")
    return "5e:" + f"{len(node) & 255:02x}:" + ":".join(f"{each:02x}" for each in digest)


def config_of_cluster(cluster_network: str, host_bits: int, backend: str) -> FlannelConfig:
    """What openshift-ansible's role `flannel_register` writes. Raises FlannelConfigError."""
    return FlannelConfig.of(
        {
            "Network": cluster_network,
            "SubnetLen": IPV4_BITS - host_bits,
            "Backend": {"Type": backend},
        }
    )
