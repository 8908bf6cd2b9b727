"""NetworkPolicy and EgressNetworkPolicy: who may talk to whom, in the three dialects of the cluster.

Stands for Kubernetes' definition of networking.k8s.io/v1 (which OVN-Kubernetes keeps) and for
`networkpolicy.go` of OpenShift SDN 3.11 and 4, each with its own deviations.
"""

from __future__ import annotations

from cluster.engine.network.policy.egress import EgressRules, EgressVerdict
from cluster.engine.network.policy.ends import End, NodeEnd, Outside, PolicyPod, PolicySource
from cluster.engine.network.policy.index import PolicyIndex
from cluster.engine.network.policy.semantics import (
    KUBERNETES,
    NOT_ENFORCED,
    SDN_3_11,
    SDN_4,
    semantics_of,
)
from cluster.engine.network.policy.verdict import PolicyVerdict, RuleReference, Side

__all__ = [
    "KUBERNETES",
    "NOT_ENFORCED",
    "SDN_3_11",
    "SDN_4",
    "EgressRules",
    "EgressVerdict",
    "End",
    "NodeEnd",
    "Outside",
    "PolicyIndex",
    "PolicyPod",
    "PolicySource",
    "PolicyVerdict",
    "RuleReference",
    "Side",
    "semantics_of",
]
