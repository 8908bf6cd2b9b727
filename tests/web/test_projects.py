"""Projects: where a user lands, requesting one, the project selector, the overview."""

from __future__ import annotations

import re

import pytest
from django.test import Client as Browser

from cluster.objects import kinds
from cluster.objects.errors import NotFound
from cluster.objects.meta import Key
from cluster.objects.namespace import DESCRIPTION, DISPLAY_NAME, REQUESTER
from cluster.runtime.client import Client
from cluster.runtime.commands import Delete
from tests.running_cluster import DEVELOPER, KUBEADMIN
from tests.web.reading import column, links_of, main_of, source, text_of

pytestmark = pytest.mark.django_db

NEW = "/projects/~new"
BLUE, GREEN = "simple-webapp-docker", "simple-webapp-docker-green"


# --- landing ---------------------------------------------------------------------------------------


def test_one_lands_on_ones_first_project(shown: Client, developer: Browser) -> None:
    assert developer.get("/")["Location"] == "/overview/ns/demo"


def test_who_has_no_project_lands_on_the_empty_list(shown: Client, outsider: Browser) -> None:
    response = outsider.get("/", follow=True)
    assert response.redirect_chain == [("/k8s/cluster/projects", 302)]
    assert "No Projects found" in text_of(response)
    assert NEW in links_of(main_of(response))


def test_one_lands_where_one_was_last(shown: Client, kubeadmin: Browser) -> None:
    assert kubeadmin.get("/")["Location"] == "/overview/ns/demo"
    kubeadmin.get("/k8s/ns/kube-system/pods")
    assert kubeadmin.get("/")["Location"] == "/overview/ns/kube-system"
    kubeadmin.get("/network")
    assert kubeadmin.get("/")["Location"] == "/overview/ns/kube-system"


def test_a_project_that_is_gone_is_nowhere_to_land(cluster: Client, developer: Browser) -> None:
    developer.get("/overview/ns/demo")
    cluster.execute([Delete(kinds.PROJECT, Key("", "demo"))], DEVELOPER)
    cluster.advance(KUBEADMIN, 120)
    assert developer.get("/")["Location"] == "/k8s/cluster/projects"


# --- requesting ------------------------------------------------------------------------------------


def test_a_requested_project_is_ones_own(
    cluster: Client, outsider: Browser, developer: Browser
) -> None:
    data = {"name": "mine", "display_name": "My place", "description": "For me."}
    response = outsider.post(NEW, data)
    assert (response.status_code, response["Location"]) == (302, "/overview/ns/mine")
    project = cluster.get(kinds.PROJECT, "", "mine")
    annotations = project.metadata.annotations
    assert annotations[DISPLAY_NAME] == "My place"
    assert annotations[DESCRIPTION] == "For me."
    assert annotations[REQUESTER] == "outsider"
    page = text_of(outsider.get("/overview/ns/mine"))
    assert "Project mine was created." in page
    assert "Get started with your project." in page
    assert column(outsider.get("/k8s/cluster/projects"), "Name") == ["mine"]
    assert developer.get("/overview/ns/mine").status_code == 403


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "This field is required."),
        ("x", "must be at least 2 characters long"),
        ("Upper", "a lowercase RFC 1123 label must consist of lower case alphanumeric characters"),
        ("under_score", "a lowercase RFC 1123 label must consist of"),
        ("-dash", "a lowercase RFC 1123 label must consist of"),
        ("two words", "a lowercase RFC 1123 label must consist of"),
        ("demo", 'project.project.openshift.io "demo" already exists'),
        ("secret", 'project.project.openshift.io "secret" already exists'),
    ],
)
def test_a_bad_name_is_explained_at_its_field_and_nothing_typed_is_lost(
    shown: Client, developer: Browser, name: str, message: str
) -> None:
    before = shown.version
    response = developer.post(NEW, {"name": name, "description": "Much text."})
    assert response.status_code == 422
    helper = re.search(r'id="id_name-helper".*?</div>', source(response), re.S)
    assert helper is not None
    assert message in text_of(response)
    assert message.split('"')[0] in helper[0]
    assert "Much text." in source(response)
    assert f'value="{name}"' in source(response) or not name
    assert 'aria-invalid="true"' in source(response)
    assert shown.version == before


def test_a_name_that_is_too_long_is_refused(shown: Client, developer: Browser) -> None:
    response = developer.post(NEW, {"name": "a" * 64})
    assert response.status_code == 422
    with pytest.raises(NotFound):
        shown.get(kinds.PROJECT, "", "a" * 64)


# --- the selector ----------------------------------------------------------------------------------


