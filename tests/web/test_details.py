"""Pages of objects: every tab of every kind answers, and says what the cluster holds."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from django.test import Client as Browser

from cluster.engine.commands import Create
from cluster.objects import kinds
from cluster.objects.kind import Kind, Object
from cluster.objects.meta import ObjectMeta
from cluster.objects.service import Service, ServicePort, ServiceSpec
from cluster.runtime.client import Client
from console import kinds as views
from console.urls_for import action_url, name_url, url_of
from tests.running_cluster import DEVELOPER
from tests.web.reading import column, links_of, main_of, source, term, text_of

pytestmark = pytest.mark.django_db

BLUE, GREEN = "simple-webapp-docker", "simple-webapp-docker-green"
TABS = [(kind, tab.slug) for kind in kinds.KINDS for tab in views.of(kind).tabs]


def an_object(client: Client, kind: Kind) -> Object:
    """Some object of a kind that the developer may see."""
    if kind in (kinds.PROJECT, kinds.NAMESPACE):
        return client.get(kind, "", "demo")
    if kind is kinds.NETNAMESPACE:
        pytest.skip("ovs-subnet knows none; they have tests of their own")
    return client.list(kind, "demo" if kind.namespaced else None)[0]


@pytest.mark.parametrize(("kind", "tab"), TABS, ids=[f"{kind.plural}-{tab}" for kind, tab in TABS])
def test_every_tab_of_every_kind_answers(
    shown: Client, developer: Browser, kind: Kind, tab: str
) -> None:
    obj = an_object(shown, kind)
    response = developer.get(name_url(kind, obj.metadata.namespace, obj.metadata.name, tab))
    assert response.status_code == 200
    assert obj.metadata.name in text_of(response)
    labels = [each.label for each in views.of(kind).tabs]
    assert [label for label in labels if label in text_of(response)] == labels


@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.plural)
def test_the_yaml_tab_shows_the_object_whole(shown: Client, developer: Browser, kind: Kind) -> None:
    obj = an_object(shown, kind)
    text = developer.get(url_of(obj, "yaml")).context["yaml"]
    document: dict[str, Any] = yaml.safe_load(text)
    assert (document["kind"], document["apiVersion"]) == (kind.name, kind.api_version)
    assert document["metadata"]["name"] == obj.metadata.name
    assert document["metadata"]["uid"] == obj.metadata.uid
    assert document["metadata"]["resourceVersion"] == str(obj.metadata.resource_version)


@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.plural)
def test_the_yaml_can_be_downloaded(shown: Client, developer: Browser, kind: Kind) -> None:
    obj = an_object(shown, kind)
    response = developer.get(action_url(obj, "download"))
    assert response.status_code == 200
    assert response["Content-Type"] == "application/yaml"
    name = f"{kind.singular}-{obj.metadata.name}.yaml"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert yaml.safe_load(response.content)["metadata"]["name"] == obj.metadata.name


@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.plural)
def test_the_menu_of_a_row_is_the_menu_of_the_page(
    shown: Client, developer: Browser, kind: Kind
) -> None:
    obj = an_object(shown, kind)
    menu = developer.get(action_url(obj, "menu"))
    assert menu.status_code == 200
    assert "View YAML" in text_of(menu)
    page = developer.get(url_of(obj, "yaml"))
    labels = [each["label"] for each in page.context["actions"] if "label" in each]
    assert [label for label in labels if label in text_of(menu)] == labels


def test_what_only_the_cluster_makes_cannot_be_deleted_from_a_menu(
    shown: Client, developer: Browser
) -> None:
    for kind in (kinds.ENDPOINTS, kinds.HOSTSUBNET, kinds.EVENT):
        menu = developer.get(action_url(an_object(shown, kind), "menu"))
        assert "Delete" not in text_of(menu)


# --- the facts -------------------------------------------------------------------------------------


def a_pod_of(client: Client, name: str) -> Any:
    return client.pods_matching("demo", {"deploymentconfig": name})[0]


def test_a_pods_page_says_where_it_runs_and_who_sends_it_traffic(
    shown: Client, developer: Browser
) -> None:
    pod = a_pod_of(shown, BLUE)
    page = developer.get(url_of(pod))
    assert term(page, "Status") == "Running"
    assert term(page, "Pod IP") == pod.status.pod_ip
    assert term(page, "Host IP") == pod.status.host_ip
    assert term(page, "Node") == pod.node_name
    assert term(page, "Receiving traffic") == f"{BLUE} web"
    assert name_url(kinds.NODE, "", pod.node_name) in links_of(main_of(page))
    assert "APP_COLOR=blue" in text_of(page)
    assert "mmumshad/simple-webapp-docker:v1" in text_of(page)


def test_the_events_of_a_pod_tell_its_start(shown: Client, developer: Browser) -> None:
    text = text_of(developer.get(url_of(a_pod_of(shown, BLUE), "events")))
    for reason in ("Scheduled", "Pulling", "Pulled", "Created", "Started"):
        assert reason in text


def test_a_services_page_lists_its_endpoints_and_the_routes_to_it(
    shown: Client, developer: Browser
) -> None:
    service = shown.get(kinds.SERVICE, "demo", GREEN)
    page = developer.get(url_of(service))
    text = text_of(page)
    assert service.spec.cluster_ip in text
    assert f"{GREEN}.demo.svc.cluster.local" in text
    for pod in shown.pods_matching("demo", {"deploymentconfig": GREEN}):
        assert pod.status.pod_ip in text
        assert url_of(pod) in links_of(main_of(page))
    assert url_of(shown.get(kinds.ROUTE, "demo", "web")) in links_of(main_of(page))


def test_a_services_page_says_what_its_type_gives(shown: Client, developer: Browser) -> None:
    ports = (ServicePort(name="http", port=80, target_port=8080),)
    for name, spec in {
        "outward": ServiceSpec(type="LoadBalancer", ports=ports, session_affinity="ClientIP"),
        "elsewhere": ServiceSpec(type="ExternalName", external_name="db.example.com"),
    }.items():
        metadata = ObjectMeta(name=name, namespace="demo")
        shown.execute([Create(Service(metadata=metadata, spec=spec))], DEVELOPER)
    outward = text_of(developer.get(name_url(kinds.SERVICE, "demo", "outward")))
    held = shown.get(kinds.SERVICE, "demo", "outward")
    assert f"8080 {held.spec.ports[0].node_port}" in outward
    assert "External traffic policy Cluster" in outward
    assert "ClientIP for 10800 s" in outward
    elsewhere = text_of(developer.get(name_url(kinds.SERVICE, "demo", "elsewhere")))
    assert "db.example.com" in elsewhere
    listed = text_of(developer.get("/k8s/ns/demo/services"))
    assert "elsewhere External name" in listed


def test_a_deploymentconfigs_page_shows_its_ring_and_its_running_version(
    shown: Client, developer: Browser
) -> None:
    config = shown.get(kinds.DEPLOYMENTCONFIG, "demo", BLUE)
    page = developer.get(url_of(config))
    controller = shown.get(kinds.REPLICATIONCONTROLLER, "demo", f"{BLUE}-1")
    assert url_of(controller) in links_of(main_of(page))
    assert "Pod status: 2 Running" in source(page)
    versions = developer.get(url_of(config, "replicationcontrollers"))
    assert f"{BLUE}-1" in text_of(versions)
    assert "Complete" in text_of(versions)
    pods = developer.get(url_of(config, "pods"))
    own = shown.pods_matching("demo", {"deploymentconfig": BLUE})
    assert sorted(column(pods, "IP address")) == sorted(pod.status.pod_ip for pod in own)


def test_a_replicationcontrollers_page_names_its_owner(shown: Client, developer: Browser) -> None:
    controller = shown.get(kinds.REPLICATIONCONTROLLER, "demo", f"{GREEN}-1")
    page = developer.get(url_of(controller))
    config = shown.get(kinds.DEPLOYMENTCONFIG, "demo", GREEN)
    assert url_of(config) in links_of(main_of(page))


def test_an_endpoints_page_lists_pods_with_address_and_node(
    shown: Client, developer: Browser
) -> None:
    page = developer.get(url_of(shown.get(kinds.ENDPOINTS, "demo", BLUE)))
    for pod in shown.pods_matching("demo", {"deploymentconfig": BLUE}):
        assert pod.status.pod_ip in text_of(page)
        assert url_of(pod) in links_of(main_of(page))


def test_a_nodes_page_shows_its_subnet_and_its_pods(shown: Client, developer: Browser) -> None:
    node = shown.get(kinds.NODE, "", "node-1")
    [subnet] = [each for each in shown.list(kinds.HOSTSUBNET) if each.host == "node-1"]
    assert subnet.subnet in text_of(developer.get(url_of(node)))
    pods = developer.get(url_of(node, "pods"))
    on = [pod.metadata.name for pod in shown.pods_on("node-1")]
    assert sorted(column(pods, "Name")) == sorted(on)


def test_a_hostsubnets_page_draws_the_map_of_its_addresses(
    shown: Client, developer: Browser
) -> None:
    subnet = shown.get(kinds.HOSTSUBNET, "", "node-1")
    markup = main_of(developer.get(url_of(subnet)))
    for pod in shown.pods_on("node-1"):
        label = f"{pod.status.pod_ip} demo/{pod.metadata.name} Running"
        assert f'aria-label="{label}"' in markup
    assert "gateway (tun0)" in markup


def test_the_page_of_visitors_leads_to_their_route(shown: Client, developer: Browser) -> None:
    page = developer.get(url_of(shown.get(kinds.VISITORS, "demo", "visitors")))
    assert name_url(kinds.ROUTE, "demo", "web") in links_of(main_of(page))
    assert "Running" in text_of(page)


def test_a_projects_page_is_its_overview_and_its_details_list_the_members(
    shown: Client, developer: Browser
) -> None:
    response = developer.get("/k8s/cluster/projects/demo")
    assert (response.status_code, response["Location"]) == (302, "/overview/ns/demo")
    details = text_of(developer.get("/k8s/cluster/projects/demo/details"))
    assert "developer" in details
    assert "viewer" in details


def test_a_viewer_is_offered_no_change(shown: Client, viewer: Browser, developer: Browser) -> None:
    for kind in (kinds.DEPLOYMENTCONFIG, kinds.REPLICATIONCONTROLLER, kinds.ROUTE):
        obj = an_object(shown, kind)
        for browser, offered in ((developer, True), (viewer, False)):
            actions = browser.get(url_of(obj)).context["actions"]
            changes = [a for a in actions if a.get("label", "").startswith(("Edit", "Delete"))]
            assert changes
            assert all(bool(each.get("disabled")) != offered for each in changes)


def test_a_viewer_sees_the_ring_without_arrows(
    shown: Client, viewer: Browser, developer: Browser
) -> None:
    url = url_of(shown.get(kinds.DEPLOYMENTCONFIG, "demo", BLUE))
    arrows = f'data-scale-url="{url}/~scale"'
    assert arrows in source(developer.get(url))
    assert arrows not in source(viewer.get(url))


@pytest.mark.parametrize(
    "path",
    ["/network", "/k8s/cluster/nodes/node-1/pods", "/k8s/cluster/hostsubnets/node-1"],
)
def test_pods_on_a_node_are_named_to_members_of_their_project_only(
    developer: Browser, outsider: Browser, shown: Client, path: str
) -> None:
    names = [pod.metadata.name for pod in shown.pods_on("node-1")]
    assert names
    member, stranger = text_of(developer.get(path)), text_of(outsider.get(path))
    assert all(name in member for name in names)
    assert not any(name in stranger for name in names)
    assert "more pods of other projects" in stranger
