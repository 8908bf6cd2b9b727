"""The flow tables as text: what is printed can be read back, and is what the SDN programs."""

from __future__ import annotations

import pytest

from cluster.engine.network.ovs.bridge import bridge_of
from cluster.engine.network.ovs.listing import dump_flows, flow_table
from tests.network_cluster import (
    OVS_MULTITENANT,
    OVS_NETWORKPOLICY,
    OVS_SUBNET,
    P1,
    SHOP,
    NetworkCluster,
    fixture,
)
from tests.policy_cluster import policy
from tests.unit.engine.network.ovs.dump_reader import read

PLUGINS = (OVS_SUBNET, OVS_MULTITENANT, OVS_NETWORKPOLICY)
BOTH = {"podSelector": {"matchLabels": {"app": "p1"}}, "ingress": [{"ports": [{"port": 8080}]}]}


def busy(plugin: str, modern: bool) -> NetworkCluster:
    cluster = fixture(plugin, modern=modern, multicast=True, egress_ips=["192.168.122.100"])
    cluster.add(policy("shop", "one", BOTH))
    return cluster


@pytest.mark.parametrize("modern", [False, True])
@pytest.mark.parametrize("plugin", PLUGINS)
def test_every_line_reads_back(plugin: str, modern: bool) -> None:
    view = busy(plugin, modern).view
    bridge = bridge_of(view, "node-a")
    assert bridge is not None
    flows = [flow for table in bridge.numbers for flow in bridge.flows(table)]
    lines = dump_flows(view, "node-a").splitlines()
    assert len(lines) == len(flows)
    for line, flow in zip(lines, flows, strict=True):
        found = read(line)
        assert (found.cookie, found.table, found.priority) == (
            flow.cookie,
            flow.table,
            flow.priority,
        )
        assert ",".join(found.actions) == flow.actions_text
        assert len(found.fields) == len(flow.match_text.split(",")) - (not flow.match)


@pytest.mark.parametrize(
    ("plugin", "modern", "note"),
    [
        (OVS_SUBNET, False, "00.07.00.00.00.00"),
        (OVS_MULTITENANT, False, "01.07.00.00.00.00"),
        (OVS_NETWORKPOLICY, False, "02.07.00.00.00.00"),
        (OVS_NETWORKPOLICY, True, "02.0d.00.00.00.00"),
    ],
)
def test_table_253_notes_plugin_and_version(plugin: str, modern: bool, note: str) -> None:
    last = dump_flows(fixture(plugin, modern=modern).view, "node-a").splitlines()[-1]
    assert last == f" cookie=0x0, table=253, actions=note:{note}"


def test_tables_of_3_11_and_of_4() -> None:
    def tables(plugin: str, modern: bool) -> list[int]:
        listing = flow_table(fixture(plugin, modern=modern).view, "node-a")
        assert listing is not None
        return [table.number for table in listing.tables]

    of_3 = [0, 10, 20, 21, 30, 40, 50, 60, 70, 80, 90, 100, 101, 110, 111, 120, 253]
    assert tables(OVS_MULTITENANT, False) == of_3
    assert tables(OVS_NETWORKPOLICY, False) == sorted([*of_3, 25])
    of_4 = sorted({*of_3, 25, 27, 31, 99} - {21})
    assert tables(OVS_SUBNET, True) == of_4
    assert tables(OVS_NETWORKPOLICY, True) == of_4


@pytest.mark.parametrize(
    "line",
    [
        "table=0, priority=200,arp,in_port=1,arp_spa=10.128.0.0/14,arp_tpa=10.128.0.0/23"
        " actions=move:NXM_NX_TUN_ID[0..31]->NXM_NX_REG0[],goto_table:10",
        "table=20, priority=100,arp,in_port=6,arp_spa=10.128.0.5,"
        "arp_sha=00:00:0a:80:00:05/00:00:ff:ff:ff:ff"
        " actions=load:0x4c4b41->NXM_NX_REG0[],goto_table:21",
        "table=20, priority=100,ip,in_port=6,nw_src=10.128.0.5"
        " actions=load:0x4c4b41->NXM_NX_REG0[],goto_table:21",
        "table=60, priority=200,reg0=0 actions=output:2",
        "table=60, priority=100,ip,nw_dst=172.30.44.5,nw_frag=later"
        " actions=load:0x4c4b41->NXM_NX_REG1[],load:0x2->NXM_NX_REG2[],goto_table:80",
        "table=60, priority=100,tcp,nw_dst=172.30.44.5,tp_dst=80"
        " actions=load:0x4c4b41->NXM_NX_REG1[],load:0x2->NXM_NX_REG2[],goto_table:80",
        "table=80, priority=300,ip,nw_src=10.128.0.1 actions=output:NXM_NX_REG2[]",
        "table=80, priority=100,reg0=0x4c4b41,reg1=0x4c4b41 actions=output:NXM_NX_REG2[]",
        "table=80, priority=100,reg0=0x6acfc2,reg1=0x6acfc2 actions=output:NXM_NX_REG2[]",
        "table=100, priority=200,udp,nw_dst=192.168.122.11,tp_dst=53 actions=output:2",
        "table=111, priority=100 actions=move:NXM_NX_REG0[]->NXM_NX_TUN_ID[0..31],"
        "set_field:192.168.122.12->tun_dst,output:1,goto_table:120",
    ],
)
def test_lines_of_ovs_multitenant(line: str) -> None:
    assert f" cookie=0x0, {line}\n" in dump_flows(fixture(OVS_MULTITENANT).view, "node-a")


