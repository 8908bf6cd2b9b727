"""NetworkPolicy: networking.k8s.io/v1. Which connections the selected pods take and make."""

from __future__ import annotations

from dataclasses import dataclass

from cluster.objects.label_selector import LabelSelector
from cluster.objects.meta import IntOrString, ObjectMeta, named

INGRESS, EGRESS = "Ingress", "Egress"


@dataclass(frozen=True, slots=True, kw_only=True)
class IPBlock:
    """A range of addresses, and the parts of it that are left out."""

    cidr: str = named("cidr", "", keep=True)
    excluded: tuple[str, ...] = named("except", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPolicyPeer:
    """Who the other side may be: pods by labels, or addresses."""

    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    ip_block: IPBlock | None = named("ipBlock", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPolicyPort:
    """A port, a range of them (`end_port` inclusive, 0 where there is none) or a port's name."""

    protocol: str = ""
    port: IntOrString | None = None
    end_port: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPolicyIngressRule:
    """Connections that may come in. No ports: all ports; no peers: everybody."""

    ports: tuple[NetworkPolicyPort, ...] = ()
    peers: tuple[NetworkPolicyPeer, ...] = named("from", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPolicyEgressRule:
    """Connections that may go out. No ports: all ports; no peers: everywhere."""

    ports: tuple[NetworkPolicyPort, ...] = ()
    peers: tuple[NetworkPolicyPeer, ...] = named("to", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPolicySpec:
    """`spec`."""

    pod_selector: LabelSelector = named("podSelector", LabelSelector(), keep=True)
    ingress: tuple[NetworkPolicyIngressRule, ...] = ()
    egress: tuple[NetworkPolicyEgressRule, ...] = ()
    policy_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPolicy:
    """A policy of a namespace."""

    metadata: ObjectMeta
    spec: NetworkPolicySpec = named("spec", NetworkPolicySpec(), keep=True)
