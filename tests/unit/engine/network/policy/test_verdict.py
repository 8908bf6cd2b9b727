"""A verdict says which side decided, by which policies and rule, and why, in one sentence."""

from __future__ import annotations

import dataclasses

import pytest

from cluster.engine.network.plugins.facts import PLUGINS
from cluster.engine.network.policy import (
    KUBERNETES,
    NOT_ENFORCED,
    SDN_3_11,
    SDN_4,
    NodeEnd,
    Outside,
    PolicyIndex,
    semantics_of,
)
from cluster.engine.network.view import NetworkView
from cluster.objects.clusternetwork import ClusterNetwork
from cluster.objects.meta import Key
from cluster.objects.networkpolicy import NetworkPolicy
from tests.policy_cluster import PlainCluster, PlainPod, policy
from tests.running_cluster import SETTLED, demo_engine

DENY_ALL = policy("shop", "deny-by-default", {"podSelector": {}, "ingress": []})
SAME = policy(
    "shop",
    "allow-same-namespace",
    {"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}]},
)
HTTP = policy(
    "shop",
    "web-http",
    {
        "podSelector": {"matchLabels": {"app": "web"}},
        "ingress": [
            {"ports": [{"port": 8080}]},
            {"from": [{"ipBlock": {"cidr": "203.0.113.0/24"}}]},
        ],
    },
)
NO_WAY_OUT = policy("dev", "no-egress", {"podSelector": {}, "policyTypes": ["Egress"]})


def pod(key: str, number: int, **labels: str) -> PlainPod:
    return PlainPod(
        key=Key(*key.split("/")), ip=f"10.128.0.{number}", node=f"node-{number}", labels=labels
    )


@pytest.fixture
def cluster() -> PlainCluster:
    pods = [pod("shop/web", 2, app="web"), pod("shop/db", 3, app="db"), pod("dev/tool", 4)]
    return PlainCluster({"shop": {}, "dev": {}, "default": {"name": "default"}}, pods)


def test_without_a_policy_nothing_is_isolated(cluster: PlainCluster) -> None:
    verdict = PolicyIndex(cluster, KUBERNETES).verdict(
        cluster.pod("dev/tool"), cluster.pod("shop/web"), 8080
    )
    assert verdict.allowed
    assert (verdict.direction, verdict.selected_by, verdict.rule) == ("", (), None)
    assert verdict.said == "No NetworkPolicy selects a pod of this connection."


def test_a_denial_names_the_policies_that_select_the_pod(cluster: PlainCluster) -> None:
    cluster.policies += [DENY_ALL, SAME]
    verdict = PolicyIndex(cluster, KUBERNETES).verdict(
        cluster.pod("dev/tool"), cluster.pod("shop/web"), 8080
    )
    assert not verdict.allowed
    assert verdict.direction == "Ingress"
    assert verdict.selected_by == (DENY_ALL.metadata.key, SAME.metadata.key)
    assert verdict.said == (
        "NetworkPolicies deny-by-default and allow-same-namespace select shop/web for ingress, and"
        " no ingress rule allows dev/tool on TCP 8080."
    )


def test_a_denial_names_the_rule_that_fails_only_by_its_port(cluster: PlainCluster) -> None:
    cluster.policies += [DENY_ALL, HTTP]
    verdict = PolicyIndex(cluster, KUBERNETES).verdict(
        cluster.pod("dev/tool"), cluster.pod("shop/web"), 9090
    )
    assert verdict.said == (
        "NetworkPolicies deny-by-default and web-http select shop/web for ingress; rule 1 of"
        " web-http matches dev/tool, but only on TCP 8080."
    )


def test_a_permission_names_its_rule(cluster: PlainCluster) -> None:
    cluster.policies += [DENY_ALL, HTTP]
    verdict = PolicyIndex(cluster, KUBERNETES).verdict(
        Outside("203.0.113.9"), cluster.pod("shop/web"), 22
    )
    assert verdict.allowed
    assert verdict.rule is not None
    assert (verdict.rule.policy.name, verdict.rule.path) == ("web-http", "spec.ingress[1]")
    assert verdict.said == (
        "Ingress rule 2 of NetworkPolicy web-http allows 203.0.113.9 on TCP 22."
    )


def test_egress_is_asked_first_where_the_dialect_knows_it(cluster: PlainCluster) -> None:
    cluster.policies += [NO_WAY_OUT, DENY_ALL]
    ends = cluster.pod("dev/tool"), cluster.pod("shop/db")
    assert PolicyIndex(cluster, SDN_4).verdict(*ends, 5432).direction == "Egress"
    assert PolicyIndex(cluster, SDN_3_11).verdict(*ends, 5432).direction == "Ingress"


def test_3_11_says_why_a_policy_denies_all(cluster: PlainCluster) -> None:
    named = {
        "podSelector": {"matchLabels": {"app": "web"}},
        "ingress": [{"ports": [{"port": "http"}]}],
    }
    cluster.policies.append(policy("shop", "named", named))
    verdict = PolicyIndex(cluster, SDN_3_11).verdict(
        cluster.pod("dev/tool"), cluster.pod("shop/db"), 5432
    )
    assert not verdict.allowed
    assert verdict.said == (
        "NetworkPolicy named selects shop/db for ingress, and named allows nothing: OpenShift SDN"
        " 3.11 takes it as deny-all for the whole project, because it specifies the named port"
        ' "http".'
    )


def test_4_gives_up_on_rules_that_need_ten_thousand_flows(cluster: PlainCluster) -> None:
    cluster.pods += [pod(f"shop/many-{number}", 10 + number, app="many") for number in range(100)]
    ports = [{"port": 8000 + 2 * number} for number in range(100)]
    spec = {
        "podSelector": {"matchLabels": {"app": "many"}},
        "ingress": [{"from": [{"podSelector": {}}], "ports": ports}],
    }
    cluster.policies.append(policy("shop", "big", spec))
    ends = cluster.pod("shop/web"), cluster.pod("shop/many-7")
    assert PolicyIndex(cluster, KUBERNETES).verdict(*ends, 8000).allowed
    verdict = PolicyIndex(cluster, SDN_4).verdict(*ends, 8000)
    assert not verdict.allowed
    assert verdict.said == (
        "NetworkPolicy big selects shop/many-7 for ingress, and big allows nothing: OpenShift SDN"
        " ignores its rules, because they need 10000 flows."
    )
    cluster.pods.pop()
    assert PolicyIndex(cluster, SDN_4).verdict(*ends, 8000).allowed


def test_the_kubelet_and_the_pod_itself_always_pass(cluster: PlainCluster) -> None:
    cluster.policies.append(DENY_ALL)
    web = cluster.pod("shop/web")
    for semantics in (KUBERNETES, SDN_3_11, SDN_4):
        index = PolicyIndex(cluster, semantics)
        assert index.verdict(NodeEnd("node-2", "192.168.122.11"), web, 8080).allowed
        assert not index.verdict(NodeEnd("node-3", "192.168.122.12"), web, 8080).allowed
        assert index.verdict(web, web, 8080).allowed


def test_affected_pods_are_those_that_the_plugin_isolates(cluster: PlainCluster) -> None:
    tool = cluster.pod("dev/tool")
    assert PolicyIndex(cluster, SDN_4).affected_pods(NO_WAY_OUT) == [tool]
    assert PolicyIndex(cluster, SDN_3_11).affected_pods(NO_WAY_OUT) == []
    assert PolicyIndex(cluster, NOT_ENFORCED).affected_pods(NO_WAY_OUT) == []


def test_a_policy_taken_away_isolates_nothing_any_more(cluster: PlainCluster) -> None:
    cluster.policies.append(DENY_ALL)
    index = PolicyIndex(cluster, KUBERNETES)
    ends = cluster.pod("dev/tool"), cluster.pod("shop/web")
    assert not index.verdict(*ends, 80).allowed
    assert index.with_policy(None, DENY_ALL.metadata.key).verdict(*ends, 80).allowed


def test_the_next_index_keeps_what_is_compiled(cluster: PlainCluster) -> None:
    cluster.policies.append(DENY_ALL)
    first = PolicyIndex(cluster, KUBERNETES)
    compiled = first.policies("shop")
    assert PolicyIndex(cluster, KUBERNETES, first).policies("shop")[0] is compiled[0]
    assert PolicyIndex(cluster, SDN_4, first).policies("shop")[0] is not compiled[0]


@pytest.mark.parametrize(
    ("plugin", "old", "new"),
    [
        ("redhat/openshift-ovs-networkpolicy", SDN_3_11, SDN_4),
        ("OVNKubernetes", KUBERNETES, KUBERNETES),
        ("nuage/vsp-openshift", KUBERNETES, KUBERNETES),
        ("redhat/openshift-ovs-subnet", NOT_ENFORCED, NOT_ENFORCED),
        ("redhat/openshift-ovs-multitenant", NOT_ENFORCED, NOT_ENFORCED),
        ("flannel/vxlan", NOT_ENFORCED, NOT_ENFORCED),
        ("contiv", NOT_ENFORCED, NOT_ENFORCED),
    ],
)
def test_the_plugin_decides_how_policies_are_read(plugin: str, old: str, new: str) -> None:
    assert semantics_of(PLUGINS[plugin], is_modern=False) == old
    assert semantics_of(PLUGINS[plugin], is_modern=True) == new


@pytest.mark.parametrize(
    ("plugin", "allowed"),
    [("redhat/openshift-ovs-networkpolicy", False), ("redhat/openshift-ovs-subnet", True)],
)
def test_a_running_cluster_is_evaluated_as_its_plugin_does(plugin: str, allowed: bool) -> None:
    engine = demo_engine()
    engine.step(engine.now + SETTLED)
    network = engine.store.get(ClusterNetwork, "", "default")
    assert network is not None
    engine.cluster.update(dataclasses.replace(network, plugin_name=plugin))
    for each in engine.store.list(NetworkPolicy):
        engine.cluster.remove(each)
    engine.cluster.create(policy("demo", "deny", {"podSelector": {}, "ingress": []}))

    view = NetworkView(engine.store, engine.config)
    index = PolicyIndex.of(view)
    first, second = view.pods_in("demo")[:2]

    assert index.verdict(first, second, 8080).allowed is allowed
    assert index.matrix([first, second], 8080).tolist() == [[True, allowed], [allowed, True]]
