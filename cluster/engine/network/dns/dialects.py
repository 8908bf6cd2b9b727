"""Whose DNS a cluster has: the one place where a resolver is made, by profile or by dialect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from cluster.engine.network.dns.coredns import CoreDns
from cluster.engine.network.dns.coredns_options import (
    OPENSHIFT_4,
    CoreDnsOptions,
    ExternalOptions,
)
from cluster.engine.network.dns.etcd_backend import EtcdBackend
from cluster.engine.network.dns.k8s_external import K8sExternal
from cluster.engine.network.dns.kube_dns import KubeDnsBackend
from cluster.engine.network.dns.message import Resolver, Upstream
from cluster.engine.network.dns.names import fqdn
from cluster.engine.network.dns.objects import Objects
from cluster.engine.network.dns.openshift3 import OpenShift3Backend
from cluster.engine.network.dns.sky_record import SkyRecord
from cluster.engine.network.dns.skydns import SkyDns, SkySettings

CLUSTER_DOMAIN: Final = "cluster.local."
OPENSHIFT3: Final = "openshift3-skydns"
COREDNS: Final = "coredns"
EXTERNAL: Final = "coredns-k8s_external"
SPECIFICATION: Final = "k8s-dns-spec-1.1.0"
KUBE_DNS: Final = "kube-dns"
ETCD: Final = "skydns-etcd"
DIALECTS: Final = (OPENSHIFT3, COREDNS, EXTERNAL, SPECIFICATION, KUBE_DNS, ETCD)

DIALECT_OF_PROFILE: Final[Mapping[str, str]] = {
    "course": OPENSHIFT3,
    "3.11": OPENSHIFT3,
    "4": COREDNS,
}
"""The cluster DNS of each of the cluster's profiles (`cluster.engine.config.PROFILES`)."""

ETCD_TTL: Final = 3600
ETCD_PRIORITY: Final = 10


def dialect_of(profile: str) -> str:
    """The dialect of a profile; a dialect's own name stands for itself. Raises ValueError."""
    dialect = DIALECT_OF_PROFILE.get(profile, profile)
    if dialect not in DIALECTS:
        known = ", ".join((*DIALECT_OF_PROFILE, *DIALECTS))
        raise ValueError(f"{profile!r} is neither a profile nor a dialect of DNS: {known}")
    return dialect


def resolver_for(
    profile: str,
    objects: Objects,
    *,
    zone: str = CLUSTER_DOMAIN,
    options: CoreDnsOptions | ExternalOptions | None = None,
    upstream: Upstream | None = None,
) -> Resolver:
    """The DNS server of a profile or dialect over a cluster's objects, read as they are at each question.

    `options` are those of CoreDNS's plugins, OpenShift 4's by default. Make one for each thread.
    Raises ValueError for an unknown profile, and for `skydns-etcd`, which has no objects.
    """
    dialect, domain = dialect_of(profile), fqdn(zone.lower())
    if dialect == OPENSHIFT3:
        settings = SkySettings(domain=domain, local=f"openshift.default.svc.{domain}")
        backend = OpenShift3Backend(objects, domain)
        return SkyDns(dialect, backend, settings, upstream, lambda: max(1, objects.version))
    if dialect == KUBE_DNS:
        tree = KubeDnsBackend(objects, domain)
        settings = SkySettings(domain=domain)
        return SkyDns(dialect, tree, settings, upstream, lambda: max(1, objects.version))
    if dialect == ETCD:
        raise ValueError("stand-alone SkyDNS answers from etcd: use etcd_resolver")
    if dialect == EXTERNAL:
        plugin = options if isinstance(options, ExternalOptions) else ExternalOptions()
        return K8sExternal(dialect, objects, domain, plugin, upstream)
    if isinstance(options, CoreDnsOptions):
        chosen = options
    else:
        chosen = OPENSHIFT_4 if dialect == COREDNS else CoreDnsOptions()
    unready = dialect == SPECIFICATION
    return CoreDns(dialect, objects, domain, chosen, upstream, honours_unready=unready)


def etcd_resolver(
    records: Iterable[SkyRecord],
    *,
    zone: str = "skydns.local.",
    ttl: int = ETCD_TTL,
    priority: int = ETCD_PRIORITY,
    min_ttl: int = 60,
    local: str = "",
    upstream: Upstream | None = None,
) -> Resolver:
    """Stand-alone SkyDNS over the values of etcd; times in seconds."""
    domain = fqdn(zone.lower())
    settings = SkySettings(
        domain=domain, local=fqdn(local.lower()) if local else "", ttl=ttl, min_ttl=min_ttl
    )
    return SkyDns(ETCD, EtcdBackend(records, ttl, priority), settings, upstream)
