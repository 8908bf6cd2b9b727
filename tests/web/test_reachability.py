"""NetNamespaces and the matrix: join, isolate and make global, and what that does to who reaches whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.test import Client as Browser

from cluster.engine.assembly import build_engine
from cluster.engine.commands import Create
from cluster.engine.config import COURSE
from cluster.engine.network.plugins.facts import OVS_MULTITENANT
from cluster.objects import kinds
from cluster.objects.meta import ObjectMeta
from cluster.objects.namespace import Project
from cluster.runtime import running as slot
from cluster.runtime.client import Client
from cluster.scenarios import first_boot
from tests.builders import a_config
from tests.running_cluster import DEVELOPER, KUBEADMIN, SETTLED, running
from tests.web.reading import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenants(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The demo under ovs-multitenant, and a project `shop` with one pod."""
    engine = build_engine(a_config(profile=replace(COURSE, plugin_name=OVS_MULTITENANT)))
    first_boot(engine)
    engine.execute([Create(Project(metadata=ObjectMeta(name="shop")))], DEVELOPER)
    pod = engine.store.list(kinds.POD.cls, "demo")[0]
    metadata = ObjectMeta(name="till", namespace="shop", labels={"app": "till"})
    engine.execute([Create(kinds.POD.cls(metadata=metadata, spec=pod.spec))], DEVELOPER)
    with running(engine) as client:
        client.advance(KUBEADMIN, SETTLED)
        monkeypatch.setattr(slot, "current", lambda: client)
        yield client


def netids(client: Client) -> dict[str, int]:
    return {each.netname: each.netid for each in client.list(kinds.NETNAMESPACE)}


def words(browser: Browser, level: str = "projects") -> dict[tuple[str, str], str]:
    context = browser.get(f"/reachability?level={level}").context
    columns, rows = context["columns"], context["rows"]
    return {
        (row["label"], column): cell["word"]
        for row in rows
        for column, cell in zip(columns, row["cells"], strict=True)
    }


def test_projects_are_apart_until_they_join(tenants: Client, kubeadmin: Browser) -> None:
    assert words(kubeadmin)["demo", "shop"] == "none"
    joined = kubeadmin.post("/network/netnamespaces/shop/join", {"other": "demo"})
    assert joined.status_code == 204
    tenants.advance(KUBEADMIN, 1)
    assert netids(tenants)["shop"] == netids(tenants)["demo"] != 0
    assert words(kubeadmin)["demo", "shop"] == "all"
    kubeadmin.post("/network/netnamespaces/shop/change?change=isolate")
    tenants.advance(KUBEADMIN, 1)
    assert words(kubeadmin)["shop", "demo"] == "none"
    kubeadmin.post("/network/netnamespaces/shop/change?change=global")
    tenants.advance(KUBEADMIN, 1)
    assert netids(tenants)["shop"] == 0
    assert words(kubeadmin)["shop", "demo"] == "all"


def test_the_page_of_a_project_names_who_shares_its_network(
    tenants: Client, kubeadmin: Browser
) -> None:
    kubeadmin.post("/network/netnamespaces/shop/join", {"other": "demo"})
    tenants.advance(KUBEADMIN, 1)
    page = text_of(kubeadmin.get("/k8s/cluster/netnamespaces/shop"))
    assert str(netids(tenants)["demo"]) in page
    listed = kubeadmin.get("/k8s/cluster/netnamespaces").content.decode()
    assert "/k8s/cluster/netnamespaces/demo" in listed


def test_the_dialog_keeps_what_was_chosen_and_says_what_is_wrong(
    tenants: Client, kubeadmin: Browser
) -> None:
    refused = kubeadmin.post("/network/netnamespaces/shop/join", {"other": "nowhere"})
    assert refused.status_code == 422
    assert 'netid not found for namespace "nowhere"' in text_of(refused)


def test_only_cluster_admins_change_networks(tenants: Client, developer: Browser) -> None:
    before = netids(tenants)
    for path in ("shop/join", "shop/change?change=global", "shop/multicast?on=1"):
        assert (
            developer.post(f"/network/netnamespaces/{path}", {"other": "demo"}).status_code == 403
        )
    assert netids(tenants) == before
    assert developer.get("/k8s/cluster/netnamespaces/shop").status_code == 200


def test_multicast_is_an_annotation(tenants: Client, kubeadmin: Browser) -> None:
    assert kubeadmin.post("/network/netnamespaces/demo/multicast?on=1").status_code == 204
    assert "Disable multicast" in text_of(kubeadmin.get("/k8s/cluster/netnamespaces/demo/~menu"))
    kubeadmin.post("/network/netnamespaces/demo/multicast?on=")
    assert "Enable multicast" in text_of(kubeadmin.get("/k8s/cluster/netnamespaces/demo/~menu"))


def test_the_matrix_has_three_levels_of_detail(tenants: Client, developer: Browser) -> None:
    workloads = words(developer, "workloads")
    assert workloads["demo/simple-webapp-docker", "shop/till"] == "none"
    pods = words(developer, "pods")
    assert len(pods) == 25
    assert pods["shop/till", "shop/till"] == "-"


def test_others_see_their_own_projects_alone(tenants: Client, outsider: Browser) -> None:
    assert "No pods with an address" in text_of(outsider.get("/reachability"))
    asked = outsider.get("/reachability?project=demo")
    assert "simple-webapp" not in asked.content.decode()


def test_a_port_that_is_none_is_named(shown: Client, developer: Browser) -> None:
    assert "'eighty' is not a number from 1 to 65535" in text_of(
        developer.get("/reachability?port=eighty")
    )


def test_egress_ips_are_edited_as_yaml_by_cluster_admins(
    tenants: Client, kubeadmin: Browser, developer: Browser
) -> None:
    page = kubeadmin.get("/k8s/all-namespaces/import?edit=netnamespaces/shop")
    assert f"netid: {netids(tenants)['shop']}" in page.content.decode()
    assert developer.get("/k8s/all-namespaces/import?edit=netnamespaces/shop").status_code == 403
    menu = text_of(kubeadmin.get("/k8s/cluster/netnamespaces/shop/~menu"))
    assert "Edit YAML" in menu
