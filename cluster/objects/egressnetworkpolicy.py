"""EgressNetworkPolicy: network.openshift.io/v1. Where the pods of a project may go outside the cluster."""

from __future__ import annotations

from dataclasses import dataclass

from cluster.objects.meta import ObjectMeta, named

ALLOW, DENY = "Allow", "Deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressNetworkPolicyPeer:
    """A range of addresses, or a DNS name."""

    cidr_selector: str = ""
    dns_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressNetworkPolicyRule:
    """Allow or Deny; the first rule that matches decides."""

    type: str = named("type", "", keep=True)
    to: EgressNetworkPolicyPeer = named("to", EgressNetworkPolicyPeer(), keep=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressNetworkPolicySpec:
    """`spec`."""

    egress: tuple[EgressNetworkPolicyRule, ...] = named("egress", (), keep=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressNetworkPolicy:
    """The egress rules of a project."""

    metadata: ObjectMeta
    spec: EgressNetworkPolicySpec = named("spec", EgressNetworkPolicySpec(), keep=True)
