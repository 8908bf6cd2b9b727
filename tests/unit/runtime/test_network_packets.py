"""The client's answers about packets: flows, chains and walks of the cluster as it is now."""

from __future__ import annotations

from cluster.engine.config import OPENSHIFT_3_11
from cluster.runtime.network import Connection, NetworkPort, OfPod, ToService
from tests.network_cluster import OVS_MULTITENANT, P1, PAYROLL, SHOP, NetworkCluster, fixture


def port(cluster: NetworkCluster) -> NetworkPort:
    return NetworkPort(cluster.store, cluster.config)


def test_a_walk_sees_what_has_just_been_changed() -> None:
    cluster = fixture(OVS_MULTITENANT)
    network = port(cluster)
    asked = Connection(source=OfPod(P1), destination=ToService(PAYROLL), port=80)
    assert network.walk(asked).reason == "other-network"
    cluster.project("hr", SHOP)
    assert network.walk(asked).verdict == "delivered"


def test_flows_and_chains_come_as_data_and_as_text() -> None:
    network = port(fixture(OVS_MULTITENANT))
    listing = network.flows("node-a")
    assert listing is not None
    lines = [f" {flow.text}" for table in listing.tables for flow in table.flows]
    assert network.flows_text("node-a").splitlines() == lines
    rules = [rule.text for chain in network.iptables("node-a") for rule in chain.rules]
    text = network.iptables_text("node-a")
    assert sorted(line for line in text.splitlines() if line.startswith("-A")) == sorted(rules)


def test_every_table_says_what_it_is_for() -> None:
    listing = port(fixture()).flows("node-a")
    assert listing is not None
    assert all(table.role and not table.role.startswith("Table") for table in listing.tables)


def test_a_plugin_without_open_vswitch_has_no_flows() -> None:
    cluster = NetworkCluster("flannel/host-gw", OPENSHIFT_3_11)
    cluster.node("node-a", "192.168.122.11", "10.128.0.0/23")
    network = port(cluster)
    assert network.flows("node-a") is None
    assert network.flows_text("node-a") == ""
    assert "OPENSHIFT" not in network.iptables_text("node-a")
