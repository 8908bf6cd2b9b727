"""Edit settings of the router: who may, what the form says before and after, errors, undo, commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client as Browser

from cluster.engine.assembly import build_engine
from cluster.engine.config import OPENSHIFT_4
from cluster.objects import kinds
from cluster.objects.ingresscontroller import (
    DEFAULT,
    NAMESPACE,
    ROUTER_NAMESPACE,
    IngressController,
)
from cluster.objects.meta import Key, ObjectMeta
from cluster.objects.route import Route, RouteSpec, RouteTargetReference
from cluster.runtime import running as slot
from cluster.runtime.client import Client
from cluster.runtime.commands import Create, Edit
from cluster.scenarios import first_boot
from console.live import registered, topics
from tests.builders import a_config
from tests.running_cluster import KUBEADMIN, running
from tests.unit.engine.routing.certificate_lab import FIXTURES
from tests.web.reading import main_of, plain, source, term, text_of

pytestmark = pytest.mark.django_db

PAGE, FORM = "/router", "/router/settings"
PREVIEW, UNDO = f"{FORM}/preview", f"{FORM}/undo"
FIELDS = {
    "algorithm": "",
    "tcp": "",
    "ownership": "Strict",
    "wildcards": "WildcardsDisallowed",
    "secret": "",
    "secret_name": "custom-certs-default",
    "certificate": "",
    "key": "",
}
PAIR = {"certificate": FIXTURES["testCertificate"](), "key": FIXTURES["testPrivateKey"]()}


def held(cluster: Client) -> IngressController:
    found: IngressController = cluster.get(kinds.INGRESSCONTROLLER, NAMESPACE, DEFAULT)
    return found


def save(browser: Browser, cluster: Client, **fields: Any) -> Any:
    generation = str(held(cluster).metadata.generation)
    return browser.post(FORM, {**FIELDS, "generation": generation, **fields})


def preview(browser: Browser, **fields: Any) -> str:
    return text_of(browser.post(PREVIEW, {**FIELDS, **fields}))


def put_rivals(cluster: Client) -> str:
    """A route of project secret, on the host of demo's own, with a path; its host."""
    host = str(cluster.get(kinds.ROUTE, "demo", "web").spec.host)
    spec = RouteSpec(host=host, path="/x", to=RouteTargetReference(kind="Service", name="x"))
    late = Route(metadata=ObjectMeta(name="late", namespace="secret"), spec=spec)
    cluster.execute([Create(late)], KUBEADMIN)
    cluster.advance(KUBEADMIN, 2)
    return host


# --- who may -------------------------------------------------------------------------------------------


def test_cluster_admins_find_the_form_and_others_whom_to_ask(
    shown: Client, kubeadmin: Browser, developer: Browser
) -> None:
    assert f'href="{FORM}"' in main_of(kubeadmin.get(PAGE))
    page = developer.get(PAGE)
    assert f'href="{FORM}"' not in main_of(page)
    assert "Cluster admins, such as kubeadmin, may change these settings." in text_of(page)
    assert "IngressControllers" not in text_of(page)
    assert "IngressControllers" in text_of(kubeadmin.get(PAGE))
    for address in (FORM, PREVIEW, UNDO):
        assert developer.post(address, FIELDS).status_code == 403
    assert developer.get(FORM).status_code == 403


# --- saving --------------------------------------------------------------------------------------------


def test_the_form_shows_what_is_stored(cluster: Client, kubeadmin: Browser) -> None:
    save(
        kubeadmin,
        cluster,
        algorithm="leastconn",
        wildcards="WildcardsAllowed",
        variable_name=["ROUTER_THREADS"],
        variable_value=["3"],
    )
    page = source(kubeadmin.get(FORM))
    for value in ("leastconn", "WildcardsAllowed"):
        assert re.search(rf'<option value="{value}" selected>', page)
    assert 'value="ROUTER_THREADS"' in page
    assert re.search(r'name="variable_value"[^>]*value="3"', page)


