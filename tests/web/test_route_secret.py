"""The route form's external certificate: offered by OpenShift 4, refused with reasons, saved, shown."""

from __future__ import annotations

import base64

import pytest
from django.test import Client as Browser

from cluster.engine.config import PROFILES
from cluster.objects import kinds
from cluster.objects.meta import ObjectMeta
from cluster.objects.rolebinding import RoleBinding, RoleRef, Subject
from cluster.objects.route import LocalObjectReference, TLSConfig
from cluster.objects.secret import TLS, Secret
from cluster.runtime import running
from tests.web.route_cluster import BLUE, DemoCluster, sign_in
from tests.web.route_forms import EDIT, HTMX, NEW, PEM, opened, saved, text_of

pytestmark = pytest.mark.django_db

CHOSEN = {"name": "shop", "secure": "on", "termination": "edge", "external_certificate": "cert"}


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> DemoCluster:
    cluster = DemoCluster(PROFILES["4"])
    cluster.run(15)
    data = {"tls.crt": base64.b64encode(PEM.encode()).decode(), "tls.key": ""}
    for name, kind in (("cert", TLS), ("password", "Opaque")):
        metadata = ObjectMeta(name=name, namespace="demo")
        cluster.create(Secret(metadata=metadata, type=kind, data=data))
    monkeypatch.setattr(running, "current", lambda: cluster.client)
    return cluster


@pytest.fixture
def browser(client: Browser) -> Browser:
    sign_in(client)
    return client


def grant(demo: DemoCluster) -> None:
    router = Subject(kind="ServiceAccount", namespace="openshift-ingress", name="router")
    metadata = ObjectMeta(name="router", namespace="demo")
    demo.create(RoleBinding(metadata=metadata, role_ref=RoleRef(name="edit"), subjects=(router,)))


def test_only_secrets_with_certificates_are_offered(demo: DemoCluster, browser: Browser) -> None:
    page = text_of(browser.get(NEW))
    assert '<option value="cert">cert</option>' in page
    assert '<option value="password">' not in page
    assert "?sample=router-reads-secrets" in page


def test_it_is_saved_in_place_of_pasted_text(demo: DemoCluster, browser: Browser) -> None:
    grant(demo)
    answer = saved(browser, NEW, **CHOSEN, certificate=PEM, key=PEM)
    assert answer.status_code == 302
    reference = LocalObjectReference(name="cert")
    assert demo.route("shop").spec.tls == TLSConfig(
        termination="edge", external_certificate=reference
    )
    demo.run(1)
    page = text_of(browser.get("/k8s/ns/demo/routes/shop"))
    assert 'href="/k8s/ns/demo/secrets/cert"' in page and "ExtendedValidationFailed" in page
    assert 'href="/k8s/ns/demo/routes/shop"' in text_of(browser.get("/k8s/ns/demo/secrets/cert"))


def test_what_is_refused_stands_at_its_field(demo: DemoCluster, browser: Browser) -> None:
    answer = saved(browser, NEW, **CHOSEN)
    assert answer.status_code == 422
    page = text_of(answer)
    for verb in ("get", "watch", "list"):
        assert f"router serviceaccount does not have permission to {verb} this secret" in page
    names = [each.metadata.name for each in demo.client.list(kinds.ROUTE, "demo")]
    assert "shop" not in names


def test_pasted_text_is_hidden_and_kept_while_a_secret_is_chosen(
    demo: DemoCluster, browser: Browser
) -> None:
    fields = {**opened(browser, NEW), **CHOSEN, "certificate": PEM, "reshape": "certificate"}
    page = text_of(browser.post(NEW, fields, **HTMX))
    assert "both are taken from secret cert." in page
    assert PEM.strip() in page


def test_opening_and_saving_keeps_the_reference(demo: DemoCluster, browser: Browser) -> None:
    grant(demo)
    saved(browser, NEW, **CHOSEN)
    before = demo.route("shop")
    answer = saved(browser, EDIT.replace("/web/", "/shop/"))
    assert answer.status_code == 302
    assert demo.route("shop").spec == before.spec
    taken = saved(browser, EDIT.replace("/web/", "/shop/"), external_certificate="")
    assert taken.status_code == 302
    assert demo.route("shop").spec.tls == TLSConfig(termination="edge")


def test_the_commands_say_how_oc_does_it(demo: DemoCluster, browser: Browser) -> None:
    grant(demo)
    fields = {**opened(browser, NEW), **CHOSEN, "to_service": BLUE, "yaml": "1"}
    page = text_of(browser.post(NEW, fields, **HTMX))
    assert "externalCertificate:\n      name: cert" in page
    assert '{"spec":{"tls":{"externalCertificate":{"name":"cert"}}}}' in page


def test_openshift_3_does_not_offer_it(monkeypatch: pytest.MonkeyPatch, browser: Browser) -> None:
    cluster = DemoCluster()
    monkeypatch.setattr(running, "current", lambda: cluster.client)
    assert "External certificate" not in text_of(browser.get(NEW))
