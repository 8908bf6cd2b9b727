"""W1, W2, W4, W6 to W8 under Flannel: routes, the three backends, kube-proxy; nobody is isolated."""

from __future__ import annotations

import pytest

from cluster.engine.network.plugins.facts import FLANNEL_HOST_GW, FLANNEL_UDP, FLANNEL_VXLAN
from cluster.engine.network.walk.flannel import FlannelDatapath
from cluster.engine.network.walk.model import OnNode, Outside, ToAddress, ToNodePort, ToService
from cluster.objects.meta import Key
from tests.network_cluster import CLERK, P1, P2, P3, WEB, fixture
from tests.policy_cluster import policy
from tests.unit.engine.network.walk.reading import translations, walked

BACKENDS = (FLANNEL_HOST_GW, FLANNEL_VXLAN, FLANNEL_UDP)
ON_B = "10.129.0.7:8080"


@pytest.mark.parametrize("plugin", BACKENDS)
def test_w1_a_pod_on_the_same_node_is_reached_over_the_bridge(plugin: str) -> None:
    walk = walked(fixture(plugin), P1, P2)
    assert walk.verdict == "delivered"
    assert [step.device for step in walk.steps] == ["docker0", "socket"]
    assert walk.seen_source == "10.128.0.5"


@pytest.mark.parametrize(
    ("plugin", "outer"),
    [(FLANNEL_HOST_GW, (0, None)), (FLANNEL_VXLAN, (8472, 1)), (FLANNEL_UDP, (8285, None))],
)
def test_w2_a_pod_on_another_node(plugin: str, outer: tuple[int, int | None]) -> None:
    walk = walked(fixture(plugin), P1, P3)
    assert walk.verdict == "delivered"
    wire = next(step for step in walk.steps if step.device == "network")
    assert (wire.after.outer_port, wire.after.vni) == outer
    assert (wire.after.src, wire.after.dst) == ("10.128.0.5", "10.129.0.7")
    assert translations(walk.steps) == []
    assert walk.seen_source == "10.128.0.5"
    assert walk.reply[-1].after.dst == "10.128.0.5"


def test_w2_host_gw_routes_to_the_other_nodes_address() -> None:
    walk = walked(fixture(FLANNEL_HOST_GW), P1, P3)
    rules = [step.rule for step in walk.steps if step.table == "routes"]
    assert "10.129.0.0/23 via 192.168.122.12 dev eth0" in rules


@pytest.mark.parametrize("plugin", BACKENDS)
def test_every_rule_of_flannels_own_devices_stands_in_the_nodes_listing(plugin: str) -> None:
    cluster = fixture(plugin)
    datapath = FlannelDatapath(cluster.view)
    walk = walked(cluster, P1, P3)
    for step in (*walk.steps, *walk.reply):
        if step.table in ("fdb", "neigh") or (step.table == "routes" and step.device != "eth0"):
            assert step.rule in datapath.listing(step.node)


@pytest.mark.parametrize("plugin", BACKENDS)
def test_w4_through_a_service_the_pod_sees_the_caller_itself(plugin: str) -> None:
    walk = walked(fixture(plugin), P1, ToService(WEB, ON_B), 80)
    assert walk.verdict == "delivered"
    assert translations(walk.steps) == [
        ("10.128.0.5 → 172.30.44.5:80", "10.128.0.5 → 10.129.0.7:8080")
    ]
    assert walk.seen_source == "10.128.0.5"
    assert walk.reply[-1].after.src == "172.30.44.5"


def test_w3_an_answer_over_the_bridge_gets_the_services_address_back() -> None:
    walk = walked(fixture(FLANNEL_VXLAN), P1, ToService(WEB, "10.128.0.6:8080"), 80)
    assert walk.verdict == "delivered"
    assert walk.reply[-1].after.src == "172.30.44.5"


@pytest.mark.parametrize("plugin", BACKENDS)
def test_w6_to_the_outside_it_has_the_nodes_address(plugin: str) -> None:
    walk = walked(fixture(plugin), P1, ToAddress("93.184.216.34"), 443)
    assert walk.reason == "left-cluster"
    assert walk.seen_source == "192.168.122.11"


@pytest.mark.parametrize("plugin", BACKENDS)
def test_w7_a_node_port_leads_to_a_pod_elsewhere(plugin: str) -> None:
    walk = walked(fixture(plugin), Outside("203.0.113.9"), ToNodePort("node-a", ON_B), 31080)
    assert walk.verdict == "delivered"


@pytest.mark.parametrize("plugin", BACKENDS)
def test_w8_the_router_reaches_pods_everywhere(plugin: str) -> None:
    router = OnNode("node-a", router=True)
    for endpoint in ("10.128.0.6:8080", ON_B):
        assert walked(fixture(plugin), router, ToService(WEB, endpoint), 80).verdict == "delivered"


def test_nobody_is_isolated_and_policies_have_no_effect() -> None:
    cluster = fixture(FLANNEL_VXLAN)
    cluster.add(policy("hr", "deny", {"podSelector": {}, "ingress": []}))
    assert walked(cluster, P1, CLERK).verdict == "delivered"


def test_an_address_that_nobody_has_is_not_answered() -> None:
    walk = walked(fixture(FLANNEL_VXLAN), P1, ToAddress("10.129.0.77"))
    assert (walk.verdict, walk.reason) == ("dropped", "no-such-address")


def test_a_broken_link_drops_what_is_between_nodes() -> None:
    cluster = fixture(FLANNEL_HOST_GW)
    cluster.node("node-b", "192.168.122.12", "10.129.0.0/23", cut_from="node-a")
    assert walked(cluster, P1, P3).reason == "no-link"
    assert walked(cluster, Key("shop", "p1"), P2).verdict == "delivered"
