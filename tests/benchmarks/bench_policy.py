"""NetworkPolicy at 10,000 pods and 500 policies: verdicts one by one, whole grids, and a preview."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from cluster.engine.network.policy import KUBERNETES, SDN_3_11, SDN_4, PolicyIndex
from cluster.objects.meta import Key
from tests.policy_cluster import PlainCluster, PlainPod, policy

PODS, PROJECTS, WORKLOADS, POLICIES = 10_000, 100, 10, 500
VERDICTS = 20_000


def cluster_of() -> PlainCluster:
    """100 projects with 10 workloads of 10 pods each, and 5 policies in each project."""
    labels = {f"p{number}": {"team": f"t{number % 20}"} for number in range(PROJECTS)}
    pods = [
        PlainPod(
            key=Key(f"p{number % PROJECTS}", f"pod-{number}"),
            ip=f"10.{128 + (number >> 16)}.{(number >> 8) & 255}.{number & 255}",
            node=f"node-{number % 200}",
            labels={
                "app": f"a{number // PROJECTS % WORKLOADS}",
                "tier": ("front", "back")[number % 2],
            },
        )
        for number in range(PODS)
    ]
    specs = [_specs(number) for number in range(POLICIES // PROJECTS)]
    policies = [
        policy(name, f"policy-{place}", spec) for name in labels for place, spec in enumerate(specs)
    ]
    return PlainCluster({"default": {"name": "default"}, **labels}, pods, policies)


def _specs(number: int) -> dict[str, Any]:
    app = {"matchLabels": {"app": f"a{number}"}}
    specs: tuple[dict[str, Any], ...] = (
        {"podSelector": {}, "ingress": []},
        {"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}]},
        {
            "podSelector": app,
            "ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"team": "t3"}}}]}],
        },
        {
            "podSelector": app,
            "ingress": [
                {
                    "from": [{"ipBlock": {"cidr": "10.128.0.0/18", "except": ["10.128.9.0/24"]}}],
                    "ports": [{"port": 8080, "endPort": 8090}],
                }
            ],
        },
        {
            "podSelector": app,
            "policyTypes": ["Egress"],
            "egress": [
                {
                    "to": [
                        {"namespaceSelector": {}, "podSelector": {"matchLabels": {"tier": "back"}}}
                    ]
                }
            ],
        },
    )
    return specs[number]


def timed(work: Callable[[], object]) -> float:
    """Milliseconds of one run."""
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def main() -> None:
    """Prints times for each dialect."""
    cluster = cluster_of()
    for semantics in (KUBERNETES, SDN_3_11, SDN_4):
        measure(cluster, semantics)


def measure(cluster: PlainCluster, semantics: str) -> None:
    """Prints the times of one dialect."""
    pairs = np.random.default_rng(7).integers(0, PODS, (VERDICTS, 2)).tolist()
    some = cluster.pods[:200]
    index = PolicyIndex(cluster, semantics)
    compiled = timed(lambda: [index.policies(name) for name in cluster.labels])
    spent = timed(
        lambda: [
            index.verdict(cluster.pods[one], cluster.pods[other], 8080) for one, other in pairs
        ]
    )
    small = timed(lambda: index.matrix(some, 8080))
    large = timed(lambda: index.matrix(cluster.pods, 8080))
    changed = index.with_policy(policy("p7", "policy-0", {"podSelector": {}}))
    preview = timed(lambda: changed.matrix(some, 8080))
    print(
        f"{semantics:<11} compile {POLICIES} policies {compiled:5.1f} ms,"
        f" {VERDICTS / spent * 1000:8,.0f} verdicts/s, matrix 200x200 {small:5.1f} ms,"
        f" {PODS:,}x{PODS:,} {large:6.0f} ms, preview of one change {preview:5.1f} ms"
    )


if __name__ == "__main__":
    main()
