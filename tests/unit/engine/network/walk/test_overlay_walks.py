"""W1, W2, W4, W6 to W10 under OVN-Kubernetes, Contiv and Nuage: switches, services at the source, ACLs."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.engine.network.plugins.facts import CONTIV, NUAGE, OVN_KUBERNETES
from cluster.engine.network.reachability import Reachability
from cluster.engine.network.walk.dispatch import DATAPATHS
from cluster.engine.network.walk.model import OnNode, Outside, ToAddress, ToNodePort, ToService
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.meta import Key
from tests.network_cluster import CLERK, P1, P2, P3, PAYROLL, WEB, NetworkCluster, fixture
from tests.policy_cluster import policy
from tests.unit.engine.network.walk.reading import translations, walked

PLUGINS = (OVN_KUBERNETES, CONTIV, NUAGE)
ON_B = "10.129.0.7:8080"
LISTED = ("ports", "services", "acl", "1", "5", "7")
DENY_ALL = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": []}


def cluster_of(plugin: str) -> NetworkCluster:
    """The fixture; where nodes have no subnets, without HostSubnets."""
    cluster = fixture(plugin, modern=plugin == OVN_KUBERNETES)
    if plugin != OVN_KUBERNETES:
        for name in ("node-a", "node-b"):
            cluster.store.remove(HostSubnet, Key("", name))
    return cluster


def listing(cluster: NetworkCluster, node: str) -> str:
    datapath: Any = DATAPATHS[cluster.view.plugin.family](cluster.view)
    text: str = datapath.listing(node)
    return text


@pytest.mark.parametrize("plugin", PLUGINS)
def test_w1_a_pod_on_the_same_node_is_reached_by_the_switch_alone(plugin: str) -> None:
    walk = walked(cluster_of(plugin), P1, P2)
    assert walk.verdict == "delivered"
    assert translations(walk.steps) == []
    assert walk.seen_source == "10.128.0.5"
    assert not [step for step in walk.steps if step.after.outer_dst]


@pytest.mark.parametrize(
    ("plugin", "port"), [(OVN_KUBERNETES, 6081), (CONTIV, 4789), (NUAGE, 4789)]
)
def test_w2_a_pod_on_another_node_comes_wrapped(plugin: str, port: int) -> None:
    walk = walked(cluster_of(plugin), P1, P3)
    assert walk.verdict == "delivered"
    wire = next(step for step in walk.steps if step.device == "network")
    assert (wire.after.outer_src, wire.after.outer_dst) == ("192.168.122.11", "192.168.122.12")
    assert wire.after.outer_port == port
    assert walk.seen_source == "10.128.0.5"
    assert walk.reply[-1].after.dst == "10.128.0.5"


@pytest.mark.parametrize("plugin", PLUGINS)
@pytest.mark.parametrize("endpoint", ["10.128.0.6:8080", ON_B])
def test_w3_and_w4_a_service_is_translated_at_the_source(plugin: str, endpoint: str) -> None:
    walk = walked(cluster_of(plugin), P1, ToService(WEB, endpoint), 80)
    assert walk.verdict == "delivered"
    assert translations(walk.steps) == [("10.128.0.5 → 172.30.44.5:80", f"10.128.0.5 → {endpoint}")]
    step = next(step for step in walk.steps if step.table == "services")
    assert step.node == "node-a"
    assert walk.seen_source == "10.128.0.5"
    assert walk.reply[-1].after.src == "172.30.44.5"


@pytest.mark.parametrize("plugin", PLUGINS)
@pytest.mark.parametrize("destination", [P2, P3, CLERK, ToService(WEB, ON_B)])
def test_every_row_that_decides_stands_in_the_nodes_listing(plugin: str, destination: Any) -> None:
    cluster = cluster_of(plugin)
    cluster.add(policy("hr", "deny-all", DENY_ALL))
    port = 80 if isinstance(destination, ToService) else 8080
    walk = walked(cluster, P1, destination, port)
    rows = [step for step in (*walk.steps, *walk.reply) if step.table in LISTED and step.rule]
    assert rows
    for step in rows:
        assert step.rule in listing(cluster, step.node), step


@pytest.mark.parametrize("plugin", PLUGINS)
def test_w6_to_the_outside_it_has_the_nodes_address_and_the_answer_comes_back(plugin: str) -> None:
    walk = walked(cluster_of(plugin), P1, ToAddress("93.184.216.34"), 443)
    assert walk.reason == "left-cluster"
    assert walk.seen_source == "192.168.122.11"
    assert walk.reply[-1].after.dst == "10.128.0.5"


@pytest.mark.parametrize("plugin", PLUGINS)
def test_w7_a_node_port_leads_to_a_pod_elsewhere(plugin: str) -> None:
    walk = walked(cluster_of(plugin), Outside("203.0.113.9"), ToNodePort("node-a", ON_B), 31080)
    assert walk.verdict == "delivered"
    assert walk.endpoint == ON_B


@pytest.mark.parametrize("plugin", PLUGINS)
@pytest.mark.parametrize("pod", [P1, P3])
def test_w8_and_w9_a_node_reaches_pods_everywhere(plugin: str, pod: Key) -> None:
    cluster = cluster_of(plugin)
    assert walked(cluster, OnNode("node-a"), pod).verdict == "delivered"
    router = OnNode("node-a", router=True)
    assert walked(cluster, router, ToService(WEB, ON_B), 80).verdict == "delivered"
    assert walked(cluster, OnNode("node-a"), ToService(WEB, ON_B), 80).verdict == "delivered"


@pytest.mark.parametrize("plugin", [OVN_KUBERNETES, CONTIV])
def test_other_projects_are_reached_where_nothing_isolates_them(plugin: str) -> None:
    assert walked(cluster_of(plugin), P1, CLERK).verdict == "delivered"


def test_w10_nuage_drops_between_zones_and_names_the_acl() -> None:
    cluster = cluster_of(NUAGE)
    walk = walked(cluster, P1, CLERK)
    assert (walk.verdict, walk.reason) == ("dropped", "other-zone")
    assert walk.steps[-1].rule == "from any to zone hr: drop"
    assert walk.steps[-1].node == "node-b"
    assert walked(cluster, P1, ToService(PAYROLL), 80).verdict == "dropped"
    cluster.pod(Key("default", "tool"), "node-a", "10.128.0.9")
    assert walked(cluster, Key("default", "tool"), CLERK).verdict == "delivered"


@pytest.mark.parametrize("plugin", [OVN_KUBERNETES, NUAGE])
def test_w11_a_policy_drops_at_the_destination_with_priority_1000(plugin: str) -> None:
    cluster = cluster_of(plugin)
    cluster.add(policy("shop", "deny-all", DENY_ALL))
    walk = walked(cluster, P1, P3)
    assert (walk.verdict, walk.reason) == ("dropped", "network-policy")
    assert walk.steps[-1].node == "node-b"
    assert walk.steps[-1].rule == "to-lport 1000 (outport == @shop_ingressDefaultDeny) drop"
    assert [fix.key for fix in walk.fixes] == [Key("shop", "deny-all")]


def test_w11_an_admitting_rule_is_an_acl_of_1001() -> None:
    cluster = cluster_of(OVN_KUBERNETES)
    same = {
        "podSelector": {},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"podSelector": {}}]}],
    }
    cluster.add(policy("shop", "same", same))
    walk = walked(cluster, P1, P3)
    assert walk.verdict == "delivered"
    assert any(step.rule.startswith("to-lport 1001 (outport == @shop_same") for step in walk.steps)
    assert walked(cluster, CLERK, P3).reason == "network-policy"


def test_egress_is_dropped_at_the_source() -> None:
    cluster = cluster_of(OVN_KUBERNETES)
    cluster.add(
        policy("shop", "stay", {"podSelector": {}, "policyTypes": ["Egress"], "egress": []})
    )
    walk = walked(cluster, P1, CLERK)
    assert walk.steps[-1].node == "node-a"
    assert walk.steps[-1].rule == "from-lport 1000 (inport == @shop_egressDefaultDeny) drop"


def test_contiv_takes_no_notice_of_policies() -> None:
    cluster = cluster_of(CONTIV)
    cluster.add(policy("shop", "deny-all", DENY_ALL))
    assert walked(cluster, CLERK, P1).verdict == "delivered"


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_service_without_endpoints_is_refused_and_an_unknown_address_dropped(plugin: str) -> None:
    cluster = cluster_of(plugin)
    cluster.service(Key("shop", "empty"), "172.30.44.7")
    assert walked(cluster, P1, ToService(Key("shop", "empty")), 80).reason == "no-endpoints"
    assert walked(cluster, P1, ToAddress("172.30.99.99"), 80).reason == "no-such-service"
    assert walked(cluster, P1, ToAddress("10.129.0.77")).reason == "no-such-address"
    cluster.node("node-b", "192.168.122.12", "10.129.0.0/23", cut_from="node-a")
    assert walked(cluster, P1, P3).reason == "no-link"


@pytest.mark.parametrize("plugin", PLUGINS)
def test_walks_and_the_matrix_agree(plugin: str) -> None:
    cluster = cluster_of(plugin)
    cluster.add(policy("shop", "deny-all", DENY_ALL))
    view = cluster.view
    reach = Reachability(view)
    sites = [view.pod(key) for key in (P1, P2, P3, CLERK)]
    for source in sites:
        for target in sites:
            assert source is not None
            assert target is not None
            said = reach.between(source, target, 8080)
            walk = walked(cluster, source.key, target.key)
            assert (walk.verdict == "delivered") is said.allowed, (
                source.key,
                target.key,
                walk.said,
            )
