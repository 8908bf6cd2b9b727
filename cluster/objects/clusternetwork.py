"""ClusterNetwork: network.openshift.io/v1. The overlay network; there is one, named `default`."""

from __future__ import annotations

from dataclasses import dataclass

from cluster.objects.meta import ObjectMeta, named

SWITCHING_FROM = "shiftlab.io/switching-from"
"""Annotation: the plugin that the cluster is leaving. While it is there, the old network is taken apart
and the new one gives out no address yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterNetworkEntry:
    """A range from which nodes get subnets; `host_subnet_length` counts host bits (9 is a /23)."""

    cidr: str = named("CIDR", "", keep=True)
    host_subnet_length: int = named("hostSubnetLength", 0, keep=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterNetwork:
    """The cluster's network settings."""

    metadata: ObjectMeta
    network: str = ""
    hostsubnetlength: int = named("hostsubnetlength", 0)
    service_network: str = named("serviceNetwork", "", keep=True)
    plugin_name: str = ""
    cluster_networks: tuple[ClusterNetworkEntry, ...] = named("clusterNetworks", (), keep=True)
    vxlan_port: int = named("vxlanPort", 4789)
    mtu: int = 1450
