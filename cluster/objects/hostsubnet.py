"""HostSubnet: network.openshift.io/v1. The part of the cluster network that a node's pods live in."""

from __future__ import annotations

from dataclasses import dataclass

from cluster.objects.meta import ObjectMeta, named


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSubnet:
    """Named after its node."""

    metadata: ObjectMeta
    host: str = named("host", "", keep=True)
    host_ip: str = named("hostIP", "", keep=True)
    subnet: str = named("subnet", "", keep=True)
    egress_ips: tuple[str, ...] = named("egressIPs", ())
    egress_cidrs: tuple[str, ...] = named("egressCIDRs", ())
