"""The pieces of the cluster network that pods live in: a node's subnet, a project's, or all of it.

Which of them there are is the plugin's affair: HostSubnets, the subnets written on nodes, one network for
all (Contiv), subnets of projects (Nuage).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from cluster.objects import kinds
from cluster.objects.node import internal_ip, pod_cidr
from cluster.objects.pod import Pod
from cluster.runtime.client import Client

DEFAULT_NET = "default-net"


@dataclass(frozen=True, slots=True)
class Block:
    """`name` is the node's or the subnet's; `node` is "" where it spans all nodes.

    `gateway` is the offset of the gateway's address; `said` where the block is.
    """

    name: str
    subnet: str
    said: str
    node: str = ""
    gateway: int = 1
    gateway_name: str = "gateway (tun0)"
    second: str = ""
    """What holds the second host address, if it is nobody's pod."""


def blocks(client: Client) -> list[Block]:
    """All blocks of today's plugin, in the order in which they came."""
    plugin = client.network.plugin
    if plugin.has_hostsubnets:
        held = sorted(
            client.list(kinds.HOSTSUBNET), key=lambda each: each.metadata.resource_version
        )
        return [host_block(each.host, each.subnet, each.host_ip) for each in held if each.subnet]
    if plugin.has_pod_cidrs:
        is_ovn = plugin.family == "ovn"
        return [
            Block(
                node.metadata.name,
                pod_cidr(node),
                internal_ip(node),
                node.metadata.name,
                gateway_name="gateway (router port)" if is_ovn else "gateway (docker0)",
                second="ovn-k8s-mp0" if is_ovn else "",
            )
            for node in client.list(kinds.NODE)
            if pod_cidr(node)
        ]
    return _of_projects(client) if plugin.family == "nuage" else _default_net(client)


def block(client: Client, name: str) -> Block | None:
    """A block by its name."""
    return next((each for each in blocks(client) if each.name == name), None)


def host_block(node: str, subnet: str, ip: str) -> Block:
    """A HostSubnet as a block."""
    return Block(node, subnet, ip, node)


def pods_in(client: Client, found: Block) -> dict[str, Pod]:
    """The pods with addresses of a block."""
    network = IPv4Network(found.subnet)
    pods: Iterable[Pod] = client.pods_on(found.node) if found.node else client.list(kinds.POD)
    return {
        pod.status.pod_ip: pod
        for pod in pods
        if pod.status.pod_ip and IPv4Address(pod.status.pod_ip) in network
    }


def _default_net(client: Client) -> list[Block]:
    """Contiv's network: the first /16, its gateway x.y.254.254."""
    whole = client.network.view().cluster_networks[0]
    length = max(whole.prefixlen, 16)
    net = IPv4Network((whole.network_address, length))
    gateway = min(0xFEFE, net.num_addresses - 2)
    return [Block(DEFAULT_NET, str(net), "all nodes", "", gateway, "gateway")]


def _of_projects(client: Client) -> list[Block]:
    """Nuage's subnets, as their pods show them: a project's n-th is `<project>-<n>`."""
    length = 32 - client.config.host_subnet_length
    seen: dict[str, dict[IPv4Network, None]] = {}
    for pod in client.list(kinds.POD):
        if pod.status.pod_ip and not pod.is_on_host_network and not pod.is_finished:
            net = IPv4Network((pod.status.pod_ip, length), strict=False)
            seen.setdefault(pod.metadata.namespace, {})[net] = None
    return [
        Block(f"{project}-{number}", str(net), f"project {project}, all nodes", "", 1, "gateway")
        for project in sorted(seen)
        for number, net in enumerate(sorted(seen[project]))
    ]
