"""Rules of ClusterNetwork (openshift/sdn `pkg/network/common/validation.go`)."""

from __future__ import annotations

from ipaddress import IPv4Network

from cluster.objects.clusternetwork import ClusterNetwork, ClusterNetworkEntry
from cluster.objects.fields import FieldError, invalid, required
from cluster.objects.validation.meta import (
    checked,
    immutable,
    validate_meta,
    validate_meta_update,
)
from cluster.objects.validation.names import path_segment, port_number
from cluster.objects.validation.networks import cidr, ipv4_network

DEFAULT = "default"
SHORTEST = 2
"""Host bits of the smallest subnet."""


def validate_clusternetwork(network: ClusterNetwork) -> list[FieldError]:
    """What is wrong with a new cluster network."""
    service = network.service_network
    errors = validate_meta(network.metadata, path_segment, namespaced=False)
    errors += checked("serviceNetwork", service, cidr(service))
    if network.cluster_networks:
        errors += _deprecated_errors(network, network.cluster_networks[0])
        errors += _list_errors(network)
    else:
        errors += _single_errors(network)
    return [*errors, *checked("vxlanPort", network.vxlan_port, port_number(network.vxlan_port))]


def validate_clusternetwork_update(new: ClusterNetwork, old: ClusterNetwork) -> list[FieldError]:
    """What is wrong with a change: addresses of services and nodes are already given out.

    The plugin may change. On a real cluster that takes more than this object (a new configuration and a
    restart of every node in 3.x, the network operator's migration in 4); this lab does all of it on the
    word of this one field, and the registry checks that the new name is one that it knows.
    """
    return [
        *validate_meta_update(new.metadata, old.metadata),
        *validate_clusternetwork(new),
        *immutable("serviceNetwork", new.service_network, old.service_network),
        *(
            invalid(f"clusterNetworks[{index}].CIDR", entry.cidr, "cannot be removed or changed")
            for index, entry in enumerate(old.cluster_networks)
            if entry not in new.cluster_networks
        ),
    ]


def _deprecated_errors(network: ClusterNetwork, first: ClusterNetworkEntry) -> list[FieldError]:
    """`network` and `hostsubnetlength` of before 3.7 repeat the first range, or are left out.

    The object named `default` must repeat it: old nodes read nothing else.
    """
    given, length = network.network, network.hostsubnetlength
    if network.metadata.name == DEFAULT:
        errors = []
        if given != first.cidr:
            detail = "network must be identical to clusterNetworks[0].cidr"
            errors.append(invalid("network", given, detail))
        if length != first.host_subnet_length:
            detail = "hostsubnetlength must be identical to clusterNetworks[0].hostSubnetLength"
            errors.append(invalid("hostsubnetlength", length, detail))
        return errors
    if (given, length) in (("", 0), (first.cidr, first.host_subnet_length)):
        return []
    detail = "network and hostsubnetlength must be unset or identical to clusterNetworks[0]"
    shown = f"{first.cidr} {first.host_subnet_length}"
    return [invalid("clusterNetworks[0]", shown, detail)]


def _list_errors(network: ClusterNetwork) -> list[FieldError]:
    errors: list[FieldError] = []
    service = ipv4_network(network.service_network)
    earlier: list[IPv4Network] = []
    for index, entry in enumerate(network.cluster_networks):
        path = f"clusterNetworks[{index}]"
        block = ipv4_network(entry.cidr)
        if block is None:
            errors += checked(f"{path}.cidr", entry.cidr, cidr(entry.cidr))
            continue
        too_long = "subnet length is too large for clusterNetwork"
        length = entry.host_subnet_length
        errors += _length_errors(f"{path}.hostSubnetLength", length, block, too_long)
        errors += [
            invalid(f"{path}.cidr", entry.cidr, f'cidr range overlaps with another cidr "{other}"')
            for other in earlier
            if block.overlaps(other)
        ]
        earlier.append(block)
        if service is not None and block.overlaps(service):
            detail = f"service network overlaps with cluster network cidr: {block}"
            errors.append(invalid("serviceNetwork", network.service_network, detail))
    return errors


def _single_errors(network: ClusterNetwork) -> list[FieldError]:
    """The form of before 3.7: no list, the deprecated fields alone."""
    for field, given in (
        ("network", network.network),
        ("hostsubnetlength", network.hostsubnetlength),
    ):
        if not given:
            return [required(field, f"{field} must be set (if clusterNetworks is empty)")]
    block = ipv4_network(network.network)
    if block is None:
        return checked("network", network.network, cidr(network.network))
    length = network.hostsubnetlength
    errors = _length_errors(
        "hostsubnetlength", length, block, "subnet length is too large for cidr"
    )
    service = ipv4_network(network.service_network)
    if service is not None and block.overlaps(service):
        detail = "service network overlaps with cluster network"
        errors.append(invalid("serviceNetwork", network.service_network, detail))
    return errors


def _length_errors(path: str, length: int, block: IPv4Network, too_long: str) -> list[FieldError]:
    """A node's subnet has at least two host bits and fits into the range."""
    if length > block.max_prefixlen - block.prefixlen:
        return [invalid(path, length, too_long)]
    return [] if length >= SHORTEST else [invalid(path, length, "subnet length must be at least 2")]
