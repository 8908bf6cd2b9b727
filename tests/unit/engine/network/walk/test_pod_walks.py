"""W1, W2, W10 to W14: from pod to pod (reference §2.5)."""

from __future__ import annotations

import pytest

from cluster.engine.network.conntrack import Conntrack
from cluster.engine.network.ovs.bridge import bridge_of
from cluster.engine.network.ovs.fields import IP, number, packet
from cluster.engine.network.ovs.interpreter import run
from cluster.engine.network.walk.sdn import arp
from tests.network_cluster import (
    CLERK,
    HR,
    OVS_MULTITENANT,
    OVS_NETWORKPOLICY,
    OVS_SUBNET,
    P1,
    P2,
    P3,
    SHOP,
    NetworkCluster,
    fixture,
)
from tests.policy_cluster import policy
from tests.unit.engine.network.walk.reading import chains, last_flow, translations, vnis, walked

DENY_ALL = {"podSelector": {}, "ingress": []}
FROM_SAME = {"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}]}


@pytest.mark.parametrize("plugin", [OVS_SUBNET, OVS_MULTITENANT])
def test_w1_a_pod_on_the_same_node(plugin: str) -> None:
    walk = walked(fixture(plugin), P1, P2)
    assert walk.verdict == "delivered"
    assert chains(walk.steps) == ["node-a 0 20 21 30 70 80"]
    assert chains(walk.reply) == ["node-a 0 20 21 30 70 80"]
    assert translations(walk.steps) == []
    assert walk.seen_source == "10.128.0.5"
    vnid = 0 if plugin == OVS_SUBNET else SHOP
    expected = (f"reg0={vnid:#x}", f"reg1={vnid:#x}", "reg2=0x7") if vnid else ("reg2=0x7",)
    assert last_flow(walk.steps).registers == expected


@pytest.mark.parametrize(
    ("plugin", "priority"), [(OVS_SUBNET, 200), (OVS_MULTITENANT, 100), (OVS_NETWORKPOLICY, 50)]
)
def test_w1_ends_at_the_flow_of_the_plugin(plugin: str, priority: int) -> None:
    assert f"priority={priority}" in last_flow(walked(fixture(plugin), P1, P2).steps).rule


def test_w1_under_networkpolicy_tracks_the_connection() -> None:
    walk = walked(fixture(OVS_NETWORKPOLICY), P1, P2)
    assert chains(walk.steps) == ["node-a 0 0 20 21 30 70 80"]
    assert "ct(commit,table=30)" in walk.steps[4].rule
    assert chains(walk.reply) == ["node-a 0 0 20 21 30 70 80"]
    assert "ct_state=+rpl" in last_flow(walk.reply).rule


@pytest.mark.parametrize(
    ("plugin", "chain"),
    [
        (OVS_SUBNET, "node-a 0 0 20 27 30 31 70 80"),
        (OVS_MULTITENANT, "node-a 0 0 20 27 30 31 70 80"),
        (OVS_NETWORKPOLICY, "node-a 0 0 20 27 30 31 70 80"),
    ],
)
def test_w1_in_openshift_4(plugin: str, chain: str) -> None:
    walk = walked(fixture(plugin, modern=True), P1, P2)
    assert walk.verdict == "delivered"
    assert chains(walk.steps) == [chain]


def test_w1_asks_by_arp_first() -> None:
    step = walked(fixture(), P1, P2).steps[0]
    assert (step.device, step.table) == ("eth0", "ARP")
    assert "0→20→21→30→40: 0a:58:0a:80:00:06" in step.said


@pytest.mark.parametrize(
    ("plugin", "vni"), [(OVS_SUBNET, 0), (OVS_MULTITENANT, SHOP), (OVS_NETWORKPOLICY, SHOP)]
)
def test_w2_a_pod_on_another_node(plugin: str, vni: int) -> None:
    walk = walked(fixture(plugin), P1, P3)
    tracked = "0 " if plugin == OVS_NETWORKPOLICY else ""
    assert walk.verdict == "delivered"
    assert chains(walk.steps) == [
        f"node-a {tracked}0 20 21 30 90",
        f"node-b {tracked}0 10 30 70 80",
    ]
    assert vnis(walk.steps) == [vni]
    assert translations(walk.steps) == []
    assert walk.seen_source == "10.128.0.5"


def test_w2_wraps_the_packet_between_the_nodes() -> None:
    walk = walked(fixture(OVS_MULTITENANT), P1, P3)
    wrapped = next(step.after for step in walk.steps if step.device == "vxlan0")
    assert (wrapped.outer_src, wrapped.outer_dst) == ("192.168.122.11", "192.168.122.12")
    assert (wrapped.outer_port, wrapped.vni) == (4789, SHOP)
    accepted = [step.rule for step in walk.steps if step.device == "iptables"]
    assert "--dport 4789" in accepted[-1]


def test_w10_multitenant_drops_between_projects_at_the_destination() -> None:
    walk = walked(fixture(OVS_MULTITENANT), P1, CLERK)
    assert (walk.verdict, walk.reason) == ("dropped", "other-network")
    assert chains(walk.steps) == ["node-a 0 20 21 30 90", "node-b 0 10 30 70 80"]
    last = last_flow(walk.steps)
    assert last.rule == "cookie=0x0, table=80, priority=0 actions=drop"
    assert last.registers == (f"reg0={SHOP:#x}", f"reg1={HR:#x}", "reg2=0xa")
    assert {fix.key.name for fix in walk.fixes} == {"shop", "hr"}
    assert walk.reply == ()


@pytest.mark.parametrize("change", ["shop", "hr", "joined"])
def test_w10_ends_when_one_is_global_or_both_are_joined(change: str) -> None:
    cluster = fixture(OVS_MULTITENANT)
    if change == "joined":
        cluster.project("hr", SHOP)
    else:
        cluster.project(change, 0)
    assert walked(cluster, P1, CLERK).verdict == "delivered"


def with_policies(modern: bool, *specs: dict[str, object]) -> NetworkCluster:
    cluster = fixture(OVS_NETWORKPOLICY, modern=modern)
    for number_, spec in enumerate(specs):
        cluster.add(policy("shop", f"policy-{number_}", spec))
    return cluster


@pytest.mark.parametrize("modern", [False, True])
def test_w11_a_policy_drops_at_the_destination(modern: bool) -> None:
    walk = walked(with_policies(modern, DENY_ALL), P1, P3)
    assert (walk.verdict, walk.reason) == ("dropped", "network-policy")
    assert last_flow(walk.steps).node == "node-b"
    assert last_flow(walk.steps).rule == "cookie=0x0, table=80, priority=0 actions=drop"
    assert [str(fix.key) for fix in walk.fixes] == ["shop/policy-0"]


def test_w11_a_pod_that_is_selected_alone_has_a_drop_flow_of_its_own() -> None:
    cluster = with_policies(False, {"podSelector": {"matchLabels": {"app": "p3"}}})
    walk = walked(cluster, P1, P3)
    assert "priority=100,ip,reg1=0x4c4b41,nw_dst=10.129.0.7" in last_flow(walk.steps).rule
    assert walked(cluster, P1, P2).verdict == "delivered"


def test_w11_replies_of_allowed_connections_pass() -> None:
    cluster = with_policies(False, FROM_SAME)
    walk = walked(cluster, P1, P3)
    assert walk.verdict == "delivered"
    assert "priority=150,reg0=0x4c4b41,reg1=0x4c4b41" in last_flow(walk.steps).rule
    assert "priority=200,ct_state=+rpl,ip" in last_flow(walk.reply).rule
    assert walked(cluster, CLERK, P3).reason == "network-policy"


def test_w11_egress_is_denied_on_the_source_node_in_4_and_ignored_in_3_11() -> None:
    spec = {"podSelector": {}, "policyTypes": ["Egress"], "egress": []}
    walk = walked(with_policies(True, spec), P1, P3)
    assert walk.reason == "network-policy"
    assert chains(walk.steps) == ["node-a 0 0 20 27"]
    assert walked(with_policies(False, spec), P1, P3).verdict == "delivered"


def test_w12_a_spoofed_source_is_dropped_in_table_20() -> None:
    cluster = fixture()
    bridge = bridge_of(cluster.view, "node-a")
    assert bridge is not None
    spoofed = packet(
        eth_type=IP, nw_proto=6, in_port=6, nw_src=number("10.128.0.6"), nw_dst=number("10.129.0.7")
    )
    passage = run(bridge, spoofed, Conntrack())
    assert passage.tables == (0, 20)
    assert passage.hits[-1].flow.is_drop
    assert not passage.sent


def test_w13_vxlan_from_an_unknown_host_is_dropped_in_table_10() -> None:
    bridge = bridge_of(fixture().view, "node-b")
    assert bridge is not None
    foreign = packet(
        eth_type=IP,
        nw_proto=6,
        in_port=1,
        nw_src=number("10.128.0.5"),
        nw_dst=number("10.129.0.7"),
        tun_src=number("192.168.122.99"),
    )
    passage = run(bridge, foreign, Conntrack())
    assert passage.tables == (0, 10)
    assert not passage.sent


@pytest.mark.parametrize("modern", [False, True])
def test_w14_arp_is_not_isolated(modern: bool) -> None:
    view = fixture(OVS_MULTITENANT, modern=modern).view
    site = view.pod(P1)
    assert site is not None
    passages, is_answered = arp(view, site, "10.129.0.9")
    assert is_answered
    routing = (30, 31) if modern else (21, 30)
    arrival = (30, 31) if modern else (30,)
    assert passages[0].tables == (0, 20, *routing, 50)
    assert passages[1].tables == (0, 10, *arrival, 40)
