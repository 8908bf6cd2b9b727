"""W3 to W5 and W7 to W9: through services, node ports, the router and the kubelet (reference §2.5)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cluster.engine.network.walk.model import (
    OnNode,
    Outside,
    ToAddress,
    ToNodePort,
    ToService,
    Walk,
)
from cluster.objects.endpoints import (
    EndpointAddress,
    EndpointPort,
    Endpoints,
    EndpointSubset,
)
from cluster.objects.meta import Key
from cluster.objects.service import ServiceStatus
from tests.builders import metadata
from tests.network_cluster import (
    OVS_MULTITENANT,
    OVS_NETWORKPOLICY,
    OVS_SUBNET,
    P1,
    P2,
    P3,
    PAYROLL,
    SHOP,
    WEB,
    NetworkCluster,
    fixture,
)
from tests.policy_cluster import policy
from tests.unit.engine.network.walk.reading import chains, last_flow, translations, vnis, walked

LOCAL, REMOTE = ToService(WEB, "10.128.0.6:8080"), ToService(WEB, "10.129.0.7:8080")


@pytest.mark.parametrize(
    ("plugin", "to_service"),
    [(OVS_SUBNET, "0 20 21 30 60"), (OVS_MULTITENANT, "0 20 21 30 60 80")],
)
def test_w3_a_service_with_an_endpoint_here(plugin: str, to_service: str) -> None:
    walk = walked(fixture(plugin), P1, LOCAL, 80)
    assert walk.verdict == "delivered"
    assert chains(walk.steps) == [f"node-a {to_service}", "node-a 0 30 70 80"]
    assert translations(walk.steps) == [
        ("10.128.0.5 → 172.30.44.5:80", "10.128.0.5 → 10.128.0.6:8080"),
        ("10.128.0.5 → 10.128.0.6:8080", "10.128.0.1 → 10.128.0.6:8080"),
    ]
    assert "priority=300,ip,nw_src=10.128.0.1" in last_flow(walk.steps).rule
    assert (walk.endpoint, walk.seen_source) == ("10.128.0.6:8080", "10.128.0.1")
    assert vnis(walk.steps) == []


def test_w3_replies_are_translated_back_on_the_host() -> None:
    walk = walked(fixture(OVS_MULTITENANT), P1, LOCAL, 80)
    assert chains(walk.reply) == ["node-a 0 20 21 30", "node-a 0 30 70 80"]
    port = walk.steps[0].before.src_port
    assert translations(walk.reply) == [
        (f"10.128.0.6 → 10.128.0.1:{port}", f"172.30.44.5 → 10.128.0.5:{port}")
    ]
    assert "priority=200,reg0=0" in last_flow(walk.reply).rule


def test_w3_is_decided_in_table_60_of_the_client_node() -> None:
    walk = walked(fixture(OVS_MULTITENANT), P1, ToService(PAYROLL), 80)
    assert (walk.verdict, walk.reason) == ("dropped", "other-network")
    assert chains(walk.steps) == ["node-a 0 20 21 30 60 80"]
    assert translations(walk.steps) == []


@pytest.mark.parametrize("plugin", [OVS_SUBNET, OVS_MULTITENANT])
def test_w4_a_service_with_an_endpoint_elsewhere(plugin: str) -> None:
    walk = walked(fixture(plugin), P1, REMOTE, 80)
    assert walk.verdict == "delivered"
    assert chains(walk.steps)[1:] == ["node-a 0 30 90", "node-b 0 10 30 70 80"]
    assert vnis(walk.steps) == [0]
    assert walk.seen_source == "10.128.0.1"
    assert chains(walk.reply) == ["node-b 0 20 21 30 90", "node-a 0 10 30", "node-a 0 30 70 80"]
    assert vnis(walk.reply) == [0 if plugin == OVS_SUBNET else SHOP]


def test_w5_a_service_under_networkpolicy_keeps_the_client() -> None:
    walk = walked(fixture(OVS_NETWORKPOLICY), P1, REMOTE, 80)
    assert walk.verdict == "delivered"
    assert chains(walk.steps) == [
        "node-a 0 0 20 21 30 60",
        "node-a 0 25 30 90",
        "node-b 0 0 10 30 70 80",
    ]
    assert translations(walk.steps) == [
        ("10.128.0.5 → 172.30.44.5:80", "10.128.0.5 → 10.129.0.7:8080")
    ]
    assert any(step.table == "nat OPENSHIFT-MASQUERADE-2" for step in walk.steps)
    assert vnis(walk.steps) == [SHOP]
    assert walk.seen_source == "10.128.0.5"


def test_w5_replies_are_translated_back_inside_the_switch() -> None:
    walk = walked(fixture(OVS_NETWORKPOLICY), P1, REMOTE, 80)
    assert chains(walk.reply) == ["node-b 0 0 20 21 30 90", "node-a 0 0 10 30 70 80"]
    changed = [step for step in walk.reply if step.before.src != step.after.src]
    assert [(step.device, step.table) for step in changed] == [("br0", "30")]
    assert changed[0].after.src == "172.30.44.5"
    assert not any(step.device == "conntrack" for step in walk.reply)


@pytest.mark.parametrize("plugin", [OVS_SUBNET, OVS_MULTITENANT, OVS_NETWORKPOLICY])
def test_in_openshift_4_every_plugin_keeps_the_client(plugin: str) -> None:
    walk = walked(fixture(plugin, modern=True), P1, REMOTE, 80)
    assert walk.verdict == "delivered"
    assert chains(walk.steps) == [
        "node-a 0 0 20 27 30 31 60",
        "node-a 0 0 25 27 30 31 90",
        "node-b 0 0 10 30 31 70 80",
    ]
    assert walk.seen_source == "10.128.0.5"


@pytest.mark.parametrize("plugin", [OVS_SUBNET, OVS_MULTITENANT, OVS_NETWORKPOLICY])
def test_w7_a_node_port_from_outside(plugin: str) -> None:
    walk = walked(
        fixture(plugin), Outside("203.0.113.9"), ToNodePort("node-a", "10.129.0.7:8080"), 31080
    )
    assert walk.verdict == "delivered"
    tracked = "0 " if plugin == OVS_NETWORKPOLICY else ""
    assert chains(walk.steps) == ["node-a 0 30 90", f"node-b {tracked}0 10 30 70 80"]
    assert vnis(walk.steps) == [0]
    assert walk.seen_source == "10.128.0.1"
    marks = [step for step in walk.steps if step.table == "nat KUBE-MARK-MASQ"]
    assert "--set-xmark 0x4000/0x4000" in marks[0].rule
    assert walk.reply[-1].after.dst == "203.0.113.9"
    assert walk.reply[-1].after.src == "192.168.122.11"


def test_w7_an_endpoint_on_the_same_node_is_always_let_through() -> None:
    cluster = fixture(OVS_NETWORKPOLICY)
    cluster.add(policy("shop", "deny", {"podSelector": {}, "ingress": []}))
    outside = Outside("203.0.113.9")
    here = walked(cluster, outside, ToNodePort("node-a", "10.128.0.6:8080"), 31080)
    assert here.verdict == "delivered"
    assert "priority=300" in last_flow(here.steps).rule
    there = walked(cluster, outside, ToNodePort("node-a", "10.129.0.7:8080"), 31080)
    assert there.reason == "network-policy"
    assert "matches project default" in there.said


def test_w7_an_endpoint_elsewhere_needs_a_policy_for_project_default() -> None:
    cluster = fixture(OVS_NETWORKPOLICY)
    from_default = {"namespaceSelector": {"matchLabels": {"name": "default"}}}
    cluster.add(policy("shop", "p", {"podSelector": {}, "ingress": [{"from": [from_default]}]}))
    target = ToNodePort("node-a", "10.129.0.7:8080")
    walk = walked(cluster, Outside("203.0.113.9"), target, 31080)
    assert walk.verdict == "delivered"
    assert "reg0=0,reg1=0x4c4b41" in last_flow(walk.steps).rule


@pytest.mark.parametrize(
    ("modern", "chain"), [(False, "KUBE-FIREWALL"), (True, "KUBE-EXTERNAL-SERVICES")]
)
def test_w7_traffic_policy_local_keeps_the_client_and_stays_on_the_node(
    modern: bool, chain: str
) -> None:
    cluster = fixture(OVS_MULTITENANT, modern=modern)
    cluster.service(WEB, "172.30.44.5", [P3], node_port=31080, external_traffic_policy="Local")
    outside = Outside("203.0.113.9")
    there = walked(cluster, outside, ToNodePort("node-b"), 31080)
    assert (there.verdict, there.seen_source) == ("delivered", "203.0.113.9")
    here = walked(cluster, outside, ToNodePort("node-a"), 31080)
    assert (here.verdict, here.reason) == ("dropped", "no-local-endpoints")
    assert here.steps[-1].table == f"filter {chain}"


@pytest.mark.parametrize("plugin", [OVS_SUBNET, OVS_MULTITENANT, OVS_NETWORKPOLICY])
def test_w8_the_router_goes_to_the_pod_itself(plugin: str) -> None:
    router = OnNode("node-a", router=True)
    walk = walked(fixture(plugin), router, REMOTE, 80)
    assert walk.verdict == "delivered"
    assert (walk.seen_source, walk.endpoint) == ("10.128.0.1", "10.129.0.7:8080")
    assert vnis(walk.steps) == [0]
    assert translations(walk.steps) == []
    assert not any("KUBE-SVC" in step.table for step in walk.steps)


@pytest.mark.parametrize("modern", [False, True])
@pytest.mark.parametrize("plugin", [OVS_SUBNET, OVS_MULTITENANT, OVS_NETWORKPOLICY])
def test_w9_a_probe_of_the_node_is_always_let_through(plugin: str, modern: bool) -> None:
    cluster = fixture(plugin, modern=modern)
    cluster.add(policy("shop", "deny", {"podSelector": {}, "ingress": []}))
    walk = walked(cluster, OnNode("node-b"), P3)
    assert walk.verdict == "delivered"
    assert walk.seen_source == "10.129.0.1"
    assert "priority=300,ip,nw_src=10.129.0.1" in last_flow(walk.steps).rule


def test_a_pod_reaches_itself_through_its_service_with_the_gateways_address() -> None:
    for plugin in (OVS_SUBNET, OVS_NETWORKPOLICY):
        walk = walked(fixture(plugin), P2, LOCAL, 80)
        assert (walk.verdict, walk.seen_source) == ("delivered", "10.128.0.1")


def test_without_endpoints_the_node_rejects() -> None:
    cluster = fixture()
    cluster.service(WEB, "172.30.44.5")
    walk = walked(cluster, P1, ToService(WEB), 80)
    assert (walk.verdict, walk.reason) == ("refused", "no-endpoints")
    assert "shop/web: has no endpoints" in walk.steps[-1].rule
    assert "REJECT --reject-with icmp-port-unreachable" in walk.steps[-1].rule
    assert walk.fixes[0].key == WEB
    assert walk.reply[-1].after.dst == "10.128.0.5"


@pytest.mark.parametrize("plugin", [OVS_SUBNET, OVS_MULTITENANT, OVS_NETWORKPOLICY])
def test_a_service_address_without_a_service_is_dropped(plugin: str) -> None:
    walk = walked(fixture(plugin), P1, ToAddress("172.30.9.9"), 80)
    assert (walk.verdict, walk.reason) == ("dropped", "no-such-service")
    assert last_flow(walk.steps).table == "60"


def test_a_port_that_a_service_has_not_is_dropped_and_named() -> None:
    walk = walked(fixture(OVS_MULTITENANT), P1, ToService(WEB), 81)
    assert (walk.verdict, walk.reason) == ("dropped", "no-such-port")
    assert "only 80" in walk.said
    assert walk.fixes[0].key == WEB


def test_a_cluster_ip_does_not_exist_outside() -> None:
    walk = walked(fixture(), Outside("203.0.113.9"), ToService(WEB), 80)
    assert (walk.verdict, walk.reason) == ("dropped", "cluster-ip-from-outside")
    pod = walked(fixture(), Outside("203.0.113.9"), P1)
    assert (pod.verdict, pod.reason) == ("dropped", "pod-ip-from-outside")


def test_external_and_load_balancer_addresses_lead_in() -> None:
    cluster = fixture(OVS_MULTITENANT)
    cluster.service(WEB, "172.30.44.5", [P3], external_ips=("198.51.100.7",))
    walk = walked(cluster, Outside("203.0.113.9"), ToAddress("198.51.100.7"), 80)
    assert (walk.verdict, walk.seen_source) == ("delivered", "10.128.0.1")


@pytest.mark.parametrize("modern", [False, True])
def test_a_load_balancer_lets_only_its_source_ranges_in(modern: bool) -> None:
    cluster = fixture(OVS_MULTITENANT, modern=modern)
    ranges = {"loadBalancerSourceRanges": ["203.0.113.0/24"]}
    cluster.service(WEB, "172.30.44.5", [P3], type="LoadBalancer", extra=ranges)
    service = cluster.view.service_at("172.30.44.5")
    assert service is not None
    status = ServiceStatus(load_balancer={"ingress": [{"ip": "198.51.100.8"}]})
    cluster.add(replace(service, status=status))
    balancer = ToAddress("198.51.100.8")
    assert walked(cluster, Outside("203.0.113.9"), balancer, 80).verdict == "delivered"
    kept_out = walked(cluster, Outside("192.0.2.1"), balancer, 80)
    assert (kept_out.verdict, kept_out.reason) == ("dropped", "source-range")
    assert kept_out.fixes[0].key == WEB


def test_with_affinity_a_client_always_comes_to_the_same_pod() -> None:
    cluster = fixture(OVS_SUBNET)
    cluster.service(WEB, "172.30.44.5", [P1, P2, P3], session_affinity="ClientIP")
    ends = {
        site: {walked(cluster, site, ToService(WEB), 80, seed=seed).endpoint for seed in range(8)}
        for site in (P1, P2, P3)
    }
    assert all(len(found) == 1 for found in ends.values())


def hand_written(cluster: NetworkCluster, ip: str) -> Walk:
    """A walk to a service whose Endpoints a user wrote."""
    cluster.service(WEB, "172.30.44.5")
    address = EndpointAddress(ip=ip)
    subset = EndpointSubset(addresses=(address,), ports=(EndpointPort(port=8080),))
    cluster.add(Endpoints(metadata=metadata(WEB.name, WEB.namespace), subsets=(subset,)))
    return walked(cluster, P1, ToService(WEB), 80)


@pytest.mark.parametrize(
    ("ip", "said"),
    [
        ("10.129.0.9", "pod 10.129.0.9 in namespace hr"),
        ("10.129.0.200", "non-existent pod (10.129.0.200)"),
        ("172.30.44.6", "the service network (172.30.44.6)"),
    ],
)
def test_endpoints_written_by_hand_may_not_lead_into_other_projects(ip: str, said: str) -> None:
    walk = hand_written(fixture(OVS_MULTITENANT), ip)
    assert (walk.verdict, walk.reason) == ("refused", "no-endpoints")
    assert said in walk.said
    assert walk.fixes[0].kind == "Endpoints"


def test_endpoints_written_by_hand_may_lead_outside() -> None:
    walk = hand_written(fixture(OVS_MULTITENANT), "93.184.216.34")
    assert (walk.verdict, walk.reason) == ("delivered", "left-cluster")
    assert (walk.endpoint, walk.seen_source) == ("93.184.216.34:8080", "192.168.122.11")


def test_a_service_without_endpoints_is_a_503_of_the_router() -> None:
    cluster = fixture()
    cluster.service(WEB, "172.30.44.5")
    walk = walked(cluster, OnNode("node-a", router=True), ToService(WEB), 80)
    assert (walk.verdict, walk.reason) == ("refused", "no-endpoints")
    assert "503" in walk.said


def test_a_headless_service_leads_straight_to_its_pods() -> None:
    cluster = fixture()
    cluster.service(WEB, "None", [P3])
    walk = walked(cluster, P1, ToService(WEB), 8080)
    assert (walk.verdict, walk.seen_source) == ("delivered", "10.128.0.5")
    assert walked(cluster, P1, ToService(WEB), 80).reason == "nothing-listens"


def test_names_alone_and_things_that_are_not_there_are_explained() -> None:
    cluster = fixture()
    cluster.service(WEB, "", type="ExternalName", external_name="db.example.com")
    assert "db.example.com" in walked(cluster, P1, ToService(WEB), 80).said
    assert walked(cluster, P1, ToService(Key("shop", "none")), 80).reason == "no-such-service"
    assert walked(cluster, P1, ToNodePort("nowhere"), 80).reason == "no-such-node"
    assert walked(cluster, OnNode("nowhere"), P1).reason == "no-such-node"
    assert walked(cluster, Key("shop", "none"), P1).reason == "no-such-pod"
    assert walked(cluster, P1, Key("shop", "none")).reason == "no-such-pod"


def test_an_endpoint_that_is_gone_is_not_waited_for() -> None:
    walk = walked(fixture(), P1, ToService(WEB, "10.131.0.9:8080"), 80)
    assert walk.verdict == "delivered"
    assert walk.endpoint in ("10.128.0.6:8080", "10.129.0.7:8080")
