"""The page Import YAML: review, repair, apply, results; nothing is written by accident."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from cluster.engine import access
from cluster.engine.access import Actor
from cluster.engine.commands import Command, Create
from cluster.engine.config import EngineConfig
from cluster.engine.engine import Engine
from cluster.engine.transaction import Outcome
from cluster.objects import kinds
from cluster.objects.deploymentconfig import DeploymentConfig
from cluster.objects.errors import NotFound
from cluster.objects.kind import Kind, Object
from cluster.objects.meta import ObjectMeta
from cluster.objects.namespace import Project, as_project
from cluster.objects.route import Route
from cluster.objects.service import Service
from cluster.runtime import running
from cluster.runtime.client import Client
from cluster.runtime.errors import Unavailable
from console.samples import SAMPLES
from tests.shared_data import shared_path

pytestmark = pytest.mark.django_db

DEVELOPER = Actor("developer")
SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
  - port: 8080
"""
ROUTE = """\
apiVersion: v1
kind: Route
metadata:
  name: web
spec:
  to:
    kind: Service
    name: web
"""
CONFIG = """\
apiVersion: v1
kind: DeploymentConfig
metadata:
  name: web
spec:
  replicas: 2
  selector:
    app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: web
        image: web:latest
"""


class EngineClient:
    """The part of the runtime's client that these pages need, straight on an engine."""

    version = 1

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.config = engine.config

    def plan(self, commands: Sequence[Command], actor: Actor) -> list[Outcome]:
        return self.engine.plan(commands, actor)

    def execute(self, commands: Sequence[Command], actor: Actor) -> list[Outcome]:
        return self.engine.execute(commands, actor)

    def may(self, actor: Actor, verb: str, kind: Kind, namespace: str) -> bool:
        return access.may(self.engine.store, actor, verb, kind, namespace)

    def get(self, kind: Kind, namespace: str, name: str) -> Object:
        found = self.engine.store.get(kind.cls, namespace, name)
        if found is None:
            raise NotFound(kind.resource, name)
        return found

    def projects(self, actor: Actor) -> list[Project]:
        namespaces = self.engine.store.list(kinds.NAMESPACE.cls)
        seen = [
            each for each in namespaces if self.may(actor, "get", kinds.PROJECT, each.metadata.name)
        ]
        return [as_project(each) for each in seen]

    def clock(self) -> Any:
        return SimpleNamespace(now=self.engine.now, running=False, speed=1.0)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    engine = Engine(EngineConfig(epoch=1_700_000_000), [])
    engine.execute([Create(Project(metadata=ObjectMeta(name="demo")))], DEVELOPER)
    engine.execute([Create(Project(metadata=ObjectMeta(name="secret")))], Actor("kubeadmin", True))
    client = EngineClient(engine)
    monkeypatch.setattr(running, "current", lambda: client)
    return engine


@pytest.fixture
def browser(engine: Engine) -> Browser:
    browser = Browser()
    browser.force_login(get_user_model().objects.create_user("developer"))
    return browser


URL = "/k8s/ns/demo/import"


def review(browser: Browser, text: str, url: str = URL) -> Any:
    return browser.post(url, {"text": text, "action": "review"})


def digest(response: Any) -> str:
    found = re.search(r'name="digest" value="([^"]+)"', response.content.decode())
    assert found is not None
    return found[1]


def apply(browser: Browser, text: str, url: str = URL) -> Any:
    name = digest(review(browser, text, url))
    return browser.post(url, {"text": text, "action": "apply", "digest": name})