def test_flows_of_another_node_carry_the_mark_of_its_hostsubnet() -> None:
    found = [line for line in dump_flows(fixture().view, "node-a").splitlines() if "12->" in line]
    cookies = {line.split(",")[0] for line in found if "table=111" not in line}
    assert len(cookies) == 1
    assert cookies != {" cookie=0x0"}


def test_3_11_knows_vnids_of_services_everywhere_and_4_only_those_of_its_pods() -> None:
    def checked(modern: bool) -> int:
        view = fixture(OVS_MULTITENANT, modern=modern).view
        bridge = bridge_of(view, "node-a")
        assert bridge is not None
        return sum(flow.priority == 100 for flow in bridge.flows(80))

    assert (checked(False), checked(True)) == (2, 1)


def test_a_policy_with_ports_and_a_selected_pod() -> None:
    text = dump_flows(busy(OVS_NETWORKPOLICY, False).view, "node-a")
    reg1 = f"reg1={SHOP:#x}"
    assert f"priority=150,tcp,{reg1},nw_dst=10.128.0.5,tp_dst=8080 actions=output" in text
    assert f"priority=100,ip,{reg1},nw_dst=10.128.0.5 actions=drop" in text
    assert f"priority=50,{reg1} actions=output:NXM_NX_REG2[]" in text


@pytest.mark.parametrize(
    ("port", "match"),
    [
        ({"protocol": "TCP"}, "tcp,reg1=0x4c4b41"),
        ({"protocol": "SCTP", "port": 80}, "sctp,reg1=0x4c4b41,tp_dst=80"),
        ({"port": 6000, "endPort": 6015}, "tcp,reg1=0x4c4b41,tp_dst=0x1770/0xfff0"),
    ],
)
def test_4_knows_ports_that_3_11_takes_for_deny_all(port: dict[str, object], match: str) -> None:
    def text(modern: bool) -> str:
        cluster = fixture(OVS_NETWORKPOLICY, modern=modern)
        cluster.add(policy("shop", "p", {"podSelector": {}, "ingress": [{"ports": [port]}]}))
        return dump_flows(cluster.view, "node-a")

    assert f"priority=150,{match} actions=output" in text(True)
    assert "endPort" in port or "table=80, priority=150" not in text(False)
    assert "priority=50,reg1" not in text(False)


def test_a_block_with_a_hole_becomes_several_flows() -> None:
    cluster = fixture(OVS_NETWORKPOLICY, modern=True)
    hole = {"ipBlock": {"cidr": "10.0.0.0/30", "except": ["10.0.0.1/32"]}}
    cluster.add(policy("shop", "p", {"podSelector": {}, "ingress": [{"from": [hole]}]}))
    text = dump_flows(cluster.view, "node-a")
    assert "nw_src=10.0.0.0 actions" in text
    assert "nw_src=10.0.0.2/31 actions" in text
    assert "nw_src=10.0.0.1 " not in text


def test_4_ignores_a_policy_of_ten_thousand_flows_but_isolates_its_pods() -> None:
    cluster = fixture(OVS_NETWORKPOLICY, modern=True)
    ports = [{"port": number} for number in range(10_000)]
    cluster.add(policy("shop", "p", {"podSelector": {}, "ingress": [{"ports": ports}]}))
    bridge = bridge_of(cluster.view, "node-a")
    assert bridge is not None
    assert {flow.priority for flow in bridge.flows(80)} == {300, 200, 0}


def test_ports_are_listed_with_their_pods() -> None:
    listing = flow_table(fixture().view, "node-a")
    assert listing is not None
    assert [(port.number, port.name) for port in listing.ports[:2]] == [(1, "vxlan0"), (2, "tun0")]
    assert listing.ports[2].pod == P1
    assert listing.ports[1].address == "10.128.0.1"


def test_a_node_without_a_subnet_has_no_bridge() -> None:
    cluster = fixture()
    cluster.node("node-c", "192.168.122.13", "")
    assert flow_table(cluster.view, "node-c") is None
    assert dump_flows(cluster.view, "node-c") == ""
    assert flow_table(cluster.view, "nowhere") is None
