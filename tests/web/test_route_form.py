"""Create Route: every field, every termination, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from cluster.objects import kinds
from cluster.objects.codec import encode
from cluster.objects.route import (
    BALANCE,
    DISABLE_COOKIES,
    TIMEOUT,
    RoutePort,
    RouteTargetReference,
    TLSConfig,
)
from cluster.objects.service import ServicePort
from cluster.runtime import running
from tests.web.route_cluster import BLUE, GREEN, DemoCluster, fields_of, sign_in
from tests.web.route_forms import EDIT, HTMX, NEW, PEM, opened, reshaped, saved, service, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> DemoCluster:
    cluster = DemoCluster()
    cluster.run(15)
    monkeypatch.setattr(running, "current", lambda: cluster.client)
    return cluster


@pytest.fixture
def browser(client: Browser) -> Browser:
    sign_in(client)
    return client


@pytest.fixture
def admin(client: Browser) -> Browser:
    sign_in(client, admin=True)
    return client


# --- creating --------------------------------------------------------------------------------------


def test_the_defaults_make_a_route_with_a_generated_host(
    demo: DemoCluster, browser: Browser
) -> None:
    answer = saved(browser, f"{NEW}?service={GREEN}")
    assert answer.status_code == 302
    assert answer["Location"] == f"/k8s/ns/demo/routes/{GREEN}"
    route = demo.route(GREEN)
    assert route.spec.host == f"{GREEN}-demo.apps.localhost"
    assert route.spec.to == RouteTargetReference(kind="Service", name=GREEN, weight=100)
    assert route.spec.port == RoutePort(target_port="8080-tcp")
    assert route.spec.tls is None


def test_name_port_and_labels_come_from_the_service_it_was_opened_for(
    demo: DemoCluster, browser: Browser
) -> None:
    demo.create(service("shop", ServicePort(port=80, target_port=8080), app="shop", tier="web"))
    fields = opened(browser, f"{NEW}?service=shop")
    assert fields["name"] == ["shop"]
    assert fields["to_service"] == ["shop"]
    assert fields["target_port"] == ["8080"]
    assert fields["label_key"] == ["app", "tier"]
    assert fields["label_value"] == ["shop", "web"]


def test_without_a_service_the_first_is_chosen_and_the_name_is_left_to_the_user(
    demo: DemoCluster, browser: Browser
) -> None:
    fields = opened(browser, NEW)
    assert fields["name"] == [""]
    assert fields["to_service"] == [BLUE]


def test_ports_are_written_as_port_target_and_protocol(demo: DemoCluster, browser: Browser) -> None:
    demo.create(service("shop", ServicePort(name="web", port=80, target_port=8080), app="shop"))
    answer = browser.get(f"{NEW}?service=shop")
    assert '<option value="web" selected>80 → 8080 (TCP)</option>' in text_of(answer)


def test_another_service_brings_its_ports_labels_and_name(
    demo: DemoCluster, browser: Browser
) -> None:
    demo.create(service("shop", ServicePort(name="web", port=80), app="shop"))
    fields = reshaped(browser, f"{NEW}?service={BLUE}", "service", to_service="shop")
    assert fields["target_port"] == ["web"]
    assert fields["label_value"] == ["shop"]
    assert fields["name"] == ["shop"]


def test_what_was_typed_survives_another_service(demo: DemoCluster, browser: Browser) -> None:
    fields = reshaped(
        browser, f"{NEW}?service={BLUE}", "service", to_service=GREEN, name="mine", path="/a",
        label_key="x", label_value="y",
    )  # fmt: skip
    assert fields["name"] == ["mine"]
    assert fields["path"] == ["/a"]
    assert fields["label_key"] == ["x"]


def test_all_fields_of_a_reencrypt_route_are_stored(demo: DemoCluster, admin: Browser) -> None:
    answer = saved(
        admin, f"{NEW}?service={BLUE}", name="full", host="www.example.com", path="/shop",
        secure="on", termination="reencrypt", insecure="Redirect", certificate=PEM, key="KEY",
        ca_certificate="CA", destination_ca_certificate="DEST", balance="leastconn", cookies=None,
        timeout="5s", label_key=["a"], label_value=["b"], alternates="1", alt_service_1=GREEN,
        to_weight="3", alt_weight_1="0",
    )  # fmt: skip
    assert answer.status_code == 302, text_of(answer)
    route = demo.route("full")
    assert encode(route.spec) == {
        "host": "www.example.com",
        "path": "/shop",
        "to": {"kind": "Service", "name": BLUE, "weight": 3},
        "alternateBackends": [{"kind": "Service", "name": GREEN, "weight": 0}],
        "port": {"targetPort": "8080-tcp"},
        "tls": {
            "termination": "reencrypt",
            "insecureEdgeTerminationPolicy": "Redirect",
            "certificate": PEM,
            "key": "KEY",
            "caCertificate": "CA",
            "destinationCACertificate": "DEST",
        },
        "wildcardPolicy": "None",
    }
    assert route.metadata.labels == {"a": "b"}
    assert route.metadata.annotations == {
        BALANCE: "leastconn",
        DISABLE_COOKIES: "true",
        TIMEOUT: "5s",
    }


@pytest.mark.parametrize("policy", ["", "Allow", "Redirect"])
@pytest.mark.parametrize("termination", ["edge", "passthrough", "reencrypt"])
def test_only_the_legal_insecure_policies_are_offered_and_each_is_stored(
    demo: DemoCluster, browser: Browser, termination: str, policy: str
) -> None:
    fields = reshaped(
        browser, f"{NEW}?service={BLUE}", "termination", secure="on", termination=termination,
        insecure=policy,
    )  # fmt: skip
    legal = policy != "Allow" or termination != "passthrough"
    assert fields["insecure"] == [policy if legal else ""]
    assert browser.post(NEW, fields).status_code == 302
    tls = demo.route(BLUE).spec.tls
    assert tls is not None
    assert tls.termination == termination
    assert tls.insecure_edge_termination_policy == (policy if legal else "")


def test_passthrough_drops_path_and_certificates_and_says_so(
    demo: DemoCluster, browser: Browser
) -> None:
    fields = {
        **opened(browser, f"{NEW}?service={BLUE}"), "secure": "on", "termination": "passthrough",
        "path": "/a", "certificate": PEM, "reshape": "termination",
    }  # fmt: skip
    answer = browser.post(NEW, fields, **HTMX)
    assert "Path value will not be used. Paths cannot be set for passthrough TLS." in text_of(
        answer
    )
    assert "The certificate or key you've set will not be used" in text_of(answer)
    kept = fields_of(answer.content.decode())
    assert kept["path"] == ["/a"]
    assert kept["certificate"] == [PEM.replace("\n", "\r\n")]
    assert browser.post(NEW, kept).status_code == 302
    spec = demo.route(BLUE).spec
    assert spec.path == ""
    assert spec.tls == TLSConfig(termination="passthrough")


def test_edge_drops_the_destination_ca(demo: DemoCluster, browser: Browser) -> None:
    answer = saved(
        browser, f"{NEW}?service={BLUE}", secure="on", termination="edge",
        destination_ca_certificate="DEST",
    )  # fmt: skip
    assert answer.status_code == 302
    assert demo.route(BLUE).spec.tls == TLSConfig(termination="edge")


# --- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "Web"}, 'Invalid value: "Web": a lowercase RFC 1123 subdomain must consist of'),
        ({"name": ""}, "Required value"),
        ({"name": "web"}, 'routes.route.openshift.io "web" already exists'),
        ({"host": "a_b.com"}, "host must conform to DNS 952 subdomain conventions"),
        ({"path": "shop"}, 'Invalid value: "shop": path must begin with /'),
        ({"path": "/a b"}, "cannot contain # or spaces"),
        ({"label_key": "a b", "label_value": "c"}, "name part must consist of alphanumeric"),
        ({"label_key": ["a", "a"], "label_value": ["b", "c"]}, "Label a cannot be added twice."),
        (
            {"alternates": "1", "alt_service_1": GREEN, "to_weight": "257", "alt_weight_1": "1"},
            "weight must be an integer between 0 and 256",
        ),
        (
            {"alternates": "1", "alt_service_1": GREEN, "to_weight": "1", "alt_weight_1": "x"},
            f"{GREEN}: Must be a whole number greater than or equal to 0.",
        ),
        (
            {"alternates": "1", "alt_service_1": BLUE, "to_weight": "1", "alt_weight_1": "1"},
            f"Service {BLUE} cannot be added twice.",
        ),
        (
            {"alternates": "1", "alt_service_1": "", "to_weight": "1", "alt_weight_1": "1"},
            "Required value",
        ),
    ],
)
def test_what_is_refused_is_said_and_everything_typed_is_kept(
    demo: DemoCluster, browser: Browser, changes: dict[str, Any], message: str
) -> None:
    typed = {"timeout": "7s", "certificate": PEM, "secure": "on", **changes}
    before = len(demo.client.list(kinds.ROUTE))
    answer = saved(browser, f"{NEW}?service={BLUE}", **typed)
    assert answer.status_code == 422
    assert message in text_of(answer)
    kept = fields_of(answer.content.decode())
    for name, value in typed.items():
        wanted = value if isinstance(value, list) else [value.replace("\n", "\r\n")]
        assert kept[name] == wanted, name
    assert len(demo.client.list(kinds.ROUTE)) == before


def test_an_error_is_tied_to_its_field(demo: DemoCluster, browser: Browser) -> None:
    page = text_of(saved(browser, f"{NEW}?service={BLUE}", path="shop"))
    control = page[page.index('name="path"') :].split(">", 1)[0]
    assert 'aria-invalid="true"' in control
    assert 'aria-describedby="id_path-helper"' in control


def test_a_viewer_gets_no_form(demo: DemoCluster, client: Browser) -> None:
    sign_in(client)
    demo.delete(kinds.ROLEBINDING, demo.client.list(kinds.ROLEBINDING, "demo")[0].metadata.name)
    assert client.get(NEW).status_code == 403
    assert client.post(EDIT, {"path": "/x"}).status_code == 403