def shown(response: Any) -> str:
    """What a reader sees: the page without tags."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def editor_text(response: Any) -> str:
    found = re.search(
        r'<textarea id="manifest"[^>]*>\n(.*?)</textarea>', response.content.decode(), re.S
    )
    assert found is not None
    return html.unescape(found[1])


def markers(response: Any) -> list[dict[str, Any]]:
    found = re.search(r'<script id="problems"[^>]*>(.*?)</script>', response.content.decode(), re.S)
    assert found is not None
    return json.loads(found[1])


def course_service() -> str:
    notes = shared_path("seed", "networks-services-routes-scaling.txt").read_text()
    return notes[notes.index("apiVersion: v1\nkind: Service") :].split("\n\n")[0]


def test_the_page_offers_an_editor_and_the_samples(browser: Browser) -> None:
    response = browser.get(URL)
    assert response.status_code == 200
    assert editor_text(response) == ""
    for sample in SAMPLES:
        assert sample.title in shown(response)


def test_the_damaged_course_service_is_marked_repaired_and_applied(
    browser: Browser, engine: Engine
) -> None:
    text = course_service()
    refused = review(browser, text)
    assert refused.status_code == 422
    assert [each["line"] for each in markers(refused)] == [3, 4, 5]
    assert editor_text(refused) == text
    assert 'add the line "metadata:" above it' in shown(refused)

    repaired = browser.post(URL, {"text": text, "action": "repair"})
    assert repaired.status_code == 200
    mended = editor_text(repaired)
    assert "metadata:\n  name: simple-webapp-docker" in mended
    assert engine.store.get(Service, "demo", "simple-webapp-docker") is None

    done = browser.post(URL, {"text": mended, "action": "apply", "digest": digest(repaired)})
    assert done.status_code == 302
    assert done.url == reverse("detail", args=["demo", "services", "simple-webapp-docker"])
    assert engine.store.get(Service, "demo", "simple-webapp-docker") is not None


def test_line_ends_of_a_form_are_taken_for_plain_ones(browser: Browser, engine: Engine) -> None:
    name = digest(review(browser, SERVICE))
    text = SERVICE.replace("\n", "\r\n")
    done = browser.post(URL, {"text": text, "action": "apply", "digest": name})
    assert done.status_code == 302
    assert engine.store.get(Service, "demo", "web") is not None


def test_several_documents_end_on_the_results_page(browser: Browser, engine: Engine) -> None:
    apply(browser, CONFIG)
    text = "---\n".join([SERVICE, CONFIG, ROUTE])
    done = apply(browser, text)
    assert done.status_code == 302
    page = browser.get(done.url)
    words = shown(page)
    assert "Resources successfully created" in words and "Import more YAML" in words
    assert words.count("Created") == 2 and words.count("Unchanged") == 1
    assert reverse("detail", args=["demo", "routes", "web"]) in page.content.decode()
    assert engine.store.get(Route, "demo", "web") is not None


def test_one_error_keeps_everything_from_being_written(browser: Browser, engine: Engine) -> None:
    text = "---\n".join([SERVICE, ROUTE.replace("kind: Service", "kind: Pod")])
    refused = browser.post(URL, {"text": text, "action": "apply", "digest": "x.y"})
    assert refused.status_code == 422
    assert "Nothing was applied" in shown(refused)
    assert [each["line"] for each in markers(refused)] == [17]
    assert 'data-editor-line="17"' in refused.content.decode()
    assert engine.store.get(Service, "demo", "web") is None
    assert 'value="apply"' not in refused.content.decode()
    assert editor_text(refused) == text


def test_the_plan_shows_what_each_document_would_do(browser: Browser) -> None:
    apply(browser, CONFIG)
    changed = CONFIG.replace("replicas: 2", "replicas: 5")
    response = review(browser, "---\n".join([SERVICE, ROUTE, changed]))
    assert response.status_code == 200
    words = shown(response)
    assert "2 to create, 1 to replace" in words
    assert "web-demo.apps.localhost" in words and "assigned on apply" in words
    body = response.content.decode()
    assert '<span class="sl-diff__del">-  replicas: 2</span>' in body
    assert '<span class="sl-diff__add">+  replicas: 5</span>' in body
    assert '<span class="sl-diff__hunk">@@ ' in body
    assert "resourceVersion" not in body


def test_a_change_by_others_after_the_review_shows_the_new_plan(
    browser: Browser, engine: Engine
) -> None:
    apply(browser, CONFIG)
    text = CONFIG.replace("replicas: 2", "replicas: 5")
    name = digest(review(browser, text))
    apply(browser, CONFIG.replace("replicas: 2", "replicas: 3"))
    refused = browser.post(URL, {"text": text, "action": "apply", "digest": name})
    assert refused.status_code == 422
    assert "The cluster has changed since the review" in shown(refused)
    assert engine.store.get(DeploymentConfig, "demo", "web").spec.replicas == 3
    again = browser.post(URL, {"text": text, "action": "apply", "digest": digest(refused)})
    assert again.status_code == 302
    assert engine.store.get(DeploymentConfig, "demo", "web").spec.replicas == 5


def test_a_text_changed_after_the_review_is_reviewed_again(
    browser: Browser, engine: Engine
) -> None:
    name = digest(review(browser, SERVICE))
    text = SERVICE.replace("8080", "9090")
    refused = browser.post(URL, {"text": text, "action": "apply", "digest": name})
    assert "The text has changed since it was reviewed" in shown(refused)
    assert engine.store.get(Service, "demo", "web") is None


def test_unknown_fields_are_warned_of_and_do_not_stand_in_the_way(browser: Browser) -> None:
    response = review(browser, SERVICE.replace("spec:\n", "spec:\n  colour: blue\n"))
    assert response.status_code == 200
    (marker,) = markers(response)
    assert marker == {
        "line": 6,
        "message": 'unknown field "spec.colour"',
        "hint": "",
        "severity": "warning",
    }
    assert 'value="apply"' in response.content.decode()


def test_names_and_values_are_escaped(browser: Browser) -> None:
    evil = "</textarea></script><img src=x onerror=alert(1)>"
    text = SERVICE.replace("name: web", f'name: "{evil}"')
    body = review(browser, text).content.decode()
    assert "<img src=x" not in body
    assert "&lt;img src=x" in body


def test_all_projects_asks_for_a_namespace_in_the_text(browser: Browser, engine: Engine) -> None:
    url = reverse("import-all")
    refused = review(browser, SERVICE, url)
    assert [each["message"] for each in markers(refused)] == [
        'No "metadata.namespace" field found in YAML.'
    ]
    named = SERVICE.replace("  name: web\n", "  name: web\n  namespace: demo\n", 1)
    assert apply(browser, named, url).status_code == 302
    assert engine.store.get(Service, "demo", "web") is not None


def test_projects_of_others_are_closed(browser: Browser) -> None:
    assert browser.get("/k8s/ns/secret/import").status_code == 403
    refused = review(browser, SERVICE, "/k8s/ns/secret/import")
    assert refused.status_code == 403
    text = SERVICE.replace("  name: web\n", "  name: web\n  namespace: secret\n", 1)
    (marker,) = markers(review(browser, text))
    assert marker["line"] == 5 and "services is forbidden" in marker["message"]


def test_files_join_the_text_and_bad_ones_are_named(browser: Browser, engine: Engine) -> None:
    files = [SimpleUploadedFile("route.yaml", ROUTE.encode())]
    joined = browser.post(URL, {"text": SERVICE, "action": "review", "files": files})
    assert joined.status_code == 200
    assert editor_text(joined) == f"{SERVICE}---\n{ROUTE}"
    files = [SimpleUploadedFile("latin.yaml", b"a: 1\nname: caf\xe9\n")]
    refused = browser.post(URL, {"text": SERVICE, "action": "review", "files": files})
    assert refused.status_code == 422
    assert "latin.yaml: invalid UTF-8: byte 0xe9" in shown(refused)
    assert editor_text(refused) == SERVICE


def test_a_text_beyond_the_limit_is_refused_and_kept(browser: Browser) -> None:
    text = "# " + "x" * (1 << 20) + "\n"
    refused = review(browser, text)
    assert refused.status_code == 422
    assert "at most 1048576 are read" in shown(refused)
    assert editor_text(refused) == text


def test_a_sample_replaces_the_text_and_can_be_taken_back(browser: Browser) -> None:
    response = browser.post(URL, {"text": SERVICE, "sample": "ab-route"})
    assert "alternateBackends" in editor_text(response)
    previous = re.search(
        r'<textarea name="previous"[^>]*>\n(.*?)</textarea>', response.content.decode(), re.S
    )
    assert previous is not None
    back = browser.post(
        URL, {"text": "x", "action": "restore", "previous": html.unescape(previous[1])}
    )
    assert editor_text(back) == SERVICE
    assert browser.get(f"{URL}?sample=nonsense").status_code == 404


@pytest.mark.parametrize("sample", [each for each in SAMPLES if each.slug != "damaged-service"])
def test_every_sample_can_be_applied(browser: Browser, sample: Any) -> None:
    if sample.kind == "EgressNetworkPolicy":  # cluster admins' own
        browser.force_login(get_user_model().objects.create_superuser("kubeadmin"))
    text = editor_text(browser.get(f"{URL}?sample={sample.slug}"))
    response = review(browser, text)
    assert response.status_code == 200
    assert markers(response) == []


def test_the_damaged_sample_can_be_repaired(browser: Browser) -> None:
    text = editor_text(browser.get(f"{URL}?sample=damaged-service"))
    assert "Use the repaired YAML" in shown(review(browser, text))


def test_the_import_is_told_as_an_oc_command(browser: Browser) -> None:
    words = html.unescape(review(browser, SERVICE + "# EOF\nEOF: x\n").content.decode())
    assert "oc apply -n demo -f - <<'EOF'" in words


@pytest.mark.parametrize(
    ("action", "method", "said"),
    [
        ("review", "plan", "Nothing was applied."),
        ("apply", "execute", "It is not known whether the import was saved"),
    ],
)
def test_a_cluster_that_does_not_answer_loses_no_text(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, action: str, method: str, said: str
) -> None:
    name = digest(review(browser, SERVICE))

    def silent(*_: Any) -> None:
        raise Unavailable("the cluster did not answer within 10 seconds")

    monkeypatch.setattr(running.current(), method, silent)
    response = browser.post(URL, {"text": SERVICE, "action": action, "digest": name})
    assert response.status_code == 503
    assert editor_text(response) == SERVICE
    assert "The cluster does not answer" in shown(response)
    assert said in shown(response)


OWN_ENDPOINTS = """\
apiVersion: v1
kind: Endpoints
metadata: {name: elsewhere}
subsets:
- addresses: [{ip: 192.0.2.10}]
  ports: [{port: 9376}]
"""


def test_endpoints_of_a_service_without_selector_are_written_by_cluster_admins(
    shown: Client, developer: Browser, kubeadmin: Browser
) -> None:
    review = {"action": "review", "text": OWN_ENDPOINTS}
    address = "/k8s/ns/demo/import"
    assert kubeadmin.post(address, review).status_code == 200
    refused = developer.post(address, review)
    assert refused.status_code == 422
    assert 'cannot create resource "endpoints"' in html.unescape(refused.content.decode())
