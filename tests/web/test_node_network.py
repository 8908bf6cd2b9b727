"""The tabs Open vSwitch and iptables of a node: what is listed, searched, named, and downloaded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.test import Client as Browser

from cluster.engine.assembly import build_engine
from cluster.engine.config import COURSE
from cluster.objects import kinds
from cluster.objects.meta import Key
from cluster.objects.pod import Pod
from cluster.runtime import running as slot
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor, Delete
from cluster.scenarios import first_boot
from console.kinds.node_network import FLOWS, ListingTopic
from console.live import topics
from tests.builders import a_config
from tests.running_cluster import DEVELOPER, KUBEADMIN, SETTLED, running
from tests.web.reading import links_of, main_of, source, text_of

pytestmark = pytest.mark.django_db

NODE = "/k8s/cluster/nodes/node-1"
OVS, IPTABLES = f"{NODE}/ovs", f"{NODE}/iptables"
APP = "simple-webapp-docker"


def pod_on(cluster: Client, node: str = "node-1") -> Pod:
    """A pod of the demo on a node."""
    return next(each for each in cluster.pods_on(node) if each.metadata.namespace == "demo")


def flow_lines(cluster: Client, node: str = "node-1") -> list[str]:
    return cluster.network.flows_text(node).splitlines()


# --- Open vSwitch ----------------------------------------------------------------------------------


def test_ports_tables_and_roles_are_listed(shown: Client, developer: Browser) -> None:
    page, pod = developer.get(OVS), pod_on(shown)
    text = text_of(page)
    assert f"{len(flow_lines(shown))} flows in" in text
    assert "Table 80 Decides whether the pod may be reached" in text
    for word in ("vxlan0", "tun0", pod.status.pod_ip, f"demo/{pod.metadata.name}"):
        assert word in text
    assert f"/k8s/ns/demo/pods/{pod.metadata.name}" in links_of(main_of(page))
    assert "#table-30" in links_of(main_of(page))


def test_a_search_leaves_the_flows_that_hold_all_words(shown: Client, developer: Browser) -> None:
    ip = pod_on(shown).status.pod_ip
    page = developer.get(OVS, {"q": f"{ip} table=70"})
    wanted = [line for line in flow_lines(shown) if ip in line and "table=70" in line]
    assert len(wanted) == 1
    assert f"1 of {len(flow_lines(shown))} flows" in text_of(page)
    assert 'id="table-70"' in source(page)
    assert 'id="table-0"' not in source(page)
    assert "No flows found" in text_of(developer.get(OVS, {"q": "zebra"}))


def test_the_flows_are_downloaded_as_ovs_ofctl_prints_them(
    shown: Client, developer: Browser
) -> None:
    answer = developer.get(f"{NODE}/~flows")
    assert answer.content.decode() == shown.network.flows_text("node-1")
    assert 'filename="node-1-br0-flows.txt"' in answer["Content-Disposition"]


def test_who_may_not_see_a_project_sees_addresses_and_no_names(
    shown: Client, outsider: Browser
) -> None:
    pod = pod_on(shown)
    page = outsider.get(OVS)
    assert pod.status.pod_ip in text_of(page)
    assert "of another project" in text_of(page)
    for answer in (page, outsider.get(IPTABLES), outsider.get(f"{NODE}/~iptables")):
        assert APP not in source(answer)


def test_a_search_does_not_tell_an_outsider_which_names_there_are(
    shown: Client, outsider: Browser
) -> None:
    assert "No rules found" in text_of(outsider.get(IPTABLES, {"q": f"demo/{APP}"}))
    assert "No flows found" in text_of(outsider.get(OVS, {"q": pod_on(shown).metadata.name}))


# --- iptables --------------------------------------------------------------------------------------


def test_chains_are_listed_by_table_and_lead_to_one_another(
    shown: Client, developer: Browser
) -> None:
    page = developer.get(IPTABLES)
    assert re.search(r'id="chain-nat-KUBE-SERVICES"', source(page))
    assert "#chain-nat-KUBE-SERVICES" in links_of(main_of(page))
    assert f"demo/{APP}" in text_of(page)
    assert f"/k8s/ns/demo/services/{APP}" in links_of(main_of(page))


def test_the_search_finds_chains_by_name_whole_and_rules_by_text(
    shown: Client, developer: Browser
) -> None:
    service = shown.get(kinds.SERVICE, "demo", APP)
    by_address = text_of(developer.get(IPTABLES, {"q": service.spec.cluster_ip}))
    assert "KUBE-SERVICES" in by_address
    assert "KUBE-MARK-DROP" not in by_address
    by_name = text_of(developer.get(IPTABLES, {"q": "KUBE-MARK-MASQ nat"}))
    assert "--set-xmark" in by_name


def test_iptables_are_downloaded_as_iptables_save_prints_them(
    shown: Client, developer: Browser, kubeadmin: Browser
) -> None:
    whole = shown.network.iptables_text("node-1")
    assert kubeadmin.get(f"{NODE}/~iptables").content.decode() == whole
    seen = developer.get(f"{NODE}/~iptables").content.decode()
    assert "default/kubernetes" in whole
    assert "default/kubernetes" not in seen
    assert seen.count("\n") == whole.count("\n")


# --- other nodes, other plugins --------------------------------------------------------------------


@pytest.mark.parametrize("tab", ["ovs", "iptables", "~flows", "~iptables"])
def test_a_node_that_is_none_is_not_found(shown: Client, developer: Browser, tab: str) -> None:
    assert developer.get(f"/k8s/cluster/nodes/node-99/{tab}").status_code == 404


@pytest.fixture
def flannel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The demo under Flannel."""
    engine = build_engine(a_config(profile=replace(COURSE, plugin_name="flannel/vxlan")))
    first_boot(engine)
    with running(engine) as client:
        client.advance(KUBEADMIN, SETTLED)
        monkeypatch.setattr(slot, "current", lambda: client)
        yield client


