"""Create Route and Edit Route: every field, every termination, and nothing changed by just saving."""

from __future__ import annotations

import dataclasses
import html
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from cluster.objects import kinds
from cluster.objects.codec import encode
from cluster.objects.meta import ObjectMeta
from cluster.objects.route import (
    BALANCE,
    DISABLE_COOKIES,
    TIMEOUT,
    Route,
    RoutePort,
    RouteSpec,
    RouteTargetReference,
    TLSConfig,
)
from cluster.objects.service import Service, ServicePort, ServiceSpec
from cluster.runtime import running
from tests.web.route_cluster import BLUE, GREEN, DemoCluster, fields_of, sign_in

pytestmark = pytest.mark.django_db

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
NEW = "/k8s/ns/demo/routes/~new/form"
EDIT = "/k8s/ns/demo/routes/web/form"
HTMX = {"HTTP_HX_REQUEST": "true"}


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


def text_of(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def opened(browser: Browser, url: str) -> dict[str, list[str]]:
    """The fields that a browser would send of the freshly opened form."""
    answer = browser.get(url)
    assert answer.status_code == 200
    return fields_of(answer.content.decode())


def saved(browser: Browser, url: str, **changes: Any) -> Any:
    """Open the form, change some fields (None takes one away) and send it."""
    fields: dict[str, Any] = {**opened(browser, url), **changes}
    return browser.post(url, {name: value for name, value in fields.items() if value is not None})


def reshaped(browser: Browser, url: str, request: str, **changes: Any) -> dict[str, list[str]]:
    """The fields after one of the form's own buttons."""
    fields = {**opened(browser, url), **changes, "reshape": request}
    answer = browser.post(url, fields, **HTMX)
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()
    return fields_of(answer.content.decode())


def service(name: str, *ports: ServicePort, **labels: str) -> Service:
    return Service(
        metadata=ObjectMeta(name=name, namespace="demo", labels=labels),
        spec=ServiceSpec(ports=ports or (ServicePort(port=80),), selector={"app": name}),
    )


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


# --- editing ---------------------------------------------------------------------------------------

ODD_ROUTES = {
    "as the demo has it": RouteSpec(
        to=RouteTargetReference(kind="Service", name=BLUE, weight=80),
        alternate_backends=(RouteTargetReference(kind="Service", name=GREEN, weight=20),),
    ),
    "weights of 0": RouteSpec(
        to=RouteTargetReference(kind="Service", name=BLUE, weight=0),
        alternate_backends=(RouteTargetReference(kind="Service", name=GREEN, weight=0),),
    ),
    "one service of weight 0": RouteSpec(
        to=RouteTargetReference(kind="Service", name=BLUE, weight=0)
    ),
    "a service and a port that are not there": RouteSpec(
        to=RouteTargetReference(kind="Service", name="nowhere", weight=3),
        port=RoutePort(target_port=9999),
    ),
    "a port as a number": RouteSpec(
        to=RouteTargetReference(kind="Service", name=BLUE), port=RoutePort(target_port=8080)
    ),
    "certificates with Windows line ends": RouteSpec(
        to=RouteTargetReference(kind="Service", name=BLUE),
        tls=TLSConfig(
            termination="edge",
            certificate=PEM.replace("\n", "\r\n"),
            key="\nKEY\n\n",
            insecure_edge_termination_policy="None",
        ),
    ),
    "headers, which the form does not show": RouteSpec(
        to=RouteTargetReference(kind="Service", name=BLUE),
        tls=TLSConfig(termination="reencrypt", destination_ca_certificate="DEST"),
        http_headers={
            "actions": {"response": [{"name": "X-A", "action": {"type": "Delete"}}]},
        },
    ),
    "passthrough": RouteSpec(
        to=RouteTargetReference(kind="Service", name=BLUE),
        tls=TLSConfig(termination="passthrough", insecure_edge_termination_policy="Redirect"),
    ),
    "a wildcard": RouteSpec(
        host="wildcard.example.com",
        to=RouteTargetReference(kind="Service", name=BLUE),
        wildcard_policy="Subdomain",
    ),
}
ODD_ANNOTATIONS: list[dict[str, str]] = [
    {},
    {BALANCE: "bogus", DISABLE_COOKIES: "TRUE", TIMEOUT: " 5s", "other": "kept"},
    {DISABLE_COOKIES: "false", BALANCE: "random"},
]


@pytest.mark.parametrize("annotations", ODD_ANNOTATIONS)
@pytest.mark.parametrize("spec", ODD_ROUTES.values(), ids=ODD_ROUTES.keys())
def test_opening_and_saving_changes_nothing(
    demo: DemoCluster, admin: Browser, spec: RouteSpec, annotations: dict[str, str]
) -> None:
    metadata = ObjectMeta(name="odd", namespace="demo", labels={"a": "b"}, annotations=annotations)
    before = demo.create(Route(metadata=metadata, spec=spec))
    answer = saved(admin, "/k8s/ns/demo/routes/odd/form")
    assert answer.status_code == 302, text_of(answer)
    assert demo.route("odd") is before


def test_a_missing_weight_stays_missing_until_it_is_touched(
    demo: DemoCluster, browser: Browser
) -> None:
    """Routes that were stored before the API server defaulted weights have none."""
    bare = dataclasses.replace(
        demo.route(),
        spec=dataclasses.replace(
            demo.route().spec,
            to=RouteTargetReference(kind="Service", name=BLUE),
            alternate_backends=(RouteTargetReference(kind="Service", name=GREEN),),
        ),
    )
    from console.forms.route_values import RouteValues, route_of, shown

    values = shown(bare)
    assert [each.weight for each in values.targets] == ["100", "100"]
    assert route_of(values, bare, "demo") == bare
    touched: RouteValues = dataclasses.replace(
        values, targets=(dataclasses.replace(values.targets[0], weight="99"), values.targets[1])
    )
    changed = route_of(touched, bare, "demo").spec
    assert (changed.to.weight, changed.alternate_backends[0].weight) == (99, None)


def test_an_edit_changes_what_was_changed_and_keeps_the_rest(
    demo: DemoCluster, browser: Browser
) -> None:
    before = demo.route()
    answer = saved(browser, EDIT, path="/a", to_weight="30", alt_weight_1="70", balance="source")
    assert answer.status_code == 302
    after = demo.route()
    assert [each.weight for each in after.spec.backends] == [30, 70]
    assert after.spec.path == "/a"
    assert after.spec.host == before.spec.host
    assert after.metadata.labels == before.metadata.labels
    assert after.metadata.annotations == {**before.metadata.annotations, BALANCE: "source"}


def test_the_host_is_fixed_for_who_may_not_update_it(demo: DemoCluster, browser: Browser) -> None:
    page = text_of(browser.get(EDIT))
    assert "The hostname can't be changed after the route is created." in page
    control = page[page.index('id="id_host"') :].split(">", 1)[0]
    assert "readonly" in control
    answer = saved(browser, EDIT, host="other.example.com")
    assert answer.status_code == 422
    assert "you do not have permission to set the host field of the route" in text_of(answer)


def test_cluster_admins_may_change_the_host(demo: DemoCluster, admin: Browser) -> None:
    assert saved(admin, EDIT, host="other.example.com").status_code == 302
    assert demo.route().spec.host == "other.example.com"


# --- alternates ------------------------------------------------------------------------------------


def test_alternates_are_added_up_to_three_and_never_the_same_service(
    demo: DemoCluster, browser: Browser
) -> None:
    for name in ("a", "b", "c"):
        demo.create(service(name))
    fields = opened(browser, EDIT)
    for _ in range(4):
        answer = browser.post(EDIT, {**fields, "reshape": "add-alternate"}, **HTMX)
        fields = fields_of(answer.content.decode())
    chosen = [fields[f"alt_service_{index}"][0] for index in (1, 2, 3)]
    assert fields["alternates"] == ["3"]
    assert chosen == [GREEN, "a", "b"]
    assert "A route has at most 3 alternate services." in text_of(answer)


def test_a_new_alternate_and_the_first_weight_begin_at_the_default(
    demo: DemoCluster, browser: Browser
) -> None:
    fields = reshaped(browser, f"{NEW}?service={BLUE}", "add-alternate")
    assert fields["to_weight"] == ["100"]
    assert fields["alt_weight_1"] == ["100"]


def test_removing_an_alternate_moves_the_others_up(demo: DemoCluster, browser: Browser) -> None:
    demo.create(service("a"))
    fields = reshaped(browser, EDIT, "add-alternate")
    answer = browser.post(EDIT, {**fields, "reshape": "remove-alternate-1"}, **HTMX)
    left = fields_of(answer.content.decode())
    assert left["alternates"] == ["1"]
    assert left["alt_service_1"] == ["a"]
    assert left["alt_weight_1"] == ["100"]
    assert left["to_weight"] == ["80"]


def test_removing_the_last_alternate_takes_the_weight_away(
    demo: DemoCluster, browser: Browser
) -> None:
    fields = reshaped(browser, EDIT, "remove-alternate-1")
    assert browser.post(EDIT, fields).status_code == 302
    route = demo.route()
    assert route.spec.alternate_backends == ()
    assert route.spec.to.weight == 100


# --- somebody else was faster -----------------------------------------------------------------------


def test_a_conflict_shows_what_changed_and_saving_again_overwrites_it(
    demo: DemoCluster, browser: Browser
) -> None:
    fields = {**opened(browser, EDIT), "path": "/mine"}
    demo.edit(kinds.ROUTE, "web", lambda old: _with_path(old, "/theirs"))
    answer = browser.post(EDIT, fields)
    assert answer.status_code == 422
    page = text_of(answer)
    assert "Somebody changed this route while you edited it" in page
    for text in (">Path<", ">none<", ">/theirs<", ">/mine<", "Overwrite", "Reload"):
        assert text in page
    assert demo.route().spec.path == "/theirs"
    assert browser.post(EDIT, fields_of(answer.content.decode())).status_code == 302
    assert demo.route().spec.path == "/mine"


def test_the_routers_status_is_no_conflict(demo: DemoCluster, browser: Browser) -> None:
    fields = {**opened(browser, EDIT), "path": "/mine"}
    route = demo.route()
    demo.engine.cluster.update_status(route, dataclasses.replace(route.status, ingress=()))
    assert demo.route().metadata.resource_version > route.metadata.resource_version
    assert browser.post(EDIT, fields).status_code == 302
    assert demo.route().spec.path == "/mine"


def _with_path(route: Route, path: str) -> Route:
    return dataclasses.replace(route, spec=dataclasses.replace(route.spec, path=path))


# --- previews --------------------------------------------------------------------------------------


def preview(browser: Browser, url_name: str, name: str, /, **fields: Any) -> str:
    url = EDIT if name == "web" else NEW
    sent = {**opened(browser, url), **fields}
    answer = browser.post(reverse(url_name, args=["demo", name]), sent, **HTMX)
    assert answer.status_code == 200
    return text_of(answer)


def test_the_generated_host_is_shown_while_the_name_is_typed(
    demo: DemoCluster, browser: Browser
) -> None:
    shown = preview(browser, "route-host-preview", "~new", name="shop", path="/a", secure="on")
    assert "Generated host:" in shown
    assert "https://shop-demo.apps.localhost/a" in shown


def test_a_host_that_is_taken_is_told_with_a_link(demo: DemoCluster, browser: Browser) -> None:
    shown = preview(
        browser, "route-host-preview", "~new", name="shop", host="web-demo.apps.localhost"
    )
    assert "already exposes web-demo.apps.localhost and is older" in shown
    assert 'href="/k8s/ns/demo/routes/web"' in shown


def test_the_split_preview_follows_the_typed_weights_and_writes_nothing(
    demo: DemoCluster, browser: Browser
) -> None:
    before = demo.route()
    shown = preview(browser, "route-preview", "web", to_weight="30", alt_weight_1="70")
    # Two pods each: HAProxy's weights 109 and 256 are whole numbers.
    assert f"29.9% to {BLUE} and 70.1% to {GREEN}" in shown
    assert demo.route() is before


def test_at_zero_and_zero_the_preview_says_what_visitors_see(
    demo: DemoCluster, browser: Browser
) -> None:
    assert "503" in preview(browser, "route-preview", "web", to_weight="0", alt_weight_1="0")


def test_yaml_and_oc_commands_are_shown_without_saving(demo: DemoCluster, browser: Browser) -> None:
    before = demo.route()
    fields = {**opened(browser, EDIT), "to_weight": "1", "timeout": "5s", "yaml": "1"}
    shown = text_of(browser.post(EDIT, fields, **HTMX))
    assert "weight: 1" in shown
    assert f"oc set route-backends web {BLUE}=1 {GREEN}=20 -n demo" in shown
    assert "oc annotate route web haproxy.router.openshift.io/timeout=5s -n demo" in shown
    assert "status:" not in shown
    assert demo.route() is before


def test_the_default_strategy_is_named_with_its_reason(demo: DemoCluster, browser: Browser) -> None:
    page = text_of(browser.get(EDIT))
    assert "Default (Round Robin)" in page
    assert "2 services have a weight above 0, so the router balances by roundrobin." in page
    page = text_of(browser.get(f"{NEW}?service={BLUE}"))
    assert "Default (Source)" in page
    assert "The router's setting ROUTER_LOAD_BALANCE_ALGORITHM is source." in page
