"""Lists: every kind has one, with the facts that it promises, filtered, sorted and paged in the URL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.http import QueryDict
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from cluster.objects import kinds
from cluster.objects.kind import Kind
from cluster.runtime import running as slot
from cluster.runtime.client import Client
from console import kinds as views
from console.kinds.query import read, select
from console.urls_for import list_url
from tests.running_cluster import KUBEADMIN, crowd_engine, running
from tests.web.conftest import SignIn
from tests.web.reading import (
    column,
    headers_of,
    links_of,
    main_of,
    row_named,
    rows_of,
    text_of,
)

pytestmark = pytest.mark.django_db

NAMESPACED = [kind for kind in kinds.KINDS if kind.namespaced]
CLUSTER_WIDE = [kind for kind in kinds.KINDS if not kind.namespaced]
PODS = "/k8s/ns/demo/pods"
BLUE, GREEN = "simple-webapp-docker", "simple-webapp-docker-green"


@pytest.fixture(scope="module")
def _crowd() -> Iterator[Client]:
    with running(crowd_engine(1_000)) as client:
        yield client


@pytest.fixture
def crowd(_crowd: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A thousand pods `web-00000` … of which the later ones have the lower addresses."""
    monkeypatch.setattr(slot, "current", lambda: _crowd)
    return _crowd


@pytest.mark.parametrize("kind", NAMESPACED, ids=lambda kind: kind.plural)
def test_a_member_sees_every_object_of_a_kind_in_the_project(
    shown: Client, developer: Browser, kind: Kind
) -> None:
    response = developer.get(list_url(kind, "demo"))
    assert response.status_code == 200
    found = shown.list(kind, "demo")
    assert found
    assert len(rows_of(response)) == len(found)
    assert f"1 - {len(found)} of {len(found)}" in text_of(response)
    if kind is not kinds.EVENT:
        assert sorted(column(response, "Name")) == sorted(each.metadata.name for each in found)


@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.plural)
def test_the_heading_of_a_list_is_the_kind_and_every_row_has_a_cell_for_each_column(
    shown: Client, kubeadmin: Browser, kind: Kind
) -> None:
    response = kubeadmin.get(list_url(kind))
    assert f'<h1 class="sl-title">{kind.title}</h1>' in main_of(response)
    for row in rows_of(response):
        assert list(row) == headers_of(response)


@pytest.mark.parametrize("kind", CLUSTER_WIDE, ids=lambda kind: kind.plural)
def test_the_cluster_admin_sees_every_object_of_the_cluster(
    shown: Client, kubeadmin: Browser, kind: Kind
) -> None:
    response = kubeadmin.get(list_url(kind))
    assert response.status_code == 200
    names = sorted(each.metadata.name for each in shown.list(kind))
    assert sorted(column(response, "Name")) == names


@pytest.mark.parametrize("kind", [kinds.NODE, kinds.HOSTSUBNET, kinds.CLUSTERNETWORK])
def test_everybody_may_look_at_nodes_and_their_network(
    shown: Client, outsider: Browser, kind: Kind
) -> None:
    assert rows_of(outsider.get(list_url(kind)))


# --- the facts -------------------------------------------------------------------------------------


def test_the_pods_list_shows_what_oc_get_pods_o_wide_shows(
    shown: Client, developer: Browser
) -> None:
    response = developer.get(PODS)
    for pod in shown.list(kinds.POD, "demo"):
        row = row_named(response, pod.metadata.name)
        assert row["Status"] == "Running"
        assert row["Ready"] == "1/1"
        assert row["Restarts"] == "0"
        assert row["IP address"] == pod.status.pod_ip
        assert row["Node"] == pod.node_name
        assert row["Owner"] == pod.metadata.controller().name
        assert row["Created"].endswith("s") or row["Created"].endswith("m")