def test_a_plugin_without_br0_shows_what_its_own_tools_print(
    flannel: Client, developer: Browser
) -> None:
    text = text_of(developer.get(OVS))
    assert "does not program OpenShift SDN's bridge br0" in text
    assert "dev flannel.1" in text
    assert "PERMANENT" not in text_of(developer.get(OVS, {"q": "docker0"}))
    assert developer.get(f"{NODE}/~flows").content.decode() == flannel.network.node_listing(
        "node-1"
    )
    assert developer.get(IPTABLES).status_code == 200


# --- live ------------------------------------------------------------------------------------------


def test_the_listing_is_each_users_own(shown: Client) -> None:
    topic = topics.make("ovs:node-1:developer:10.1: x")
    assert isinstance(topic, ListingTopic)
    assert topic.allowed(shown, DEVELOPER)
    assert not topic.allowed(shown, Actor("outsider"))
    assert topics.make("ovs:node-1") is None


def test_the_frame_loses_the_flows_of_a_pod_that_is_deleted(cluster: Client) -> None:
    pod = pod_on(cluster)
    topic = ListingTopic("ovs:node-1:developer:", FLOWS, "node-1", "developer", "")
    assert topic.allowed(cluster, DEVELOPER)
    before, _ = topic.frame(cluster, None)
    assert before is not None and f"nw_dst={pod.status.pod_ip}" in before["html"]
    cluster.execute([Delete(kinds.POD, Key("demo", pod.metadata.name))], DEVELOPER)
    cluster.advance(KUBEADMIN, 60.0)
    after, _ = topic.frame(cluster, None)
    assert after is not None and f"nw_dst={pod.status.pod_ip} " not in after["html"]
    assert pod.metadata.name not in after["html"]


def test_a_node_that_is_gone_says_so(shown: Client) -> None:
    topic = ListingTopic("ovs:node-9:developer:", FLOWS, "node-9", "developer", "")
    assert topic.frame(shown, None)[0] == {"t": "gone"}
