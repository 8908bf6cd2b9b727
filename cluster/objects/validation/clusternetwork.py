"""Rules of ClusterNetwork (openshift/origin `network/apis/network/validation`)."""

from __future__ import annotations

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


def validate_clusternetwork(network: ClusterNetwork) -> list[FieldError]:
    """What is wrong with a new cluster network."""
    errors = validate_meta(network.metadata, path_segment, namespaced=False)
    errors += checked("serviceNetwork", network.service_network, cidr(network.service_network))
    if not network.cluster_networks:
        errors.append(required("clusterNetworks"))
    for index, entry in enumerate(network.cluster_networks):
        errors += _entry_errors(entry, f"clusterNetworks[{index}]")
    errors += checked("vxlanPort", network.vxlan_port, port_number(network.vxlan_port))
    return [*errors, *_overlap_errors(network)]


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


def _entry_errors(entry: ClusterNetworkEntry, path: str) -> list[FieldError]:
    """A node's subnet has at least two host bits and fits into the range."""
    broken = cidr(entry.cidr)
    if broken:
        return checked(f"{path}.CIDR", entry.cidr, broken)
    network, bits = ipv4_network(entry.cidr), entry.host_subnet_length
    here = f"{path}.hostSubnetLength"
    if network is not None and bits > 32 - network.prefixlen:
        return [invalid(here, bits, "subnet length is too large for cidr")]
    return [] if bits >= 2 else [invalid(here, bits, "subnet length must be at least 2")]


def _overlap_errors(network: ClusterNetwork) -> list[FieldError]:
    seen = [each for each in (ipv4_network(network.service_network),) if each is not None]
    errors: list[FieldError] = []
    for index, entry in enumerate(network.cluster_networks):
        block = ipv4_network(entry.cidr)
        if block is None:
            continue
        errors += [
            invalid(
                f"clusterNetworks[{index}].CIDR",
                entry.cidr,
                f'cidr range overlaps with another cidr "{other}"',
            )
            for other in seen
            if other.overlaps(block)
        ]
        seen.append(block)
    return errors