def test_the_services_list_shows_cluster_ip_ports_and_health(
    shown: Client, developer: Browser
) -> None:
    service = shown.get(kinds.SERVICE, "demo", BLUE)
    row = row_named(developer.get("/k8s/ns/demo/services"), BLUE)
    assert row["Cluster IP"] == service.spec.cluster_ip
    assert "8080/TCP" in row["Ports"]
    assert "Healthy" in row["Health"]
    assert "2" in row["Health"]


def test_the_routes_list_shows_host_services_with_shares_and_measured_requests(
    shown: Client, developer: Browser
) -> None:
    row = row_named(developer.get("/k8s/ns/demo/routes"), "web")
    assert row["Status"] == "Accepted"
    assert "web-demo.apps.localhost" in row["Location"]
    assert BLUE in row["Services"]
    assert "80 %" in row["Services"]
    assert GREEN in row["Services"]
    assert "20 %" in row["Services"]
    rate = float(row["Requests/s"].split()[0])
    assert 25 < rate < 65  # 45 are sent in all


def test_the_deploymentconfigs_list_counts_ready_pods(shown: Client, developer: Browser) -> None:
    row = row_named(developer.get("/k8s/ns/demo/deploymentconfigs"), GREEN)
    assert "2 of 2 pods" in row["Status"]
    assert row["Latest version"] == "1"


def test_the_nodes_list_shows_role_address_subnet_and_pods(
    shown: Client, developer: Browser
) -> None:
    subnets = {each.host: each.subnet for each in shown.list(kinds.HOSTSUBNET)}
    response = developer.get("/k8s/cluster/nodes")
    for node, role, pods in (("master", "master", 0), ("node-1", "worker", 2)):
        row = row_named(response, node)
        assert row["Status"] == "Ready"
        assert row["Roles"] == role
        assert row["Pod subnet"] == subnets[node]
        assert row["Pods"] == f"{pods} / 250"


def test_the_endpoints_list_shows_addresses_with_ports(shown: Client, developer: Browser) -> None:
    row = row_named(developer.get("/k8s/ns/demo/endpoints"), BLUE)
    pods = shown.pods_matching("demo", {"deploymentconfig": BLUE})
    assert sorted(row["Endpoints"].split(",")) == sorted(f"{p.status.pod_ip}:8080" for p in pods)


def test_the_events_list_begins_with_the_newest(shown: Client, developer: Browser) -> None:
    response = developer.get("/k8s/ns/demo/events?size=100")
    newest = max(shown.list(kinds.EVENT, "demo"), key=lambda each: each.last_timestamp)
    assert column(response, "Message")[0].startswith(newest.message)
    assert {"Scheduled", "Started", "SuccessfulCreate"} <= set(column(response, "Reason"))


def test_an_empty_list_says_so_and_offers_to_create(cluster: Client, developer: Browser) -> None:
    developer.post("/projects/~new", {"name": "empty"})
    text = text_of(developer.get("/k8s/ns/empty/services"))
    assert "No Services found" in text
    assert "Create Service" in text


# --- whose objects ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", NAMESPACED, ids=lambda kind: kind.plural)
def test_a_list_over_all_projects_shows_only_ones_own(
    shown: Client, developer: Browser, outsider: Browser, kubeadmin: Browser, kind: Kind
) -> None:
    url = f"{list_url(kind)}?size=100"
    assert set(column(developer.get(url), "Namespace")) == {"demo"}
    assert rows_of(outsider.get(url)) == []
    everywhere = {each.metadata.namespace for each in shown.list(kind)}
    assert set(column(kubeadmin.get(url), "Namespace")) == everywhere


def test_the_projects_list_shows_only_ones_own(
    shown: Client, developer: Browser, outsider: Browser, kubeadmin: Browser
) -> None:
    url = "/k8s/cluster/projects"
    assert column(developer.get(url), "Name") == ["demo"]
    assert rows_of(outsider.get(url)) == []
    assert {"demo", "secret", "default", "openshift-sdn"} <= set(column(kubeadmin.get(url), "Name"))


