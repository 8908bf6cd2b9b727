"""Cluster DNS without sockets: the answers of SkyDNS in OpenShift 3, of CoreDNS, and of their relatives.

`resolver_for` makes the server of a cluster's profile; `resolv` and `lookup` are the pod's side of it.
"""

from cluster.engine.network.dns.dialects import DIALECTS, dialect_of, etcd_resolver, resolver_for
from cluster.engine.network.dns.message import Answer, Mx, Question, Record, Resolver, Soa, Srv

__all__ = [
    "DIALECTS",
    "Answer",
    "Mx",
    "Question",
    "Record",
    "Resolver",
    "Soa",
    "Srv",
    "dialect_of",
    "etcd_resolver",
    "resolver_for",
]