def test_saving_changes_the_router_at_once(cluster: Client, kubeadmin: Browser) -> None:
    put_rivals(cluster)
    answer = save(
        kubeadmin, cluster, algorithm="leastconn", tcp="random", ownership="InterNamespaceAllowed"
    )
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    cluster.advance(KUBEADMIN, 1)
    page = kubeadmin.get(PAGE)
    assert "The router's settings were saved." in text_of(page)
    assert term(page, "Namespace ownership").startswith("InterNamespaceAllowed")
    assert term(page, "One active service").startswith("Least connections")
    assert term(page, "One active service, passthrough").startswith("Random")
    assert "Accepted" in text_of(kubeadmin.get("/k8s/ns/secret/routes/late"))
    assert held(cluster).spec.environment == {
        "ROUTER_LOAD_BALANCE_ALGORITHM": "leastconn",
        "ROUTER_TCP_BALANCE_SCHEME": "random",
    }


def test_saving_what_is_stored_changes_nothing(cluster: Client, kubeadmin: Browser) -> None:
    before = held(cluster)
    assert save(kubeadmin, cluster).status_code == 302
    assert "nothing was changed" in text_of(kubeadmin.get(PAGE))
    assert held(cluster) == before


def test_what_the_form_does_not_show_stays(cluster: Client, kubeadmin: Browser) -> None:
    def with_replicas(old: IngressController) -> IngressController:
        return replace(old, spec=replace(old.spec, extra={"replicas": 3}))

    key = Key(NAMESPACE, DEFAULT)
    cluster.execute([Edit(kinds.INGRESSCONTROLLER, key, with_replicas)], KUBEADMIN)
    save(kubeadmin, cluster, algorithm="random")
    assert held(cluster).spec.extra == {"replicas": 3}


def test_a_typed_certificate_becomes_a_secret(cluster: Client, kubeadmin: Browser) -> None:
    save(kubeadmin, cluster, secret="~new", secret_name="mine", **PAIR)
    assert held(cluster).spec.default_certificate.name == "mine"  # type: ignore[union-attr]
    assert cluster.get(kinds.SECRET, ROUTER_NAMESPACE, "mine").type == "kubernetes.io/tls"
    found = cluster.default_certificate()
    assert found is not None and not found.problem
    page = kubeadmin.get(PAGE)
    assert term(page, "Default certificate").startswith("mine : www.example.com, until 20")
    assert "PRIVATE KEY" not in source(page)
    form = source(kubeadmin.get(FORM))
    assert '<option value="mine" selected>' in form
    assert "PRIVATE KEY" not in form


# --- errors --------------------------------------------------------------------------------------------


def test_errors_stand_at_their_fields_and_nothing_is_lost(
    cluster: Client, kubeadmin: Browser
) -> None:
    before = held(cluster)
    answer = save(
        kubeadmin,
        cluster,
        algorithm="leastconn",
        ownership="Loose",
        secret="~new",
        secret_name="My_Secret",
        certificate="no PEM",
        key=PAIR["key"],
        variable_name=["ROUTER_THREADS", "ROUTER_THREADS", "1X", "ROUTER_TCP_BALANCE_SCHEME"],
        variable_value=["1", "2", "", "source"],
    )
    page = source(answer)
    assert answer.status_code == 422
    assert re.search(r'<option value="leastconn" selected>', page)
    assert "no PEM" in page
    assert "ROUTER_THREADS cannot be set twice." in page
    assert "a valid environment variable name must consist of" in page
    assert re.search(r'id="id_certificate-helper".*?Invalid value', page, re.S)
    assert held(cluster) == before
    assert not cluster.list(kinds.SECRET, ROUTER_NAMESPACE)
    late = text_of(
        save(kubeadmin, cluster, ownership="Loose", secret="~new", secret_name="My_Secret", **PAIR)
    )
    assert "Invalid value: &quot;My_Secret&quot;" in late or 'Invalid value: "My_Secret"' in late
    unsupported = text_of(save(kubeadmin, cluster, ownership="Loose"))
    assert 'supported values: "InterNamespaceAllowed", "Strict"' in unsupported


def test_an_ignored_value_is_saved_with_a_warning(cluster: Client, kubeadmin: Browser) -> None:
    fields = {
        "variable_name": ["ROUTER_COLOUR", "ROUTER_DEFAULT_SERVER_TIMEOUT"],
        "variable_value": ["red", "soon"],
    }
    said = preview(kubeadmin, **fields)
    assert "The router ignores ROUTER_COLOUR" in said
    assert '"soon" is not a time such as 30s or 500ms' in said
    assert save(kubeadmin, cluster, **fields).status_code == 302
    page = text_of(kubeadmin.get(PAGE))
    assert "The router ignores its setting ROUTER_COLOUR" in page
    assert "Ignored: the router has no setting of this name." in text_of(kubeadmin.get(FORM))