def test_a_list_of_one_project_has_no_namespace_column(shown: Client, developer: Browser) -> None:
    assert "Namespace" not in headers_of(developer.get(PODS))
    assert "Namespace" in headers_of(developer.get("/k8s/all-namespaces/pods"))


def test_a_viewer_is_offered_nothing_to_create(
    shown: Client, viewer: Browser, developer: Browser
) -> None:
    url = "/k8s/ns/demo/services"
    assert "Create Service" in text_of(developer.get(url))
    assert "Create Service" not in text_of(viewer.get(url))


# --- filters ---------------------------------------------------------------------------------------


def test_the_search_finds_parts_of_names(shown: Client, developer: Browser) -> None:
    response = developer.get(PODS, {"name": "green"})
    assert len(rows_of(response)) == 2
    assert all("green" in name for name in column(response, "Name"))
    assert "Name: green" in text_of(response)


def test_the_status_filter_keeps_the_chosen_words(crowd: Client, developer: Browser) -> None:
    assert "of 1000" in text_of(developer.get(PODS, {"status": "Running"}))
    nothing = developer.get(PODS, {"status": "CrashLoopBackOff"})
    assert rows_of(nothing) == []
    assert "No results found" in text_of(nothing)
    both = developer.get(PODS, {"status": ["CrashLoopBackOff", "Running"]})
    assert "of 1000" in text_of(both)


def test_a_filter_word_that_does_not_exist_is_left_out(crowd: Client, developer: Browser) -> None:
    assert "of 1000" in text_of(developer.get(PODS, {"status": "Dancing"}))


def test_the_label_filter_asks_for_name_and_value(shown: Client, developer: Browser) -> None:
    wanted = f"deploymentconfig={GREEN}"
    response = developer.get(PODS, {"label": wanted})
    assert len(rows_of(response)) == 2
    assert f"Label: {wanted}" in text_of(response)
    both = developer.get(PODS, {"label": [wanted, "app=other"]})
    assert rows_of(both) == []


def test_the_role_filter_of_nodes(shown: Client, developer: Browser) -> None:
    response = developer.get("/k8s/cluster/nodes", {"role": "master"})
    assert column(response, "Name") == ["master"]


def test_removing_a_chip_keeps_the_other_filters(shown: Client, developer: Browser) -> None:
    page = developer.get(PODS, {"name": "green", "status": "Running", "page": "1"})
    links = links_of(main_of(page))
    assert f"{PODS}?status=Running" in links
    assert f"{PODS}?name=green" in links


def test_a_search_is_text_and_never_markup(shown: Client, developer: Browser) -> None:
    response = developer.get(PODS, {"name": '"><script>alert(1)</script>'})
    assert response.status_code == 200
    assert "<script>alert(1)" not in response.content.decode()


# --- order -----------------------------------------------------------------------------------------


def test_addresses_are_sorted_as_numbers_in_both_directions(
    crowd: Client, developer: Browser
) -> None:
    def as_number(address: str) -> list[int]:
        return [int(part) for part in address.split(".")]

    up = column(developer.get(PODS, {"sort": "ip-address"}), "IP address")
    assert up == sorted(up, key=as_number)
    assert up != sorted(up)
    down = column(developer.get(PODS, {"sort": "-ip-address"}), "IP address")
    assert down == sorted(down, key=as_number, reverse=True)
    assert (up[0], down[0]) == ("10.128.0.1", "10.128.4.0")


@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.plural)
def test_every_column_that_sorts_sorts_both_ways(shown: Client, kind: Kind) -> None:
    view = views.of(kind)

    def sorted_by(slug: str) -> list[str]:
        query = read(view, "", QueryDict(f"sort={slug}&size=100"))
        found = select(view, query, shown, KUBEADMIN).objects
        return [each.metadata.uid for each in found]

    for each in (each for each in view.columns if each.by):
        assert sorted_by(each.slug) == list(reversed(sorted_by(f"-{each.slug}"))), each.label


