"""Edit Route: nothing changed by just saving, alternates, conflicts, previews."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from cluster.objects import kinds
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


@pytest.mark.parametrize(
    ("request_name", "focused"),
    [
        ("add-label", "label-key-1"),
        ("remove-label-0", "add-label"),
        ("remove-alternate-1", "add-alternate"),
        ("add-alternate", "id_alt_service_2"),
    ],
)
def test_the_focus_goes_where_the_work_goes_on(
    demo: DemoCluster, browser: Browser, request_name: str, focused: str
) -> None:
    demo.create(service("a"))
    fields = {**opened(browser, EDIT), "reshape": request_name}
    page = text_of(browser.post(EDIT, fields, **HTMX))
    control = page[page.index(f'id="{focused}"') - 200 :]
    control = control[: control.index(f'id="{focused}"') + 200]
    tag = control[control.rindex("<", 0, 200) :].split(">", 1)[0]
    assert "autofocus" in tag
    assert page.count(" autofocus") == 1


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


def test_a_path_that_cannot_be_is_left_out_of_the_host(demo: DemoCluster, browser: Browser) -> None:
    shown = preview(browser, "route-host-preview", "~new", name="shop", path="bad")
    assert "http://shop-demo.apps.localhost<" in shown


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
