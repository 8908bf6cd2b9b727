"""W6, W15 and W16: out of the cluster, to the node's DNS, multicast; and what breaks a walk."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.engine.network.conntrack import Conntrack
from cluster.engine.network.ovs.bridge import bridge_of
from cluster.engine.network.ovs.fields import IP, number, packet
from cluster.engine.network.ovs.interpreter import run
from cluster.engine.network.walk.checks import BadConnectionError
from cluster.engine.network.walk.model import UDP, OnNode, Outside, ToAddress
from cluster.objects.egressnetworkpolicy import (
    EgressNetworkPolicy,
    EgressNetworkPolicyPeer,
    EgressNetworkPolicyRule,
    EgressNetworkPolicySpec,
)
from cluster.objects.meta import Key
from tests.builders import metadata
from tests.network_cluster import (
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
from tests.unit.engine.network.walk.reading import chains, last_flow, translations, vnis, walked

FAR = ToAddress("93.184.216.34")


def egress_policy(project: str, *rules: tuple[str, str], name: str = "p") -> EgressNetworkPolicy:
    egress = tuple(
        EgressNetworkPolicyRule(type=kind, to=EgressNetworkPolicyPeer(cidr_selector=cidr))
        for kind, cidr in rules
    )
    return EgressNetworkPolicy(
        metadata=metadata(name, project), spec=EgressNetworkPolicySpec(egress=egress)
    )


@pytest.mark.parametrize("plugin", [OVS_SUBNET, OVS_MULTITENANT, OVS_NETWORKPOLICY])
def test_w6_out_of_the_cluster(plugin: str) -> None:
    walk = walked(fixture(plugin), P1, FAR, 443)
    tracked = "0 " if plugin == OVS_NETWORKPOLICY else ""
    assert (walk.verdict, walk.reason) == ("delivered", "left-cluster")
    assert chains(walk.steps) == [f"node-a {tracked}0 20 21 30 100 101"]
    assert walk.seen_source == "192.168.122.11"
    assert chains(walk.reply) == [f"node-a {tracked}0 30 70 80"]
    assert walk.reply[-1].after.dst == "10.128.0.5"


@pytest.mark.parametrize("plugin", [OVS_SUBNET, OVS_MULTITENANT, OVS_NETWORKPOLICY])
def test_w6_in_openshift_4(plugin: str) -> None:
    walk = walked(fixture(plugin, modern=True), P1, FAR, 443)
    assert walk.verdict == "delivered"
    assert chains(walk.steps) == ["node-a 0 0 20 27 30 31 99 100 101"]


@pytest.mark.parametrize("modern", [False, True])
def test_w6_egress_rules_are_read_from_the_top(modern: bool) -> None:
    cluster = fixture(OVS_MULTITENANT, modern=modern)
    cluster.add(egress_policy("shop", ("Allow", "93.184.216.0/24"), ("Deny", "0.0.0.0/0")))
    assert walked(cluster, P1, FAR, 443).verdict == "delivered"
    denied = walked(cluster, P1, ToAddress("8.8.8.8"), 443)
    assert (denied.verdict, denied.reason) == ("dropped", "egress-policy")
    assert last_flow(denied.steps).table == ("100" if modern else "101")
    assert denied.fixes[0].kind == "EgressNetworkPolicy"
    assert walked(cluster, P1, P3).verdict == "delivered"


def test_w6_a_policy_in_a_shared_network_drops_everything() -> None:
    cluster = fixture(OVS_MULTITENANT)
    cluster.project("hr", SHOP)
    cluster.add(egress_policy("shop", ("Allow", "0.0.0.0/0")))
    assert walked(cluster, P1, FAR, 443).reason == "egress-policy"


def test_w6_a_policy_of_a_global_project_is_ignored() -> None:
    cluster = fixture(OVS_MULTITENANT)
    cluster.project("shop", 0)
    cluster.add(egress_policy("shop", ("Deny", "0.0.0.0/0")))
    assert walked(cluster, P1, FAR, 443).verdict == "delivered"


def with_egress_ip(modern: bool, holder: str, plugin: str = OVS_MULTITENANT) -> NetworkCluster:
    cluster = fixture(plugin, modern=modern, egress_ips=["192.168.122.100"])
    nodes = {
        "node-a": ("192.168.122.11", "10.128.0.0/23"),
        "node-b": ("192.168.122.12", "10.129.0.0/23"),
    }
    if holder:
        cluster.node(holder, *nodes[holder], egress_ips=["192.168.122.100"])
    return cluster


@pytest.mark.parametrize("modern", [False, True])
def test_w6_an_egress_ip_on_the_own_node(modern: bool) -> None:
    walk = walked(with_egress_ip(modern, "node-a"), P1, FAR, 443)
    assert (walk.verdict, walk.seen_source) == ("delivered", "192.168.122.100")
    assert vnis(walk.steps) == []
    assert any("SNAT --to-source 192.168.122.100" in step.rule for step in walk.steps)
    assert walk.reply[-1].after.dst == "10.128.0.5"


@pytest.mark.parametrize("modern", [False, True])
def test_w6_an_egress_ip_on_another_node_goes_there_first(modern: bool) -> None:
    walk = walked(with_egress_ip(modern, "node-b"), P1, FAR, 443)
    assert (walk.verdict, walk.seen_source) == ("delivered", "192.168.122.100")
    assert vnis(walk.steps) == [SHOP]
    assert [step.node for step in walk.steps if step.device == "network"] == ["node-b", "node-b"]
    assert walk.reply[-1].after.dst == "10.128.0.5"


@pytest.mark.parametrize("modern", [False, True])
def test_w6_an_egress_ip_that_no_node_holds_drops(modern: bool) -> None:
    walk = walked(with_egress_ip(modern, ""), P1, FAR, 443)
    assert (walk.verdict, walk.reason) == ("dropped", "no-egress-ip")
    assert last_flow(walk.steps).table == ("101" if modern else "100")


@pytest.mark.parametrize("protocol", ["TCP", "UDP"])
def test_w15_dns_of_the_own_node(protocol: str) -> None:
    cluster = fixture(OVS_MULTITENANT)
    cluster.add(egress_policy("shop", ("Deny", "0.0.0.0/0")))
    walk = walked(cluster, P1, ToAddress("192.168.122.11"), 53, protocol)
    assert walk.verdict == "delivered"
    assert chains(walk.steps) == ["node-a 0 20 21 30 100"]
    assert "dnsmasq" in walk.said
    assert "from SDN to localhost" in [step.rule for step in walk.steps if step.rule][-1]
    assert walked(cluster, P1, ToAddress("192.168.122.12"), 53).reason == "egress-policy"


def multicast(
    cluster: NetworkCluster, node: str, **fields: int
) -> tuple[tuple[int, ...], list[int]]:
    bridge = bridge_of(cluster.view, node)
    assert bridge is not None
    sent = packet(eth_type=IP, nw_proto=17, nw_dst=number("239.1.1.1"), **fields)
    passage = run(bridge, sent, Conntrack())
    return passage.tables, [each.port for each in passage.sent]


def test_w16_multicast_reaches_every_pod_of_the_network() -> None:
    cluster = fixture(OVS_MULTITENANT, multicast=True)
    source = number("10.128.0.5")
    tables, ports = multicast(cluster, "node-a", in_port=6, nw_src=source)
    assert tables == (0, 20, 21, 30, 110, 111, 120)
    assert ports == [1, 7]
    arrival = {"in_port": 1, "nw_src": source, "tun_id": SHOP, "tun_src": number("192.168.122.11")}
    assert multicast(cluster, "node-b", **arrival) == ((0, 10, 30, 120), [8])


def test_w16_multicast_is_off_by_default() -> None:
    walk = walked(fixture(OVS_MULTITENANT), P1, ToAddress("239.1.1.1"), 5353, UDP)
    assert (walk.verdict, walk.reason) == ("dropped", "multicast-off")
    assert last_flow(walk.steps).table == "110"


def test_a_broken_link_and_a_machine_without_power_drop() -> None:
    cluster = fixture()
    cluster.node("node-b", "192.168.122.12", "10.129.0.0/23", cut_from="node-a")
    assert walked(cluster, P1, P3).reason == "no-link"
    cluster.node("node-b", "192.168.122.12", "10.129.0.0/23", off=True)
    assert walked(cluster, P1, P3).reason == "machine-off"
    assert walked(cluster, P3, P1).reason == "machine-off"
    assert walked(cluster, P1, P2).verdict == "delivered"


def test_an_address_that_nobody_has_is_not_answered_by_arp() -> None:
    for ip in ("10.128.1.200", "10.129.1.200", "10.131.0.9"):
        walk = walked(fixture(), P1, ToAddress(ip))
        assert (walk.verdict, walk.reason) == ("dropped", "no-such-address")
        assert walk.steps[-1].table == "ARP"


def test_nothing_listens() -> None:
    walk = walked(fixture(), P1, P2, 9999)
    assert (walk.verdict, walk.reason) == ("refused", "nothing-listens")
    assert walk.reply[-1].after.dst == "10.128.0.5"


def test_a_pod_on_the_hosts_network_has_the_nodes_address() -> None:
    cluster = fixture(OVS_MULTITENANT)
    cluster.pod(Key("shop", "agent"), "node-b", "192.168.122.12", port=9100, on_host=True)
    walk = walked(cluster, P1, Key("shop", "agent"), 9100)
    assert (walk.verdict, walk.seen_source) == ("delivered", "192.168.122.11")
    back = walked(cluster, Key("shop", "agent"), P1)
    assert (back.verdict, back.seen_source) == ("delivered", "10.129.0.1")
    assert vnis(back.steps) == [0]


def test_a_pod_reaches_itself_without_leaving() -> None:
    walk = walked(fixture(), P2, P2)
    assert walk.verdict == "delivered"
    assert chains(walk.steps) == []


def test_a_node_reaches_a_service() -> None:
    walk = walked(fixture(OVS_MULTITENANT), OnNode("node-a"), ToAddress("172.30.44.5"), 80)
    assert (walk.verdict, walk.seen_source) == ("delivered", "10.128.0.1")
    assert len(translations(walk.steps)) == 1


def test_a_node_port_and_a_pod_of_another_node() -> None:
    walk = walked(fixture(OVS_SUBNET), P1, ToAddress("192.168.122.12"), 31080)
    assert walk.verdict == "delivered"
    assert walked(fixture(), P2, P3).verdict == "delivered"


def test_w16_a_walk_follows_every_copy() -> None:
    cluster = fixture(OVS_MULTITENANT, multicast=True)
    walk = walked(cluster, P1, ToAddress("239.1.1.1"), 5353, UDP)
    assert (walk.verdict, walk.reason) == ("delivered", "multicast")
    assert chains(walk.steps) == ["node-a 0 20 21 30 110 111 120", "node-b 0 10 30 120"]
    assert vnis(walk.steps) == [SHOP]
    assert "shop/p3, shop/p2" in walk.said


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("port", {"port": 0}),
        ("port", {"port": 65_536}),
        ("protocol", {"protocol": "ICMP"}),
        ("destination", {"destination": ToAddress("10.128.0")}),
        ("destination", {"destination": ToAddress("2001:db8::1")}),
        ("source", {"source": Outside("somewhere")}),
    ],
)
def test_a_question_that_no_packet_can_ask_names_the_field(
    field: str, fields: dict[str, Any]
) -> None:
    given = {"source": P1, "destination": P2, **fields}
    with pytest.raises(BadConnectionError, match=f"^{field}: ") as raised:
        walked(fixture(), **given)
    assert raised.value.field == field


def test_loopback_never_leaves() -> None:
    walk = walked(fixture(), P2, ToAddress("127.0.0.1"))
    assert (walk.verdict, chains(walk.steps)) == ("delivered", [])
    host = walked(fixture(), OnNode("node-a"), ToAddress("127.0.0.1"), 10250)
    assert (host.verdict, chains(host.steps)) == ("delivered", [])


def test_the_gateway_is_the_node() -> None:
    walk = walked(fixture(OVS_MULTITENANT), P1, ToAddress("10.129.0.1"), 22)
    assert (walk.verdict, walk.seen_source) == ("delivered", "10.128.0.5")
    assert "sshd" in walk.said
