"""What a plugin does to packets, in words for people: one sentence per property."""

from __future__ import annotations

from cluster.engine.network.plugins.facts import (
    BY_GROUP,
    BY_POLICY,
    BY_VNID,
    BY_ZONE,
    CONTIV_FAMILY,
    FLANNEL,
    FLANNEL_HOST_GW,
    NUAGE_FAMILY,
    OVN,
    OVS_NETWORKPOLICY,
    SDN,
    Plugin,
)

_ISOLATION = {
    BY_VNID: "Projects are apart: each has a VNID of its own. They meet when joined, and all reach"
    " and are reached by global ones (project default).",
    BY_POLICY: "None until a NetworkPolicy selects pods; then only what its rules allow.",
    BY_ZONE: "Projects are apart: each is a zone. Project default reaches and is reached by all.",
    BY_GROUP: "None by default: a policy on an endpoint group denies, whatever matches nothing passes.",
}


def isolation(plugin: Plugin) -> str:
    """Who is kept from whom."""
    return _ISOLATION.get(plugin.isolation, "None: every pod reaches every other.")


def encapsulation(plugin: Plugin) -> str:
    """What carries packets between nodes."""
    if plugin.name == FLANNEL_HOST_GW:
        return "None: routes on every node, all nodes in one layer 2 network"
    inside = {SDN: ", VNI is the project's VNID"} if plugin.has_netnamespaces else {SDN: ", VNI 0"}
    inside[FLANNEL] = ", VNI 1" if plugin.encapsulation == "VXLAN" else ", in user space"
    return f"{plugin.encapsulation}, UDP port {plugin.port}{inside.get(plugin.family, '')}"


def seen_source(plugin: Plugin, is_modern: bool) -> str:
    """Which source a pod sees when it is called through a service."""
    masquerades = plugin.family == SDN and plugin.name != OVS_NETWORKPOLICY and not is_modern
    return "tun0 of the caller's node" if masquerades else "the calling pod"


def proxy(plugin: Plugin) -> str:
    """Who carries a service's address to its pods."""
    own = {
        CONTIV_FAMILY: "Contiv's own, NAT in Open vSwitch",
        NUAGE_FAMILY: "VRS on each node",
        OVN: "load balancers of OVN, at the caller's switch",
    }
    return own.get(plugin.family, "kube-proxy, iptables")


def subnets(plugin: Plugin) -> str:
    """Which object holds the subnets, and in which order they are given out."""
    found = {
        SDN: "One per node, in its HostSubnet, in rotated order",
        FLANNEL: "One per node, a lease in etcd shown as spec.podCIDR of the Node; a random one of the"
        " first hundred that are free, never the first",
        CONTIV_FAMILY: "None per node: one network for the whole cluster, the lowest free address first",
        NUAGE_FAMILY: "None per node: subnets per project, one more when they are full",
        OVN: "One per node, in the annotation k8s.ovn.org/node-subnets and spec.podCIDR of the Node,"
        " in rotated order; the first pod gets .3",
    }
    return found[plugin.family]


def properties(plugin: Plugin, is_modern: bool) -> list[tuple[str, str]]:
    """All of it: titles and sentences."""
    return [
        ("Isolation", isolation(plugin)),
        ("Between nodes", encapsulation(plugin)),
        ("MTU of pods", str(plugin.mtu)),
        ("Subnets", subnets(plugin)),
        ("Service proxy", proxy(plugin)),
        ("Source seen through a service", seen_source(plugin, is_modern)),
        ("Policies with an effect", policies(plugin)),
    ]


def policies(plugin: Plugin) -> str:
    """Which policy objects have an effect."""
    if plugin.obeys_policies and plugin.obeys_egress_policies:
        return "NetworkPolicy and EgressNetworkPolicy"
    if plugin.obeys_policies:
        return "NetworkPolicy"
    return "EgressNetworkPolicy" if plugin.obeys_egress_policies else "None"