def test_somebody_who_was_faster_is_not_overwritten(cluster: Client, kubeadmin: Browser) -> None:
    opened = str(held(cluster).metadata.generation)
    save(kubeadmin, cluster, algorithm="random")
    refused = save(kubeadmin, cluster, generation=opened, algorithm="leastconn")
    assert refused.status_code == 422
    assert "Somebody changed the settings while you edited them" in text_of(refused)
    assert cluster.router().load_balance_algorithm == "random"
    newest = re.search(r'name="generation" value="(\d+)"', source(refused))
    assert newest is not None
    save(kubeadmin, cluster, generation=newest[1], algorithm="leastconn")
    assert cluster.router().load_balance_algorithm == "leastconn"


# --- the form's buttons ----------------------------------------------------------------------------------


def test_variables_are_added_and_removed(shown: Client, kubeadmin: Browser) -> None:
    added = source(
        kubeadmin.post(
            FORM, {**FIELDS, "reshape": "add-variable", "new_variable": "EXTENDED_VALIDATION"}
        )
    )
    assert 'name="variable_name" value="EXTENDED_VALIDATION"' in added
    assert re.search(r'<option value="true" selected>', added)
    removed = source(
        kubeadmin.post(
            FORM,
            {
                **FIELDS,
                "reshape": "remove-variable-0",
                "variable_name": ["A", "B"],
                "variable_value": ["1", "2"],
            },
        )
    )
    assert 'value="A"' not in removed
    assert 'name="variable_name" value="B"' in removed


# --- the preview -----------------------------------------------------------------------------------------


def test_the_preview_names_routes_that_would_be_admitted(
    cluster: Client, kubeadmin: Browser
) -> None:
    put_rivals(cluster)
    version = cluster.version
    said = preview(kubeadmin, ownership="InterNamespaceAllowed")
    assert "1 route would be admitted, 0 rejected:" in said
    assert "secret/late Rejected → Accepted" in said
    assert "oc set env dc/router -n default ROUTER_DISABLE_NAMESPACE_OWNERSHIP_CHECK=true" in said
    assert cluster.version == version
    assert "Nothing: these are the settings of now." in preview(kubeadmin)


def test_the_preview_names_routes_that_would_be_balanced_otherwise(
    cluster: Client, kubeadmin: Browser
) -> None:
    put_rivals(cluster)
    said = preview(kubeadmin, algorithm="leastconn")
    assert "secret/late Source → Least connections" in said
    assert "oc set env dc/router -n default ROUTER_LOAD_BALANCE_ALGORITHM=leastconn" in said


@pytest.fixture
def modern(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A cluster of OpenShift 4."""
    engine = build_engine(a_config(profile=OPENSHIFT_4))
    first_boot(engine)
    with running(engine) as client:
        client.advance(KUBEADMIN, 1)
        monkeypatch.setattr(slot, "current", lambda: client)
        yield client


def test_openshift_4_has_other_commands_and_a_field_for_leastconn(
    modern: Client, kubeadmin: Browser
) -> None:
    said = preview(kubeadmin, algorithm="leastconn", secret="~new")
    assert "oc create secret tls custom-certs-default --cert=tls.crt --key=tls.key" in said
    assert (
        "oc -n openshift-ingress-operator patch ingresscontroller/default --type=merge -p"
        """ '{"spec":{"defaultCertificate":{"name":"custom-certs-default"},"""
        """"unsupportedConfigOverrides":{"loadBalancingAlgorithm":"leastconn"}}}'"""
    ) in said.replace("--patch=", "-p ").replace(" -p ", " -p ")
    assert "does not pass unsupportedConfigOverrides.env on" not in said
    assert "does not pass unsupportedConfigOverrides.env on" in preview(
        kubeadmin, algorithm="source"
    )
    save(kubeadmin, modern, algorithm="leastconn")
    assert held(modern).spec.unsupported_config_overrides == {"loadBalancingAlgorithm": "leastconn"}
    assert re.search('<option value="leastconn" selected>', source(kubeadmin.get(FORM)))


