"""The recorded truth table of NetworkPolicy, in Kubernetes' reading and in both of OpenShift SDN."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.engine.network.policy import (
    KUBERNETES,
    SDN_3_11,
    SDN_4,
    End,
    NodeEnd,
    Outside,
    PolicyIndex,
)
from cluster.objects.meta import Key
from tests.policy_cluster import PlainCluster, PlainPod, policy
from tests.shared_data import load_json

VECTORS: list[dict[str, Any]] = load_json("vectors", "netpol.json")["vectors"]
RECORDED_AS = {SDN_3_11: "openshift-sdn-3.11", SDN_4: "openshift-sdn-4.x"}
DOES_NOT_APPLY: dict[tuple[str, str], str] = {}
"""Vector and dialect to the reason why it says nothing about this product. None does so far."""


def cluster_of(vector: dict[str, Any]) -> PlainCluster:
    pods = [
        PlainPod(
            key=Key(each["namespace"], each["name"]),
            ip=each["ip"],
            node=each.get("node", f"node-{number}"),
            labels=each["labels"],
            on_host_network=each.get("hostNetwork", False),
            named_ports=tuple(
                (port["name"], port["protocol"], port["port"]) for port in each.get("ports", ())
            ),
        )
        for number, each in enumerate(vector["pods"])
    ]
    policies = [
        policy(each["namespace"], each["name"], each["spec"]) for each in vector["policies"]
    ]
    return PlainCluster(vector["namespaces"], pods, policies)


def end_of(cluster: PlainCluster, text: dict[str, str]) -> End:
    if "ip" in text:
        return Outside(text["ip"])
    if "node_of" in text:
        pod = cluster.pod(text["node_of"])
        return NodeEnd(pod.node, "192.168.122.11")
    return cluster.pod(text["pod"])


def expected_of(vector: dict[str, Any], semantics: str) -> bool:
    override = vector.get("expected_override", {})
    word: str = override.get(RECORDED_AS.get(semantics, ""), vector["expected"])
    return word == "allow"


@pytest.mark.parametrize("semantics", [KUBERNETES, SDN_3_11, SDN_4])
@pytest.mark.parametrize("vector", VECTORS, ids=[each["id"] for each in VECTORS])
def test_the_verdict_is_the_recorded_one(vector: dict[str, Any], semantics: str) -> None:
    if (vector["id"], semantics) in DOES_NOT_APPLY:
        pytest.skip(DOES_NOT_APPLY[vector["id"], semantics])
    cluster = cluster_of(vector)
    source, destination = end_of(cluster, vector["from"]), end_of(cluster, vector["to"])
    index = PolicyIndex(cluster, semantics)

    verdict = index.verdict(source, destination, vector["port"], vector["protocol"])

    assert verdict.allowed is expected_of(vector, semantics), verdict.said
    grid = index.grid([source], [destination], vector["port"], vector["protocol"])
    assert bool(grid[0, 0]) is verdict.allowed


def test_few_vectors_are_left_out() -> None:
    assert len(DOES_NOT_APPLY) < 0.02 * len(VECTORS) * 3