def test_the_heading_that_sorts_turns_the_order_around(shown: Client, developer: Browser) -> None:
    response = developer.get(PODS, {"sort": "node"})
    assert f"{PODS}?sort=-node" in links_of(main_of(response))
    assert 'aria-sort="ascending"' in main_of(response)
    assert 'aria-sort="descending"' in main_of(developer.get(PODS, {"sort": "-node"}))


@pytest.mark.parametrize("sort", ["nonsense", "-nonsense", "labels", "-", "name,node"])
def test_an_unknown_order_is_the_usual_one(shown: Client, developer: Browser, sort: str) -> None:
    usual = column(developer.get(PODS), "Name")
    assert column(developer.get(PODS, {"sort": sort}), "Name") == usual == sorted(usual)


# --- pages -----------------------------------------------------------------------------------------


def test_a_page_holds_fifty_rows_or_as_many_as_asked(crowd: Client, developer: Browser) -> None:
    assert len(rows_of(developer.get(PODS))) == 50
    for size in (20, 100):
        assert len(rows_of(developer.get(PODS, {"size": str(size)}))) == size
    for nonsense in ("7", "-20", "x", "1000000000000", ""):
        assert len(rows_of(developer.get(PODS, {"size": nonsense}))) == 50


def test_pages_follow_one_another(crowd: Client, developer: Browser) -> None:
    second = developer.get(PODS, {"page": "2"})
    assert column(second, "Name")[0] == "web-00050"
    assert "51 - 100 of 1000" in text_of(second)
    links = links_of(main_of(second))
    assert PODS in links
    assert f"{PODS}?page=3" in links
    assert f"{PODS}?page=20" in links


def test_a_page_beyond_the_end_is_the_last_one(crowd: Client, developer: Browser) -> None:
    response = developer.get(PODS, {"page": "999"})
    assert response.status_code == 200
    assert "951 - 1000 of 1000" in text_of(response)
    assert column(response, "Name")[-1] == "web-00999"


@pytest.mark.parametrize("page", ["0", "-3", "x", "1.5", "²", "99999999999"])
def test_a_page_that_makes_no_sense_does_no_harm(
    crowd: Client, developer: Browser, page: str
) -> None:
    response = developer.get(PODS, {"page": page})
    assert response.status_code == 200
    assert len(rows_of(response)) == 50


def test_another_page_size_begins_at_the_first_page(crowd: Client, developer: Browser) -> None:
    links = links_of(main_of(developer.get(PODS, {"page": "7", "sort": "node"})))
    assert f"{PODS}?sort=node&size=20" in links


def test_the_live_topic_names_the_page_that_is_shown(crowd: Client, developer: Browser) -> None:
    first = developer.get(PODS, {"page": "2", "sort": "-node"}).context["topic"]
    assert first == "table:pods?ns=demo&sort=-node&page=2"
    own = developer.get("/k8s/all-namespaces/pods").context["topic"]
    assert own == "table:pods?user=developer"


# --- cost ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pods", [10, 1_000])
def test_a_list_costs_no_query_beyond_session_and_user(
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    pods: int,
) -> None:
    with running(crowd_engine(pods)) as client:
        monkeypatch.setattr(slot, "current", lambda: client)
        developer = sign_in("developer")
        developer.get(PODS)
        with django_assert_max_num_queries(2):  # the session, the user
            assert developer.get(PODS).status_code == 200


def test_of_ten_thousand_pods_one_page_is_drawn(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    with running(crowd_engine(10_000)) as client:
        monkeypatch.setattr(slot, "current", lambda: client)
        monkeypatch.setattr(
            "console.kinds.pods.pod.restarts",
            lambda obj: drawn.append(obj.metadata.name),
        )
        response = sign_in("developer").get(PODS)
    assert "1 - 50 of 10000" in text_of(response)
    assert len(rows_of(response)) == len(drawn) == 50
