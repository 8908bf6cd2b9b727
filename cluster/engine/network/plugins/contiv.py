"""Contiv's addresses: one network for the whole cluster, its lowest free address first.

Stands for netmaster (contiv/netplugin `netmaster/master`, `utils/netutils`) as openshift-ansible's role
`contiv` sets it up: tenant `default` with `default-net`, and `contivh1` between a host and its pods.
"""

from __future__ import annotations

from cluster.engine.network.addresses import (
    IPV4_BITS,
    AddressError,
    Network,
    parse_cidr,
    parse_ipv4,
    to_text,
)
from cluster.engine.network.plugins.lowest_free import LowestFree

TENANT, NETWORK = "default", "default-net"
_LONGEST, _SHORTEST = 32, 8
_NETWORK_BITS, _GATEWAY = 16, 0xFEFE
"""`default-net` is a /16 and its gateway x.y.254.254 (ansible `contiv_default_subnet`, `_gw`)."""


def host_to_ip(subnet: str, length: int, host: int, unit: int = IPV4_BITS) -> str:
    """The host-th address of a subnet; with a `unit` below 32 the host-th subnet of that length.

    Raises AddressError (netutils `GetSubnetIP`).
    """
    most = _capacity(length, unit)
    if host >= most:
        raise AddressError(f"host id {host} is beyond subnet's capacity {most}")
    return to_text(parse_ipv4(subnet) + (host << IPV4_BITS - unit) & 0xFFFFFFFF)


def ip_to_host(subnet: str, length: int, address: str, unit: int = IPV4_BITS) -> int:
    """The number of an address in its subnet. Raises AddressError (netutils `GetIPNumber`)."""
    most = _capacity(length, unit)
    host = (parse_ipv4(address) - parse_ipv4(subnet) & 0xFFFFFFFF) >> IPV4_BITS - unit
    if host >= most:
        raise AddressError(
            f"hostIP {address} is exceeding beyond subnet {subnet}/{length}, hostID {host}"
        )
    return host


def network_address(addresses: str, length: int) -> str:
    """The network of a range of addresses, `10.1.1.10-20`: that of its first one."""
    return to_text(parse_cidr(f"{addresses.partition('-')[0]}/{length}").base)


def _capacity(length: int, unit: int) -> int:
    if not _SHORTEST <= length <= _LONGEST:
        raise AddressError(f"subnet length {length} not supported")
    if length > unit:
        raise AddressError(f"subnet length {length} is bigger than subnet alloc len {unit}")
    return 1 << unit - length


def default_net(cluster_network: str) -> LowestFree:
    """The addresses of `default-net`: the first /16 of the cluster network, or all of a smaller one."""
    whole = parse_cidr(cluster_network)
    net = Network(whole.base, max(whole.prefix, _NETWORK_BITS), whole.bits)
    return LowestFree(str(net), min(_GATEWAY, (1 << net.host_bits) - 2))


def host_access_address(cluster_network: str, node_number: int) -> str:
    """A host's address on `contivh1`, the /16 after `default-net`, by the node's number from 0."""
    whole = parse_cidr(cluster_network)
    bits = min(whole.host_bits, IPV4_BITS - _NETWORK_BITS)
    return to_text(whole.base + (1 << bits) + 2 + node_number)


def mac_of(address: str) -> str:
    """The MAC address of a pod's `eth0`: 02:02 and the four octets of its address."""
    return "02:02:" + ":".join(f"{each:02x}" for each in parse_ipv4(address).to_bytes(4, "big"))
