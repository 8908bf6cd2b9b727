"""NetNamespace: network.openshift.io/v1. The virtual network of a project: its VNID and egress IPs."""

from __future__ import annotations

from dataclasses import dataclass

from cluster.objects.meta import ObjectMeta, named

GLOBAL_VNID = 0
"""The network that reaches all and is reached by all."""
MIN_VNID, MAX_VNID = 10, (1 << 24) - 1
"""SDN311 `pkg/network/netid.go`: 1 to 9 are reserved, a VXLAN header has 24 bits."""
CHANGE_NETWORK = "pod.network.openshift.io/multitenant.change-network"
"""Annotation of `oc adm pod-network`: `global`, `isolate` or `join:<project>`; the master carries it out
and takes it away."""
MULTICAST = "netnamespace.network.openshift.io/multicast-enabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetNamespace:
    """Named after its project."""

    metadata: ObjectMeta
    netname: str = named("netname", "", keep=True)
    netid: int = named("netid", 0, keep=True)
    egress_ips: tuple[str, ...] = named("egressIPs", ())
