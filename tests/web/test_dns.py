"""The DNS explorer: who asks what, what is wrong by field, what comes of it, and why not."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client as Browser

from cluster.objects import kinds
from cluster.objects.pod import Pod
from cluster.runtime.client import Client
from tests.web.reading import links_of, main_of, source, text_of

pytestmark = pytest.mark.django_db

APP = "simple-webapp-docker"


def a_pod(cluster: Client) -> Pod:
    return min(cluster.list(kinds.POD, "demo"), key=lambda each: each.metadata.name)


def ask(browser: Browser, cluster: Client, name: str, type_: str = "A") -> Any:
    pod = f"demo/{a_pod(cluster).metadata.name}"
    return browser.get("/dns?" + urlencode({"pod": pod, "name": name, "type": type_}))


def test_the_name_of_a_service_resolves_to_its_cluster_ip(
    shown: Client, developer: Browser
) -> None:
    page = text_of(ask(developer, shown, APP))
    ip = shown.get(kinds.SERVICE, "demo", APP).spec.cluster_ip
    assert f"{APP} resolves to {ip}" in page
    assert "search demo.svc.cluster.local svc.cluster.local cluster.local" in page
    assert f"{APP}.demo.svc.cluster.local. A" in page
    assert "/skydns/" in page


def test_a_pods_name_does_not_and_the_proposals_lead_on(shown: Client, developer: Browser) -> None:
    page = ask(developer, shown, a_pod(shown).metadata.name)
    assert "names of pods do not resolve" in text_of(page)
    proposals = [link for link in links_of(main_of(page)) if link.startswith("?pod=")]
    assert proposals
    for each in proposals:
        assert "resolves to" in text_of(developer.get(f"/dns{each}"))


def test_an_address_stands_for_itself_and_its_name_can_be_asked(
    shown: Client, developer: Browser
) -> None:
    ip = shown.get(kinds.SERVICE, "demo", APP).spec.cluster_ip
    page = ask(developer, shown, ip)
    assert "is an address: nobody is asked" in text_of(page)
    [reverse] = [link for link in links_of(main_of(page)) if link.endswith("type=PTR")]
    assert f"{APP}.demo.svc.cluster.local" in text_of(developer.get(f"/dns{reverse}"))


def test_srv_records_name_target_and_port(shown: Client, developer: Browser) -> None:
    name = f"_8080-tcp._tcp.{APP}.demo.svc.cluster.local"
    assert "8080" in text_of(ask(developer, shown, name, "SRV"))


def test_a_link_with_a_name_asks_in_a_pod_of_its_project(shown: Client, developer: Browser) -> None:
    page = text_of(developer.get(f"/dns?name={APP}.demo.svc.cluster.local"))
    assert "resolves to 172.30." in page


def test_a_link_with_a_pod_begins_a_question(shown: Client, developer: Browser) -> None:
    name = a_pod(shown).metadata.name
    page = source(developer.get(f"/dns?pod=demo/{name}"))
    assert f'value="demo/{name}"' in page
    assert 'aria-invalid="true"' not in page
    assert "No question asked" in page


@pytest.mark.parametrize(
    ("pod", "said"),
    [
        ("", "Required."),
        ("web", "Write &lt;project&gt;/&lt;name&gt;."),
        ("demo/none", "pods &quot;none&quot; not found in demo."),
        ("secret/any", "This belongs to a project that you may not see."),
    ],
)
def test_what_is_wrong_stands_at_its_field(
    shown: Client, developer: Browser, pod: str, said: str
) -> None:
    page = source(developer.get("/dns?" + urlencode({"pod": pod, "name": ""})))
    for field in ("pod", "name"):
        start = page.index(f'id="dns-{field}"')
        assert 'aria-invalid="true"' in page[start : start + 500], field
    assert said in page
    assert "Question by question" not in page


def test_outsiders_find_no_pod_to_ask_in(shown: Client, outsider: Browser) -> None:
    assert "simple-webapp" not in source(outsider.get("/dns"))
    assert "<option" not in source(outsider.get("/dns/pods", {"pod": "simple"}))
    page = text_of(ask(outsider, shown, APP))
    assert "This belongs to a project that you may not see." in page
