"""The network plugin in the console: what it does, the plan of another one, the change and the way back."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from cluster.objects import kinds
from cluster.runtime.client import Client
from tests.running_cluster import KUBEADMIN, SETTLED
from tests.web.reading import text_of

PAGE = "/network/plugin"
FRAGMENT = {"HTTP_HX_REQUEST": "true"}


def plugin_of(client: Client) -> str:
    return str(client.list(kinds.CLUSTERNETWORK)[0].plugin_name)


def test_everybody_sees_the_plugin_and_what_it_does(shown: Client, developer: Browser) -> None:
    page = text_of(developer.get("/network"))
    assert "redhat/openshift-ovs-subnet" in page
    assert "None: every pod reaches every other." in page
    assert "tun0 of the caller's node" in page
    assert "Change network plugin" not in page


def test_only_cluster_admins_may_change_it(shown: Client, developer: Browser) -> None:
    assert developer.get(PAGE).status_code == 403
    assert developer.post(PAGE, {"plugin": "contiv"}).status_code == 403
    assert plugin_of(shown) == "redhat/openshift-ovs-subnet"


def test_the_plan_shows_the_new_addresses_and_what_isolation_changes(
    shown: Client, kubeadmin: Browser
) -> None:
    assert "Change network plugin" in text_of(kubeadmin.get("/network"))
    answer = kubeadmin.get(PAGE, {"plugin": "OVNKubernetes"}, **FRAGMENT)
    plan = text_of(answer)
    assert "<html" not in answer.content.decode()
    assert "Every pod gets a new sandbox" in plan
    assert "Geneve, UDP port 6081" in plan
    assert "3 removed" in plan
    assert "10.129.0.4" in plan
    plan = text_of(kubeadmin.get(PAGE, {"plugin": "redhat/openshift-ovs-multitenant"}))
    assert "All pods keep their addresses" in plan
    assert "Projects that others can no longer freely reach" in plan


def test_a_change_happens_and_is_undone_by_changing_back(
    cluster: Client, kubeadmin: Browser
) -> None:
    before = {pod.metadata.key: pod.status.pod_ip for pod in cluster.list(kinds.POD)}
    answer = kubeadmin.post(PAGE, {"plugin": "contiv"}, follow=True)
    page = text_of(answer)
    assert "The network changes to Contiv." in page
    assert "The network plugin is being changed" in page
    cluster.advance(KUBEADMIN, SETTLED)
    page = text_of(kubeadmin.get("/network"))
    assert "default-net" in page
    assert "The network plugin is being changed" not in page
    assert {pod.status.pod_ip for pod in cluster.list(kinds.POD)}.isdisjoint(before.values())
    listed = text_of(kubeadmin.get("/k8s/cluster/hostsubnets"))
    assert "Contiv has none" in listed
    undo = f"{PAGE}?plugin=redhat/openshift-ovs-subnet"
    assert kubeadmin.post(undo).status_code == 302
    cluster.advance(KUBEADMIN, SETTLED)
    assert plugin_of(cluster) == "redhat/openshift-ovs-subnet"
    assert cluster.count(kinds.HOSTSUBNET) == 3


@pytest.mark.parametrize("plugin", ["calico", "", "redhat/openshift-ovs-subnet"])
def test_a_plugin_that_cannot_be_chosen_is_refused(
    shown: Client, kubeadmin: Browser, plugin: str
) -> None:
    answer = kubeadmin.post(PAGE, {"plugin": plugin})
    assert answer.status_code == 422
    assert "The plugin was not changed" in text_of(answer)
    assert plugin_of(shown) == "redhat/openshift-ovs-subnet"


@pytest.mark.parametrize(
    ("plugin", "said"),
    [
        ("flannel/vxlan", "Flannel, vxlan has none"),
        ("OVNKubernetes", "OVN-Kubernetes has none"),
        ("nuage/vsp-openshift", "Nuage VSP has none"),
    ],
)
def test_the_pages_stay_meaningful_under_every_plugin(
    cluster: Client, kubeadmin: Browser, plugin: str, said: str
) -> None:
    kubeadmin.post(PAGE, {"plugin": plugin})
    cluster.advance(KUBEADMIN, SETTLED)
    assert said in text_of(kubeadmin.get("/k8s/cluster/hostsubnets"))
    network = text_of(kubeadmin.get("/network"))
    held = [pod.status.pod_ip for pod in cluster.list(kinds.POD) if pod.status.pod_ip]
    assert held
    for address in held:
        assert address in network
    assert "node-1" in text_of(kubeadmin.get("/k8s/cluster/nodes"))
    assert kubeadmin.get("/k8s/cluster/nodes/node-1").status_code == 200


def test_a_nodes_page_lists_what_decides_there_and_names_what_its_reader_may_see(
    cluster: Client, kubeadmin: Browser, outsider: Browser
) -> None:
    kubeadmin.post(PAGE, {"plugin": "flannel/vxlan"})
    cluster.advance(KUBEADMIN, SETTLED)
    page = text_of(kubeadmin.get("/k8s/cluster/nodes/node-1/ovs"))
    assert "dev flannel.1" in page
    assert "bridge fdb show dev flannel.1" in page
    assert "/openshift.com/network/subnets/" in page
    kubeadmin.post(PAGE, {"plugin": "OVNKubernetes"})
    cluster.advance(KUBEADMIN, SETTLED)
    assert "port demo_simple-webapp" in text_of(kubeadmin.get("/k8s/cluster/nodes/node-1/ovs"))
    page = text_of(outsider.get("/k8s/cluster/nodes/node-1/ovs"))
    assert "ovn-nbctl acl-list" in page
    assert "simple-webapp" not in page