# --- undo ------------------------------------------------------------------------------------------------


def test_the_last_change_can_be_undone(cluster: Client, kubeadmin: Browser) -> None:
    before = held(cluster).spec
    save(kubeadmin, cluster, algorithm="leastconn", secret="~new", **PAIR)
    assert "Undo last change" in text_of(kubeadmin.get(PAGE))
    assert kubeadmin.post(UNDO).status_code == 302
    page = text_of(kubeadmin.get(PAGE))
    assert "Undone: the router's settings are what they were before." in page
    assert "Undo last change" not in page
    assert held(cluster).spec == before
    assert not cluster.list(kinds.SECRET, ROUTER_NAMESPACE)


def test_a_renewed_certificate_can_be_taken_back(cluster: Client, kubeadmin: Browser) -> None:
    save(kubeadmin, cluster, secret="~new", **PAIR)
    first = cluster.get(kinds.SECRET, ROUTER_NAMESPACE, "custom-certs-default").data
    other = {
        "certificate": FIXTURES["testSelfSignedCert"](),
        "key": FIXTURES["testSelfSignedKey"](),
    }
    save(kubeadmin, cluster, secret="~new", **other)
    renewed = cluster.get(kinds.SECRET, ROUTER_NAMESPACE, "custom-certs-default").data
    assert renewed != first
    kubeadmin.post(UNDO)
    assert cluster.get(kinds.SECRET, ROUTER_NAMESPACE, "custom-certs-default").data == first


def test_what_others_did_since_is_not_undone(
    cluster: Client, kubeadmin: Browser, sign_in: Any
) -> None:
    save(kubeadmin, cluster, algorithm="leastconn")
    save(sign_in("kubeadmin"), cluster, algorithm="random")
    assert "Undo last change" not in text_of(kubeadmin.get(PAGE))
    kubeadmin.post(UNDO)
    assert "The change was not undone" in text_of(kubeadmin.get(PAGE))
    assert cluster.router().load_balance_algorithm == "random"


# --- YAML, live ---------------------------------------------------------------------------------------------


def test_the_object_can_be_imported(cluster: Client, kubeadmin: Browser) -> None:
    text = (
        "apiVersion: operator.openshift.io/v1\nkind: IngressController\nmetadata:\n"
        f"  name: default\n  namespace: {NAMESPACE}\nspec:\n  routeAdmission:\n"
        "    wildcardPolicy: WildcardsAllowed\n"
    )
    address = f"/k8s/ns/{NAMESPACE}/import"
    reviewed = source(kubeadmin.post(address, {"text": text, "action": "review"}))
    digest = re.search(r'name="digest" value="([^"]+)"', reviewed)
    assert digest is not None, plain(reviewed)
    kubeadmin.post(address, {"text": text, "action": "apply", "digest": digest[1]})
    assert cluster.router().allow_wildcards
    assert held(cluster).spec.domain == "apps.localhost"


def test_the_objects_page_shows_its_conditions(shown: Client, kubeadmin: Browser) -> None:
    address = f"/k8s/ns/{NAMESPACE}/ingresscontrollers/default"
    assert "reason: Valid" in text_of(kubeadmin.get(f"{address}/yaml"))
    assert f'href="{FORM}"' in source(kubeadmin.get(f"{address}/~menu"))
    assert "Create IngressController" not in text_of(
        kubeadmin.get("/k8s/all-namespaces/ingresscontrollers")
    )


def test_pages_that_are_open_follow_the_settings(cluster: Client, kubeadmin: Browser) -> None:
    registered.load()
    names = ("router-settings:kubeadmin", "route:demo/web:facts", "haproxy:demo/web")
    found = [topics.make(name) for name in names]
    version = cluster.version
    save(kubeadmin, cluster, algorithm="leastconn", wildcards="WildcardsAllowed")
    changes = cluster.changes(version)
    for topic in found:
        assert topic is not None
        assert any(topic.touches(change) for change in changes)
    settings = found[0]
    assert settings is not None
    assert settings.allowed(cluster, KUBEADMIN)
    frame, _ = settings.frame(cluster, None)
    assert frame is not None
    assert "WildcardsAllowed" in frame["html"]
    assert frame["html"].strip() in source(kubeadmin.get(PAGE))