def test_the_selector_offers_ones_own_projects_and_keeps_the_kind(
    shown: Client, developer: Browser, kubeadmin: Browser
) -> None:
    own = developer.get("/k8s/ns/demo/services").context["projects"]
    assert [(each.name, each.href, each.current) for each in own] == [
        ("demo", "/k8s/ns/demo/services", True)
    ]
    every = kubeadmin.get("/k8s/ns/demo/services/simple-webapp-docker").context["projects"]
    assert {each.name for each in every} == {e.metadata.name for e in shown.list(kinds.PROJECT)}
    assert all(each.href == f"/k8s/ns/{each.name}/services" for each in every)


def test_pages_of_the_cluster_have_no_selector(shown: Client, developer: Browser) -> None:
    for path in ("/network", "/k8s/cluster/nodes", "/k8s/cluster/nodes/master"):
        assert not developer.get(path).context["show_project_bar"]
    assert developer.get("/overview/ns/demo").context["show_project_bar"]


def test_all_projects_is_remembered_as_a_choice(shown: Client, developer: Browser) -> None:
    developer.get("/k8s/ns/demo/pods")
    assert developer.get("/network").context["current_project"] == "demo"
    developer.get("/k8s/all-namespaces/pods")
    page = developer.get("/network")
    assert page.context["current_project"] == ""
    assert page.context["import_url"] == "/k8s/all-namespaces/import"


def test_an_address_typed_by_hand_of_a_strangers_project_is_not_remembered(
    shown: Client, developer: Browser
) -> None:
    developer.get("/k8s/ns/secret/pods")
    assert developer.get("/network").context["current_project"] != "secret"
    assert developer.get("/")["Location"] == "/overview/ns/demo"


# --- overview --------------------------------------------------------------------------------------


def test_the_overview_counts_what_is_in_the_project(shown: Client, developer: Browser) -> None:
    text = text_of(developer.get("/overview/ns/demo"))
    for kind in (kinds.POD, kinds.SERVICE, kinds.ROUTE, kinds.DEPLOYMENTCONFIG):
        assert f"{shown.count(kind, 'demo')} {kind.title}" in text


def test_the_overview_shows_an_application_with_ring_service_and_split(
    shown: Client, developer: Browser
) -> None:
    response = developer.get("/overview/ns/demo")
    [application] = response.context["applications"]
    assert application.name == BLUE
    names = [each.obj.metadata.name for each in application.workloads]
    assert names == [BLUE, GREEN]
    assert [dict(each.counts) for each in application.workloads] == [{"Running": 2}] * 2
    [line] = application.routes
    assert line.location == "http://web-demo.apps.localhost"
    assert [(s.service, s.percent) for s in line.shares] == [(BLUE, 80.0), (GREEN, 20.0)]
    text = text_of(response)
    assert "80 %" in text
    assert "20 %" in text
    for name in (BLUE, GREEN):
        assert shown.get(kinds.SERVICE, "demo", name).spec.cluster_ip in text


def test_the_overview_begins_its_events_with_the_newest(shown: Client, developer: Browser) -> None:
    events = developer.get("/overview/ns/demo").context["events"]
    times = [each.last_timestamp for each in events]
    assert len(times) == 8
    assert times == sorted(times, reverse=True)


def test_a_viewer_sees_the_overview_without_controls(
    shown: Client, viewer: Browser, developer: Browser
) -> None:
    mine, theirs = developer.get("/overview/ns/demo"), viewer.get("/overview/ns/demo")
    assert "data-scale-url" in source(mine)
    assert "data-scale-url" not in source(theirs)
    assert mine.context["topic"] == "overview:demo:edit"
    assert theirs.context["topic"] == "overview:demo"


# --- the cluster network ---------------------------------------------------------------------------


def test_the_network_page_shows_the_overlay_and_a_map_of_each_node(
    shown: Client, developer: Browser
) -> None:
    response = developer.get("/network")
    text = text_of(response)
    assert "10.128.0.0/14" in text
    assert "172.30.0.0/16" in text
    assert "3 of 512 in use, a /23 each with 509 pod addresses" in text
    for subnet in shown.list(kinds.HOSTSUBNET):
        assert subnet.subnet in text
    for pod in shown.list(kinds.POD):
        assert f'aria-label="{pod.status.pod_ip} demo/{pod.metadata.name} Running"' in source(
            response
        )


def test_the_network_page_counts_addresses_in_use(cluster: Client, developer: Browser) -> None:
    def facts() -> dict[str, int]:
        found: dict[str, int] = developer.get("/network").context["network"]
        return {name: found[name] for name in ("nodes", "addresses", "services")}

    assert facts() == {"nodes": 3, "addresses": 4, "services": 4}
    developer.post(f"/k8s/ns/demo/deploymentconfigs/{BLUE}/~scale", {"replicas": "4"})
    cluster.advance(KUBEADMIN, 60)
    assert facts() == {"nodes": 3, "addresses": 6, "services": 4}
