"""Defaults of NetworkPolicy (kubernetes `networking/v1/defaults.go`)."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from cluster.objects.networkpolicy import (
    EGRESS,
    INGRESS,
    NetworkPolicy,
    NetworkPolicyEgressRule,
    NetworkPolicyIngressRule,
    NetworkPolicyPort,
)

Rule = TypeVar("Rule", NetworkPolicyIngressRule, NetworkPolicyEgressRule)


def default_networkpolicy(policy: NetworkPolicy) -> NetworkPolicy:
    """Policies are about Ingress, and about Egress if they have such rules; ports are TCP."""
    spec = policy.spec
    types = spec.policy_types or ((INGRESS, EGRESS) if spec.egress else (INGRESS,))
    return replace(
        policy,
        spec=replace(
            spec,
            policy_types=types,
            ingress=tuple(map(_rule, spec.ingress)),
            egress=tuple(map(_rule, spec.egress)),
        ),
    )


def _rule(rule: Rule) -> Rule:
    return replace(rule, ports=tuple(map(_port, rule.ports)))


def _port(port: NetworkPolicyPort) -> NetworkPolicyPort:
    return port if port.protocol else replace(port, protocol="TCP")
