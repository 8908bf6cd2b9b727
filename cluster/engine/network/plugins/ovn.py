"""OVN-Kubernetes' node subnets: OpenShift SDN's order of them, each kept for the node that asked.

Stands for ovnkube-master's allocator (ovn-org/ovn-kubernetes `clustermanager/node/subnet_allocator.go`):
a node that asks again gets its own subnet, and only its owner can give it back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from cluster.engine.network.addresses import AddressError, mac_of, parse_cidr, to_text
from cluster.engine.network.node_subnets import (
    NodeSubnetAllocator,
    NoSubnetsAvailableError,
    SubnetOutOfRangeError,
)
from cluster.engine.network.pod_addresses import HostLocal

POD_NETWORKS = "k8s.ovn.org/pod-networks"
MANAGEMENT_PORT = "ovn-k8s-mp0"
"""The node's own port on its switch, at the subnet's second host address."""


class SubnetOwnedError(AddressError):
    """A subnet that another node has."""

    def __init__(self, subnet: str, owner: str) -> None:
        super().__init__(f"network {subnet} already owned by {owner}")


class SubnetsFullError(NoSubnetsAvailableError):
    """Every subnet is taken."""

    def __init__(self) -> None:
        super().__init__()
        self.args = ("no subnets available",)


class OwnedSubnets:
    """Subnets by owner. `owner` is the node's name."""

    __slots__ = ("_owner_of", "_subnets", "_subnets_of")

    def __init__(self, networks: Iterable[tuple[str, int]] = ()) -> None:
        """Networks are (CIDR, host bits) pairs, in order. Raises AddressError."""
        self._subnets = NodeSubnetAllocator(networks)
        self._owner_of: dict[str, str] = {}
        self._subnets_of: dict[str, list[str]] = {}

    def allocate(self, owner: str) -> str:
        """The owner's subnet, or the next free one. Raises SubnetsFullError."""
        if held := self._subnets_of.get(owner):
            return held[0]
        try:
            subnet = self._subnets.allocate()
        except NoSubnetsAvailableError:
            raise SubnetsFullError from None
        self._own(subnet, owner)
        return subnet

    def mark(self, owner: str, *subnets: str) -> None:
        """Record subnets as an owner's: all of them or none.

        Raises SubnetOwnedError, SubnetOutOfRangeError.
        """
        texts = [str(parse_cidr(each)) for each in subnets]
        for text in texts:
            holder = self._owner_of.get(text, owner)
            if holder != owner:
                raise SubnetOwnedError(text, holder)
            if not self._subnets.is_in_range(text):
                raise SubnetOutOfRangeError(text)
        for text in texts:
            if text not in self._owner_of:
                self._subnets.mark(text)
                self._own(text, owner)

    def release(self, owner: str, *subnets: str) -> None:
        """Give subnets back. Raises SubnetOwnedError for another's, SubnetOutOfRangeError for none's."""
        for subnet in subnets:
            text = str(parse_cidr(subnet))
            holder = self._owner_of.get(text)
            if holder is None:
                raise SubnetOutOfRangeError(text)
            if holder != owner:
                raise SubnetOwnedError(text, holder)
            del self._owner_of[text]
            self._subnets_of[owner].remove(text)
            self._subnets.release(text)

    def subnets_of(self, owner: str) -> Sequence[str]:
        """What an owner has."""
        return tuple(self._subnets_of.get(owner, ()))

    def capacity(self) -> int:
        """How many subnets there are."""
        return self._subnets.capacity()

    def cursors(self) -> tuple[int, ...]:
        """The cursor of each network."""
        return self._subnets.cursors()

    def set_cursor(self, network: int, cursor: int) -> None:
        """Put the cursor of the network-th network somewhere (a saved cluster goes on)."""
        self._subnets.set_cursor(network, cursor)

    def _own(self, subnet: str, owner: str) -> None:
        self._owner_of[subnet] = owner
        self._subnets_of.setdefault(owner, []).append(subnet)


def pod_networks(address: str, subnet: str) -> str:
    """The annotation `k8s.ovn.org/pod-networks` that ovnkube-master writes on a pod."""
    network = parse_cidr(subnet)
    gateway = to_text(network.base + 1, network.bits)
    addressed = f"{address}/{network.prefix}"
    found = {
        "ip_addresses": [addressed],
        "mac_address": mac_of(address),
        "gateway_ips": [gateway],
        "ip_address": addressed,
        "gateway_ip": gateway,
    }
    return json.dumps({"default": found}, separators=(",", ":"))


def node_pool(subnet: str) -> HostLocal:
    """The pod addresses of a node: behind the router's port and the node's own, so .3 is the first."""
    pool = HostLocal(subnet)
    network = parse_cidr(subnet)
    pool.mark(to_text(network.base + 2, network.bits), MANAGEMENT_PORT)
    return pool
