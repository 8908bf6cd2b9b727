"""The pages of nodes: what cluster admins do to them, what the others see, and what is refused."""

from __future__ import annotations

import re

import pytest
from django.test import Client as Browser

from cluster.objects import kinds
from cluster.objects.document import from_document
from cluster.objects.node import Node, internal_ip, is_machine_on, machine_word, status_word
from cluster.runtime.client import Client
from cluster.runtime.commands import Create
from tests.running_cluster import KUBEADMIN
from tests.unit.engine.lab import pod_document
from tests.web.reading import source, text_of

pytestmark = pytest.mark.django_db

LIST, PAGE = "/k8s/cluster/nodes", "/k8s/cluster/nodes/node-1"
HTMX = {"HX-Request": "true"}
VERBS = ("cordon", "uncordon", "power-off", "power-on", "reboot", "reconnect", "drain", "network")


def node(cluster: Client, name: str = "node-1") -> Node:
    """A node as it is stored."""
    found = cluster.get(kinds.NODE, "", name)
    assert isinstance(found, Node)
    return found


def names(cluster: Client) -> list[str]:
    """The names of all nodes."""
    return [each.metadata.name for each in cluster.list(kinds.NODE)]


# --- looking -----------------------------------------------------------------------------------------


def test_the_list_shows_status_machine_subnet_and_pods(shown: Client, developer: Browser) -> None:
    page = text_of(developer.get(LIST))
    for word in ("node-1", "Ready", "Running", "worker", "192.168.122.12", "10.129.0.0/23"):
        assert word in page


def test_a_node_that_is_well_shows_its_conditions_with_heartbeats(
    shown: Client, developer: Browser
) -> None:
    page = developer.get(PAGE)
    text = text_of(page)
    assert "kubelet is posting ready status" in text
    assert "Last heartbeat" in text
    assert 'data-every="10000"' in source(page)
    assert "What happens next" not in text
    assert "lastHeartbeatTime" in source(developer.get(f"{PAGE}/yaml"))


def test_who_is_no_cluster_admin_sees_the_actions_and_can_use_none(
    shown: Client, developer: Browser
) -> None:
    menu = source(developer.get(f"{PAGE}/~menu"))
    assert "Power off" in menu
    assert "hx-post" not in menu
    assert "hx-get" not in menu
    assert "Add node" not in text_of(developer.get(LIST))
    for verb in VERBS:
        assert developer.post(f"{PAGE}/~{verb}").status_code == 403
    assert developer.post("/k8s/cluster/nodes/~add", {"name": "node-9"}).status_code == 403
    assert developer.get("/k8s/all-namespaces/import?edit=nodes/node-1").status_code == 403


def test_the_only_master_has_no_switch(shown: Client, kubeadmin: Browser) -> None:
    menu = source(kubeadmin.get("/k8s/cluster/nodes/master/~menu"))
    assert "master/~power-off" not in menu
    assert "master/~delete" not in menu
    assert "master/~cordon" in menu


# --- doing -------------------------------------------------------------------------------------------


def test_cordon_and_its_undo(cluster: Client, kubeadmin: Browser) -> None:
    answer = kubeadmin.post(f"{PAGE}/~cordon", headers=HTMX)
    assert "Node node-1 was marked as unschedulable." in text_of(answer)
    assert f'action="{PAGE}/~uncordon"' in source(answer)
    assert status_word(node(cluster)) == "Ready,SchedulingDisabled"
    assert "Mark as schedulable" in source(kubeadmin.get(f"{PAGE}/~menu"))
    assert kubeadmin.post(f"{PAGE}/~uncordon").url == PAGE  # type: ignore[attr-defined]
    assert status_word(node(cluster)) == "Ready"


def test_power_off_tells_what_comes_and_power_on_brings_it_back(
    cluster: Client, kubeadmin: Browser
) -> None:
    answer = kubeadmin.post(f"{PAGE}/~power-off", headers=HTMX)
    assert f'action="{PAGE}/~power-on"' in source(answer)
    assert not is_machine_on(node(cluster))
    page = kubeadmin.get(PAGE)
    assert "The node becomes NotReady; its pods leave the endpoints" in text_of(page)
    assert "data-due" in source(page)
    cluster.advance(KUBEADMIN, 60)
    text = text_of(kubeadmin.get(PAGE))
    assert "Kubelet stopped posting node status." in text
    assert "evicted and replaced on other nodes" in text
    assert "in 4 min 4" in text
    assert "Power on" in source(kubeadmin.get(f"{PAGE}/~menu"))
    kubeadmin.post(f"{PAGE}/~power-on", headers=HTMX)
    assert machine_word(node(cluster)) == "Starting"
    cluster.advance(KUBEADMIN, 45)
    assert status_word(node(cluster)) == "Ready"
    assert "What happens next" not in text_of(kubeadmin.get(PAGE))


def test_a_reboot_is_over_by_itself(cluster: Client, kubeadmin: Browser) -> None:
    kubeadmin.post(f"{PAGE}/~reboot", headers=HTMX)
    assert machine_word(node(cluster)) == "Starting"
    cluster.advance(KUBEADMIN, 75)
    assert (machine_word(node(cluster)), status_word(node(cluster))) == ("Running", "Ready")


def test_what_the_api_refuses_is_said_and_changes_nothing(
    cluster: Client, kubeadmin: Browser
) -> None:
    answer = kubeadmin.post("/k8s/cluster/nodes/master/~power-off", headers=HTMX)
    assert "master is the only master that runs" in text_of(answer)
    assert is_machine_on(node(cluster, "master"))


