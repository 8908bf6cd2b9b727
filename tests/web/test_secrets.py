"""Secrets in the console: hidden until asked for, and only for those who may read them."""

from __future__ import annotations

import base64
import html

import pytest
from django.test import Client as Browser

from cluster.engine.access import Actor
from cluster.objects import kinds
from cluster.objects.meta import ObjectMeta
from cluster.objects.secret import Secret
from cluster.runtime.client import Client
from cluster.runtime.commands import Create
from console.live import registered, topics
from tests.running_cluster import KUBEADMIN
from tests.web.reading import source

pytestmark = pytest.mark.django_db

WORD, LIST = "/k8s/ns/demo/secrets/password", "/k8s/ns/demo/secrets"
HTMX = {"HTTP_HX_REQUEST": "true"}


def create(cluster: Client, name: str, data: dict[str, bytes], type_: str = "") -> None:
    encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
    secret = Secret(metadata=ObjectMeta(name=name, namespace="demo"), type=type_, data=encoded)
    cluster.execute([Create(secret)], KUBEADMIN)


def test_the_list_shows_type_and_size_and_no_value(shown: Client, developer: Browser) -> None:
    page = source(developer.get(LIST))
    assert "password" in page and ">Opaque</td>" in page and ">1</td>" in page
    assert "sesame" not in page and "c2VzYW1l" not in page
    assert "Create Secret" in page


def test_values_are_not_in_the_page_until_they_are_asked_for(
    shown: Client, developer: Browser
) -> None:
    page = source(developer.get(WORD))
    assert "Reveal values" in page and "•••••" in page
    assert "sesame" not in page and "c2VzYW1l" not in page
    answer = developer.get(f"{WORD}/~values?reveal=1", **HTMX)
    assert "sesame" in source(answer) and "Hide values" in source(answer)
    assert 'data-copy-from="secret-value-1"' in source(answer)
    assert "no-store" in answer["Cache-Control"]
    assert "sesame" not in source(developer.get(f"{WORD}/~values", **HTMX))


def test_the_yaml_has_them_in_base64(shown: Client, developer: Browser) -> None:
    assert "word: c2VzYW1l" in source(developer.get(f"{WORD}/yaml"))


def test_bytes_that_are_no_text_are_shown_in_base64(cluster: Client, developer: Browser) -> None:
    create(cluster, "mixed", {"key": b"\x00\xff", "empty": b"", "tab": b"a\tb"})
    page = source(developer.get("/k8s/ns/demo/secrets/mixed/~values?reveal=1", **HTMX))
    assert "AP8=" in page and "These bytes are no text" in page
    assert "No value" in page and "a\tb" in page


@pytest.mark.parametrize("where", [LIST, WORD, f"{WORD}/yaml", f"{WORD}/~values?reveal=1"])
def test_who_may_only_look_at_the_project_does_not_see_secrets(
    shown: Client, viewer: Browser, where: str
) -> None:
    answer = viewer.get(where)
    assert answer.status_code == 403
    assert "sesame" not in source(answer) and "c2VzYW1l" not in source(answer)


def test_lists_over_all_projects_leave_them_out_for_viewers(
    shown: Client, viewer: Browser, developer: Browser
) -> None:
    address = "/k8s/all-namespaces/secrets"
    assert "/secrets/password" in source(developer.get(address))
    assert "/secrets/password" not in source(viewer.get(address))


@pytest.mark.parametrize(
    "topic",
    ["tab:secrets:demo/password:details", "header:secrets:demo/password", "table:secrets?ns=demo"],
)
def test_live_topics_are_closed_to_viewers(shown: Client, topic: str) -> None:
    registered.load()
    found = topics.make(topic)
    assert found is not None
    assert found.allowed(shown, Actor("developer"))
    assert not found.allowed(shown, Actor("viewer"))


def test_a_viewer_learns_nothing_by_importing_over_a_secret(shown: Client, viewer: Browser) -> None:
    manifest = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: password\ndata:\n  word: eA==\n"
    answer = viewer.post("/k8s/ns/demo/import", {"text": manifest, "action": "review"}, **HTMX)
    assert 'cannot update resource "secrets"' in html.unescape(source(answer))
    assert "c2VzYW1l" not in source(answer)


def test_the_routes_that_use_a_certificate_are_linked(cluster: Client, developer: Browser) -> None:
    assert "No route names it" in source(developer.get(WORD))
    assert not cluster.may(Actor("viewer"), "get", kinds.SECRET, "demo")
