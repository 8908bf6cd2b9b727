"""Validation of the objects that describe the pod network: ClusterNetwork and HostSubnet.

Stands for openshift/sdn `pkg/network/common/validation.go`, with its field names and texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cluster.engine.network.addresses import (
    IPV4_BITS,
    AddressError,
    Network,
    parse_address,
    parse_cidr,
    parse_ipv4,
    to_text,
)

DEFAULT_CLUSTER_NETWORK = "default"
_SHORTEST_HOST_SUBNET = 2
_HIGHEST_PORT = 65535


class FieldFault(NamedTuple):
    """One thing wrong with a field, in the words of Kubernetes' `field.Error`."""

    field: str
    value: str | int | None
    detail: str

    def __str__(self) -> str:
        if self.value is None:
            return f"{self.field}: Required value: {self.detail}"
        shown = f'"{self.value}"' if isinstance(self.value, str) else str(self.value)
        return f"{self.field}: Invalid value: {shown}: {self.detail}"


def validate_cluster_network(
    cluster_networks: Sequence[tuple[str, int]],
    service_network: str,
    *,
    network: str = "",
    host_subnet_length: int = 0,
    vxlan_port: int | None = None,
    name: str = "",
) -> list[FieldFault]:
    """What is wrong with a ClusterNetwork; empty when it is valid.

    `cluster_networks` are (CIDR, hostSubnetLength) pairs; `network` and `host_subnet_length` the
    deprecated single fields ("" and 0: unset), which must repeat the first pair or stay unset
    (repeat it, for the object named `default`).
    """
    faults: list[FieldFault] = []
    service = _ipv4_network("serviceNetwork", service_network, faults)
    if cluster_networks:
        faults += _deprecated_fields(cluster_networks[0], network, host_subnet_length, name)
        faults += _networks(cluster_networks, service, service_network)
    else:
        faults += _single_network(network, host_subnet_length, service, service_network)
    if vxlan_port is not None and not 1 <= vxlan_port <= _HIGHEST_PORT:
        faults.append(FieldFault("vxlanPort", vxlan_port, "must be between 1 and 65535, inclusive"))
    return faults


def validate_host_subnet(
    *, name: str, host: str, host_ip: str, subnet: str, subnet_to_be_assigned: bool = False
) -> list[FieldFault]:
    """What is wrong with a HostSubnet; empty when it is valid.

    `subnet_to_be_assigned`: the object carries the annotation
    `pod.network.openshift.io/assign-subnet`, so its subnet may still be empty.
    """
    faults: list[FieldFault] = []
    if host != name:
        faults.append(FieldFault("host", host, f'must be the same as metadata.name: "{name}"'))
    if subnet:
        _ipv4_network("subnet", subnet, faults)
    elif not subnet_to_be_assigned:
        faults.append(FieldFault("subnet", subnet, "field cannot be empty"))
    try:
        parse_ipv4(host_ip)
    except AddressError:
        faults.append(FieldFault("hostIP", host_ip, "invalid IP address"))
    return faults


def _ipv4_network(field: str, cidr: str, faults: list[FieldFault]) -> Network | None:
    """The network, when it is canonical and IPv4; otherwise None and a fault added."""
    try:
        network = parse_cidr(cidr)
    except AddressError as error:
        faults.append(FieldFault(field, cidr, str(error)))
        return None
    address, bits = parse_address(cidr.partition("/")[0])
    if address != network.base:
        detail = (
            f'CIDR network specification "{cidr}" is not in canonical form '
            f"(should be {network} or {to_text(address, bits)}/{bits}?)"
        )
        faults.append(FieldFault(field, cidr, detail))
        return None
    if bits != IPV4_BITS:
        faults.append(FieldFault(field, cidr, "must be an IPv4 network"))
        return None
    return network


def _deprecated_fields(
    first: tuple[str, int], network: str, host_subnet_length: int, name: str
) -> list[FieldFault]:
    cidr, length = first
    if name == DEFAULT_CLUSTER_NETWORK:
        faults = []
        if network != cidr:
            detail = "network must be identical to clusterNetworks[0].cidr"
            faults.append(FieldFault("network", network, detail))
        if host_subnet_length != length:
            detail = "hostsubnetlength must be identical to clusterNetworks[0].hostSubnetLength"
            faults.append(FieldFault("hostsubnetlength", host_subnet_length, detail))
        return faults
    unset = not network and not host_subnet_length
    if unset or (network, host_subnet_length) == first:
        return []
    detail = "network and hostsubnetlength must be unset or identical to clusterNetworks[0]"
    return [FieldFault("clusterNetworks[0]", f"{cidr} {length}", detail)]


def _networks(
    cluster_networks: Sequence[tuple[str, int]], service: Network | None, service_network: str
) -> list[FieldFault]:
    faults: list[FieldFault] = []
    earlier: list[Network] = []
    for index, (cidr, length) in enumerate(cluster_networks):
        field = f"clusterNetworks[{index}]"
        network = _ipv4_network(f"{field}.cidr", cidr, faults)
        if network is None:
            continue
        too_long = "subnet length is too large for clusterNetwork"
        faults += _host_subnet_length(f"{field}.hostSubnetLength", length, network, too_long)
        for other in earlier:
            if network.overlaps(other):
                detail = f'cidr range overlaps with another cidr "{other}"'
                faults.append(FieldFault(f"{field}.cidr", cidr, detail))
        earlier.append(network)
        if service is not None and network.overlaps(service):
            detail = f"service network overlaps with cluster network cidr: {network}"
            faults.append(FieldFault("serviceNetwork", service_network, detail))
    return faults


def _single_network(
    network: str, host_subnet_length: int, service: Network | None, service_network: str
) -> list[FieldFault]:
    """The form of before OpenShift 3.7: no list, the deprecated fields alone."""
    for field, given in (("network", network), ("hostsubnetlength", host_subnet_length)):
        if not given:
            detail = f"{field} must be set (if clusterNetworks is empty)"
            return [FieldFault(field, None, detail)]
    faults: list[FieldFault] = []
    parsed = _ipv4_network("network", network, faults)
    if parsed is None:
        return faults
    too_long = "subnet length is too large for cidr"
    faults += _host_subnet_length("hostsubnetlength", host_subnet_length, parsed, too_long)
    if service is not None and parsed.overlaps(service):
        detail = "service network overlaps with cluster network"
        faults.append(FieldFault("serviceNetwork", service_network, detail))
    return faults


def _host_subnet_length(
    field: str, length: int, network: Network, too_long: str
) -> list[FieldFault]:
    if length > network.host_bits:
        return [FieldFault(field, length, too_long)]
    if length < _SHORTEST_HOST_SUBNET:
        return [FieldFault(field, length, "subnet length must be at least 2")]
    return []
