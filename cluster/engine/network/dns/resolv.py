"""A pod's resolv.conf, and what its resolver makes of it.

Stands for the kubelet's `pkg/kubelet/network/dns/dns.go` and for glibc's search list (resolv.conf(5)).
Which name server a pod asks is the release's: the node itself (dnsmasq) in OpenShift 3, the service
dns-default in OpenShift 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cluster.engine.network.dns.dialects import CLUSTER_DOMAIN, COREDNS, dialect_of
from cluster.objects.pod import Pod

CLUSTER_FIRST: Final = "ClusterFirst"
CLUSTER_FIRST_WITH_HOST_NET: Final = "ClusterFirstWithHostNet"
DEFAULT: Final = "Default"
NONE: Final = "None"

DNS_SERVICE_IP: Final = "172.30.0.10"
"""The cluster IP of OpenShift 4's service openshift-dns/dns-default."""
NDOTS: Final = 5
MOST_NAMESERVERS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchLimit:
    """How long a search list may be."""

    domains: int
    characters: int


OLD_LIMIT: Final = SearchLimit(domains=6, characters=256)
EXPANDED_LIMIT: Final = SearchLimit(domains=32, characters=2048)
"""Kubernetes 1.26 and later (ExpandedDNSConfig)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeResolv:
    """A node's own /etc/resolv.conf."""

    nameservers: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvConf:
    """What a pod's /etc/resolv.conf says.

    `problems` are the kubelet's DNSConfigForming events. `asks_cluster` is false where the first name
    server is not the cluster's. `policy` is the one that was applied.
    """

    nameservers: tuple[str, ...]
    search: tuple[str, ...]
    options: tuple[str, ...]
    policy: str
    asks_cluster: bool = True
    problems: tuple[str, ...] = ()

    @property
    def ndots(self) -> int:
        """How many dots make a name be tried as it is first; 1 where nothing is said, 15 at most."""
        for option in reversed(self.options):
            name, _, value = option.partition(":")
            if name == "ndots" and value.isdecimal():
                return min(int(value), 15)
        return 1

    @property
    def text(self) -> str:
        """The file."""
        lines = [f"search {' '.join(self.search)}"] if self.search else []
        lines += [f"nameserver {each}" for each in self.nameservers]
        lines += [f"options {' '.join(self.options)}"] if self.options else []
        return "".join(f"{line}\n" for line in lines)

    def order(self, name: str) -> tuple[str, ...]:
        """The full names that are asked for, until one answers."""
        return query_order(name, self.search, self.ndots)


def query_order(name: str, search: Sequence[str], ndots: int) -> tuple[str, ...]:
    """The full names that a resolver tries for a name, in order.

    A name with a last dot is tried alone; one with `ndots` dots or more is tried as it is first.
    """
    if name.endswith("."):
        return (name,)
    listed = [f"{name}.{domain.rstrip('.')}." for domain in search if domain.strip(".")]
    own = f"{name}."
    order = [own, *listed] if name.count(".") >= ndots else [*listed, own]
    return tuple(dict.fromkeys(order))


def node_resolv(profile: str, node_ip: str, upstream: str = "192.168.122.1") -> NodeResolv:
    """What a node's own file says: OpenShift 3's installer puts dnsmasq on the node's address."""
    if dialect_of(profile) == COREDNS:
        return NodeResolv(nameservers=(upstream,))
    domain = CLUSTER_DOMAIN.rstrip(".")
    return NodeResolv(nameservers=(node_ip,) if node_ip else (), search=(domain,))


def resolv_conf(pod: Pod, profile: str, domain: str = CLUSTER_DOMAIN) -> ResolvConf:
    """The file that the kubelet writes for a pod. Raises ValueError for an unknown profile."""
    is_coredns = dialect_of(profile) == COREDNS
    node = node_resolv(profile, pod.status.host_ip)
    cluster = (DNS_SERVICE_IP,) if is_coredns else node.nameservers
    policy = _policy(pod)
    if policy == DEFAULT:
        made = (node.nameservers, node.search, node.options)
    elif policy == NONE:
        made = ((), (), ())
    else:
        zone = domain.rstrip(".")
        namespace = pod.metadata.namespace
        own = (f"{namespace}.svc.{zone}", f"svc.{zone}", zone)
        made = (cluster, _distinct((*own, *node.search)), (f"ndots:{NDOTS}",))
    servers, search, options = _with_config(made, pod.spec.extra.get("dnsConfig") or {})
    limit = EXPANDED_LIMIT if is_coredns else OLD_LIMIT
    servers, server_problems = _limited_servers(servers)
    search, search_problems = _limited_search(search, limit)
    return ResolvConf(
        nameservers=servers,
        search=search,
        options=options,
        policy=policy,
        asks_cluster=bool(servers) and servers[0] in cluster,
        problems=(*server_problems, *search_problems),
    )


def _policy(pod: Pod) -> str:
    """The policy that counts: a pod on the node's network uses the node's file unless it says more."""
    policy = pod.spec.extra.get("dnsPolicy") or CLUSTER_FIRST
    on_node = bool(pod.spec.extra.get("hostNetwork"))
    if policy == CLUSTER_FIRST_WITH_HOST_NET:
        return CLUSTER_FIRST
    if policy in (DEFAULT, NONE):
        return str(policy)
    return DEFAULT if on_node else CLUSTER_FIRST


def _with_config(
    made: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], config: Mapping[str, Any]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """What `spec.dnsConfig` adds; its options replace those of the same name."""
    servers, search, options = made
    given = {each.partition(":")[0]: each for each in options}
    for each in config.get("options") or ():
        name, value = str(each.get("name", "")), each.get("value")
        given[name] = name if value in (None, "") else f"{name}:{value}"
    return (
        _distinct((*servers, *map(str, config.get("nameservers") or ()))),
        _distinct((*search, *map(str, config.get("searches") or ()))),
        tuple(given.values()),
    )


def _limited_servers(servers: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if len(servers) <= MOST_NAMESERVERS:
        return servers, ()
    kept = servers[:MOST_NAMESERVERS]
    return kept, (
        "Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver"
        f" line is: {' '.join(kept)}",
    )


def _limited_search(
    search: tuple[str, ...], limit: SearchLimit
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    kept = search[: limit.domains]
    while kept and len(" ".join(kept)) > limit.characters:
        kept = kept[:-1]
    if kept == search:
        return search, ()
    return kept, (
        "Search Line limits were exceeded, some search paths have been omitted, the applied search"
        f" line is: {' '.join(kept)}",
    )


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