def test_drain_shows_its_pods_and_refusals_before_it_does_anything(
    cluster: Client, kubeadmin: Browser
) -> None:
    document = pod_document("alone", nodeName="node-1")
    cluster.execute([Create(from_document(document)[0])], KUBEADMIN)
    cluster.advance(KUBEADMIN, 20)
    refusal = "cannot delete Pods that declare no controller (use --force to override): demo/alone"
    dialog = text_of(kubeadmin.get(f"{PAGE}/~drain"))
    assert refusal in dialog
    assert "simple-webapp-docker" in dialog
    refused = kubeadmin.post(f"{PAGE}/~drain", {}, headers=HTMX)
    assert refused.status_code == 422
    assert refusal in text_of(refused)
    assert status_word(node(cluster)) == "Ready"
    preview = text_of(kubeadmin.post(f"{PAGE}/~drain?preview=1", {"force": "on"}, headers=HTMX))
    assert "WARNING: deleting Pods that declare no controller: demo/alone" in preview
    assert not any(each.is_terminating for each in cluster.pods_on("node-1"))
    done = kubeadmin.post(f"{PAGE}/~drain", {"force": "on", "grace": "5"}, headers=HTMX)
    assert "Node node-1 was cordoned;" in text_of(done)
    cluster.advance(KUBEADMIN, 30)
    assert cluster.pods_on("node-1") == []
    assert status_word(node(cluster)) == "Ready,SchedulingDisabled"
    ready = [each for each in cluster.list(kinds.POD, "demo") if each.status.ready]
    assert {each.node_name for each in ready} == {"node-2"}


def test_a_grace_period_that_is_no_number_is_refused(cluster: Client, kubeadmin: Browser) -> None:
    answer = kubeadmin.post(f"{PAGE}/~drain", {"grace": "soon"}, headers=HTMX)
    assert answer.status_code == 422
    assert "The grace period must be a whole number of seconds" in text_of(answer)
    assert not node(cluster).spec.unschedulable


def test_the_network_is_cut_from_chosen_nodes_and_reconnected(
    cluster: Client, kubeadmin: Browser
) -> None:
    answer = kubeadmin.post(f"{PAGE}/~network", {"node": ["master", "node-2"]}, headers=HTMX)
    assert "Node node-1 is cut from master, node-2." in text_of(answer)
    assert "Network cut" in text_of(kubeadmin.get(LIST))
    dialog = source(kubeadmin.get("/k8s/cluster/nodes/node-2/~network"))
    assert 'value="node-1" id="cut-2" checked' in dialog
    # The other side may end it as well.
    kubeadmin.post("/k8s/cluster/nodes/node-2/~network", {}, headers=HTMX)
    assert cluster.nodes.cut_from(node(cluster)) == {"master"}
    kubeadmin.post(f"{PAGE}/~reconnect", headers=HTMX)
    assert cluster.nodes.cut_from(node(cluster)) == frozenset()


def test_a_machine_gets_another_address_or_hears_why_not(
    cluster: Client, kubeadmin: Browser
) -> None:
    refused = kubeadmin.post(f"{PAGE}/~address", {"address": "10.128.9.9"}, headers=HTMX)
    assert refused.status_code == 422
    assert "node IP 10.128.9.9 conflicts with cluster network" in text_of(refused)
    kubeadmin.post(f"{PAGE}/~address", {"address": "192.168.122.77"}, headers=HTMX)
    cluster.advance(KUBEADMIN, 1)
    assert internal_ip(node(cluster)) == "192.168.122.77"
    assert cluster.get(kinds.HOSTSUBNET, "", "node-1").host_ip == "192.168.122.77"


def test_a_node_is_added_under_the_next_name_and_deleted_again(
    cluster: Client, kubeadmin: Browser
) -> None:
    assert "Add node" in text_of(kubeadmin.get(LIST))
    assert 'value="node-3"' in source(kubeadmin.get("/k8s/cluster/nodes/~add"))
    kubeadmin.post("/k8s/cluster/nodes/~add", {"name": "node-3"}, headers=HTMX)
    cluster.advance(KUBEADMIN, 12)
    assert status_word(node(cluster, "node-3")) == "Ready"
    assert cluster.get(kinds.HOSTSUBNET, "", "node-3").subnet == "10.131.0.0/23"
    taken = kubeadmin.post("/k8s/cluster/nodes/~add", {"name": "node-3"}, headers=HTMX)
    assert taken.status_code == 422
    assert 'nodes "node-3" already exists' in text_of(taken)
    kubeadmin.post("/k8s/cluster/nodes/node-3/~delete", headers=HTMX)
    cluster.advance(KUBEADMIN, 1)
    assert names(cluster) == ["master", "node-1", "node-2"]


def test_yaml_is_edited_on_the_import_page(cluster: Client, kubeadmin: Browser) -> None:
    page = source(kubeadmin.get("/k8s/all-namespaces/import?edit=nodes/node-1"))
    assert "kind: Node" in page
    assert "kubelet is posting ready status" not in page
    assert kubeadmin.get("/k8s/all-namespaces/import?edit=pods/x").status_code == 404
    text = (
        "apiVersion: v1\nkind: Node\nmetadata:\n  name: node-1\n  labels: {zone: east}\n"
        "spec:\n  unschedulable: true\n"
    )
    review = kubeadmin.post("/k8s/all-namespaces/import", {"text": text, "action": "review"})
    assert review.status_code == 200
    digest = re.search(r'name="digest" value="([^"]+)"', source(review))
    assert digest is not None
    form = {"text": text, "action": "apply", "digest": digest[1]}
    kubeadmin.post("/k8s/all-namespaces/import", form)
    assert node(cluster).metadata.labels == {"zone": "east"}
    assert status_word(node(cluster)) == "Ready,SchedulingDisabled"
