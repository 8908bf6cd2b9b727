"""What is done to objects from their pages: scaling and deleting, with the messages of the 3.x console."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from cluster.objects import kinds
from cluster.objects.errors import NotFound
from cluster.objects.kind import Kind, Object
from cluster.runtime.client import Client
from tests.running_cluster import KUBEADMIN
from tests.web.reading import source, text_of

pytestmark = pytest.mark.django_db

BLUE, GREEN = "simple-webapp-docker", "simple-webapp-docker-green"
SCALE = f"/k8s/ns/demo/deploymentconfigs/{BLUE}/~scale"
DELETE = f"/k8s/ns/demo/deploymentconfigs/{BLUE}/~delete"
DIALOG = {"HX-Request": "true"}


def wanted(cluster: Client, name: str = BLUE) -> int:
    """The replicas that a DeploymentConfig asks for."""
    return int(cluster.get(kinds.DEPLOYMENTCONFIG, "demo", name).spec.replicas)


def is_there(cluster: Client, kind: Kind, name: str, namespace: str = "demo") -> bool:
    """Whether an object exists."""
    try:
        cluster.get(kind, namespace, name)
    except NotFound:
        return False
    return True


def pods(cluster: Client) -> list[Object]:
    """The blue pods."""
    return cluster.pods_matching("demo", {"deploymentconfig": BLUE})


# --- scaling ---------------------------------------------------------------------------------------


def test_the_scale_dialog_begins_with_the_number_there_is(
    shown: Client, developer: Browser
) -> None:
    response = developer.get(SCALE)
    assert response.status_code == 200
    assert "Edit Pod count" in text_of(response)
    assert 'name="replicas"' in source(response)
    assert 'value="2"' in source(response)


def test_scaling_up_brings_pods_with_addresses_and_endpoints(
    cluster: Client, developer: Browser
) -> None:
    response = developer.post(SCALE, {"replicas": "5"}, headers=DIALOG)
    assert (response.status_code, response.content) == (204, b"")
    assert wanted(cluster) == 5
    cluster.advance(KUBEADMIN, 60)
    addresses = {pod.status.pod_ip for pod in pods(cluster) if pod.status.ready}
    assert len(addresses) == 5
    [subset] = cluster.get(kinds.ENDPOINTS, "demo", BLUE).subsets
    assert {each.ip for each in subset.addresses} == addresses


def test_scaling_to_nothing_ends_all_pods(cluster: Client, developer: Browser) -> None:
    assert developer.post(SCALE, {"replicas": "0"}).status_code == 204
    cluster.advance(KUBEADMIN, 60)
    assert pods(cluster) == []


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "A value for replicas is required."),
        ("  ", "A value for replicas is required."),
        ("-1", "Replicas can't be negative."),
        ("1.5", "Replicas must be a whole number."),
        ("many", "Replicas must be a whole number."),
        ("³", "Replicas must be a whole number."),
        ("٣", "Replicas must be a whole number."),
        ("--2", "Replicas must be a whole number."),
        ("1e3", "Replicas must be a whole number."),
    ],
)
def test_a_bad_number_is_explained_in_the_dialog_and_kept_in_its_field(
    shown: Client, developer: Browser, typed: str, message: str
) -> None:
    response = developer.post(SCALE, {"replicas": typed}, headers=DIALOG)
    assert response.status_code == 422
    assert message in text_of(response)
    assert f'value="{typed.strip()}"' in source(response)
    assert wanted(shown) == 2


def test_the_arrows_of_the_ring_get_the_message_alone(shown: Client, developer: Browser) -> None:
    response = developer.post(SCALE, {"replicas": "-1"})
    assert response.status_code == 422
    assert response.content.decode() == "Replicas can't be negative."


def test_a_number_beyond_reason_is_refused(shown: Client, developer: Browser) -> None:
    response = developer.post(SCALE, {"replicas": "99999999999999999999"}, headers=DIALOG)
    assert response.status_code == 422
    assert wanted(shown) == 2


def test_a_viewer_may_not_scale(shown: Client, viewer: Browser) -> None:
    response = viewer.post(SCALE, {"replicas": "3"}, headers=DIALOG)
    assert response.status_code == 422
    assert 'User "viewer" cannot update resource "deploymentconfigs' in text_of(response)
    assert wanted(shown) == 2


def test_a_stranger_learns_nothing_from_scaling(shown: Client, outsider: Browser) -> None:
    there = outsider.post(SCALE, {"replicas": "3"})
    nowhere = outsider.post(SCALE.replace("demo", "nowhere"), {"replicas": "3"})
    assert there.status_code == nowhere.status_code == 403
    assert wanted(shown) == 2


def test_what_does_not_scale_has_no_scale_dialog(shown: Client, developer: Browser) -> None:
    url = f"/k8s/ns/demo/services/{BLUE}/~scale"
    assert developer.get(url).status_code == 404
    assert developer.post(url, {"replicas": "3"}).status_code == 404


# --- deleting --------------------------------------------------------------------------------------


def test_the_delete_dialog_asks_about_dependents_of_workloads_alone(
    shown: Client, developer: Browser
) -> None:
    asked = developer.get(DELETE)
    assert f"Are you sure you want to delete {BLUE} in namespace demo ?" in text_of(asked)
    assert "Delete dependent objects of this resource" in text_of(asked)
    service = developer.get(f"/k8s/ns/demo/services/{BLUE}/~delete")
    assert "dependent" not in text_of(service)


def test_deleting_a_deploymentconfig_takes_its_pods_along(
    cluster: Client, developer: Browser
) -> None:
    response = developer.post(DELETE, {"dependents": "on"}, headers=DIALOG)
    assert response.status_code == 204
    assert response["HX-Redirect"] == "/k8s/ns/demo/deploymentconfigs"
    cluster.advance(KUBEADMIN, 90)
    assert not is_there(cluster, kinds.DEPLOYMENTCONFIG, BLUE)
    assert not is_there(cluster, kinds.REPLICATIONCONTROLLER, f"{BLUE}-1")
    assert pods(cluster) == []
    page = developer.get("/k8s/ns/demo/deploymentconfigs")
    assert f"DeploymentConfig {BLUE} was deleted." in text_of(page)


def test_deleting_without_dependents_leaves_controller_and_pods(
    cluster: Client, developer: Browser
) -> None:
    before = {pod.metadata.uid for pod in pods(cluster)}
    assert developer.post(DELETE, {}, headers=DIALOG).status_code == 204
    cluster.advance(KUBEADMIN, 90)
    assert not is_there(cluster, kinds.DEPLOYMENTCONFIG, BLUE)
    controller = cluster.get(kinds.REPLICATIONCONTROLLER, "demo", f"{BLUE}-1")
    assert controller.metadata.controller() is None
    assert {pod.metadata.uid for pod in pods(cluster)} == before


def test_a_deleted_pod_is_replaced(cluster: Client, developer: Browser) -> None:
    gone = pods(cluster)[0].metadata
    url = f"/k8s/ns/demo/pods/{gone.name}/~delete"
    assert developer.post(url, headers=DIALOG).status_code == 204
    cluster.advance(KUBEADMIN, 90)
    assert gone.uid not in {pod.metadata.uid for pod in pods(cluster)}
    assert len(pods(cluster)) == 2


def test_a_viewer_may_not_delete(shown: Client, viewer: Browser) -> None:
    response = viewer.post(DELETE, {"dependents": "on"}, headers=DIALOG)
    assert response.status_code == 422
    assert 'User "viewer" cannot delete resource "deploymentconfigs' in text_of(response)
    assert is_there(shown, kinds.DEPLOYMENTCONFIG, BLUE)


def test_what_the_cluster_makes_is_not_a_users_to_delete(shown: Client, developer: Browser) -> None:
    response = developer.post(f"/k8s/ns/demo/endpoints/{BLUE}/~delete", headers=DIALOG)
    assert response.status_code == 422
    assert "cannot delete resource" in text_of(response)
    assert is_there(shown, kinds.ENDPOINTS, BLUE)


def test_deleting_what_is_gone_is_a_404(shown: Client, developer: Browser) -> None:
    url = "/k8s/ns/demo/services/never-made/~delete"
    assert developer.get(url).status_code == developer.post(url).status_code == 404


# --- deleting projects -----------------------------------------------------------------------------

PROJECT = "/k8s/cluster/projects/demo/~delete"


@pytest.mark.parametrize("typed", ["", "Demo", "demo ", "secret"])
def test_a_project_is_only_deleted_by_typing_its_name(
    shown: Client, developer: Browser, typed: str
) -> None:
    asked = developer.get(PROJECT)
    assert "Confirm by typing demo below:" in text_of(asked)
    response = developer.post(PROJECT, {"confirm": typed}, headers=DIALOG)
    assert response.status_code == 422
    assert "Type demo to confirm." in text_of(response)
    assert is_there(shown, kinds.PROJECT, "demo", "")


def test_a_deleted_project_goes_with_everything_in_it(cluster: Client, developer: Browser) -> None:
    response = developer.post(PROJECT, {"confirm": "demo"}, headers=DIALOG)
    assert response["HX-Redirect"] == "/k8s/cluster/projects"
    cluster.advance(KUBEADMIN, 120)
    assert not is_there(cluster, kinds.PROJECT, "demo", "")
    left = [kind.plural for kind in kinds.STORED if kind.namespaced and cluster.list(kind, "demo")]
    assert left == []
    assert developer.get("/k8s/ns/demo/pods").status_code == 403
    assert developer.get("/").status_code == 302


@pytest.mark.parametrize("name", ["default", "kube-system", "openshift-sdn"])
def test_the_clusters_own_projects_stay(shown: Client, kubeadmin: Browser, name: str) -> None:
    url = f"/k8s/cluster/projects/{name}/~delete"
    response = kubeadmin.post(url, {"confirm": name}, headers=DIALOG)
    assert response.status_code == 422
    text = f'namespaces "{name}" is forbidden: this namespace may not be deleted'
    assert text in text_of(response)
    assert is_there(shown, kinds.PROJECT, name, "")


def test_a_viewer_may_not_delete_the_project(shown: Client, viewer: Browser) -> None:
    response = viewer.post(PROJECT, {"confirm": "demo"}, headers=DIALOG)
    assert response.status_code == 422
    assert "cannot delete resource" in text_of(response)
    assert is_there(shown, kinds.PROJECT, "demo", "")
