"""A route's page and the routes list: facts, the slider's Save and Undo, live parts and charts."""

from __future__ import annotations

import dataclasses
import html
import json
from typing import Any

import pytest
from django.test import Client as Browser

from cluster.objects import kinds
from cluster.objects.meta import ObjectMeta
from cluster.objects.route import Route, RouteSpec, RouteTargetReference
from cluster.runtime import running
from cluster.runtime.commands import SYSTEM_ADMIN, Actor
from console.live import topics
from tests.web.route_cluster import BLUE, GREEN, DemoCluster, fields_of, sign_in

pytestmark = pytest.mark.django_db

PAGE = "/k8s/ns/demo/routes/web"
WEIGHTS = f"{PAGE}/weights"


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


def text_of(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def slid(browser: Browser, first: str, second: str, **more: str) -> Any:
    """Open the page, move the slider, press Save."""
    fields = fields_of(browser.get(PAGE).content.decode(), "weights-form")
    return browser.post(WEIGHTS, {**fields, "to_weight": first, "alt_weight_1": second, **more})


def weights(demo: DemoCluster) -> list[int | None]:
    return [each.weight for each in demo.route().spec.backends]


def reweighted(route: Route, first: int) -> Route:
    to = dataclasses.replace(route.spec.to, weight=first)
    return dataclasses.replace(route, spec=dataclasses.replace(route.spec, to=to))


# --- the page --------------------------------------------------------------------------------------


def test_the_page_shows_all_services_with_weights_shares_and_pods(
    demo: DemoCluster, browser: Browser
) -> None:
    page = text_of(browser.get(PAGE))
    assert "weight 80, 80 %" in page
    assert "weight 20, 20 %" in page
    for pod in demo.client.list(kinds.POD, "demo"):
        assert pod.metadata.name in page
        assert pod.status.pod_ip in page
    assert "http://web-demo.apps.localhost" in page
    assert "router-default.apps.localhost" in page


def test_a_rejected_route_names_and_links_who_holds_the_host(
    demo: DemoCluster, browser: Browser
) -> None:
    demo.create(
        Route(
            metadata=ObjectMeta(name="late", namespace="demo"),
            spec=RouteSpec(
                host="web-demo.apps.localhost", to=RouteTargetReference(kind="Service", name=BLUE)
            ),
        )
    )
    demo.run(2)
    page = text_of(browser.get("/k8s/ns/demo/routes/late"))
    assert "Rejected by the router: HostAlreadyClaimed" in page
    assert "route web already exposes web-demo.apps.localhost and is older" in page
    assert f'href="{PAGE}">View route web' in page
    listed = text_of(browser.get("/k8s/ns/demo/routes?status=Rejected"))
    assert "late" in listed
    assert "/k8s/ns/demo/routes/web" not in listed


def test_the_list_shows_shares_port_and_location(demo: DemoCluster, browser: Browser) -> None:
    page = text_of(browser.get("/k8s/ns/demo/routes"))
    assert "80 %" in page
    assert "20 %" in page
    assert "8080-tcp" in page
    assert 'href="http://web-demo.apps.localhost"' in page
    assert "<polyline" in page


def test_a_viewer_sees_the_split_but_no_slider(demo: DemoCluster, client: Browser) -> None:
    sign_in(client)
    binding = demo.client.list(kinds.ROLEBINDING, "demo")[0]
    view = dataclasses.replace(binding.role_ref, name="view")
    demo.delete(kinds.ROLEBINDING, binding.metadata.name)
    metadata = ObjectMeta(name="view", namespace="demo")
    demo.create(dataclasses.replace(binding, metadata=metadata, role_ref=view))
    page = text_of(client.get(PAGE))
    assert "80 %" in page
    assert "data-weights-row" not in page
    assert "Add visitors" not in page
    assert client.post(WEIGHTS, {"to_weight": "1", "alt_weight_1": "1"}).status_code == 403


def test_annotations_that_are_ignored_are_named_together_with_the_reason(
    demo: DemoCluster, browser: Browser
) -> None:
    bad = {
        "haproxy.router.openshift.io/balance": "RoundRobin",
        "haproxy.router.openshift.io/timeout": "100d",
    }
    demo.edit(
        kinds.ROUTE,
        "web",
        lambda old: dataclasses.replace(
            old, metadata=dataclasses.replace(old.metadata, annotations=bad)
        ),
    )
    page = text_of(browser.get(PAGE))
    assert page.count('id="ignored-annotations"') == 1
    assert "The router does not take 2 annotations of this route as written" in page
    assert '"RoundRobin" is not one of' in page
    assert "cut down from 100d" in page


# --- save and undo ---------------------------------------------------------------------------------


def test_saving_the_slider_changes_the_weights_and_nothing_else(
    demo: DemoCluster, browser: Browser
) -> None:
    before = demo.route()
    assert slid(browser, "30", "70").status_code == 302
    assert weights(demo) == [30, 70]
    kept = dataclasses.replace(
        demo.route().spec, to=before.spec.to, alternate_backends=before.spec.alternate_backends
    )
    assert kept == before.spec


def test_saving_without_a_change_writes_nothing(demo: DemoCluster, browser: Browser) -> None:
    before = demo.route()
    assert slid(browser, "80", "20").status_code == 302
    assert demo.route() is before


def test_undo_is_in_the_toast_and_on_the_page_and_restores_the_weights(
    demo: DemoCluster, browser: Browser
) -> None:
    page = text_of(browser.get(slid(browser, "30", "70")["Location"]))
    assert f"Weights saved: {BLUE} 30, {GREEN} 70." in page
    assert page.count('action="/k8s/ns/demo/routes/web/undo?token=') == 2
    assert f"Back to {BLUE} 80, {GREEN} 20" in page
    url = page.split('action="/k8s/ns/demo/routes/web/undo?token=')[1].split('"')[0]
    answer = browser.post(f"{PAGE}/undo?token={url}", follow=True)
    assert weights(demo) == [80, 20]
    assert f"Undone: {BLUE} 80, {GREEN} 20." in text_of(answer)
    assert "Back to" not in text_of(answer)


def test_undo_refuses_when_somebody_changed_the_weights_since(
    demo: DemoCluster, browser: Browser
) -> None:
    page = text_of(browser.get(slid(browser, "30", "70")["Location"]))
    url = page.split('action="/k8s/ns/demo/routes/web/undo?token=')[1].split('"')[0]
    demo.edit(kinds.ROUTE, "web", lambda old: reweighted(old, 55))
    answer = browser.post(f"{PAGE}/undo?token={url}", follow=True)
    assert weights(demo) == [55, 70]
    shown = text_of(answer)
    assert "The change was not undone." in shown
    assert f"they are now {BLUE} 55, {GREEN} 70" in shown


def test_the_card_alone_is_drawn_again_after_save_and_undo(
    demo: DemoCluster, browser: Browser
) -> None:
    fields = fields_of(browser.get(PAGE).content.decode(), "weights-form")
    typed = {**fields, "to_weight": "30", "alt_weight_1": "70"}
    answer = browser.post(WEIGHTS, typed, HTTP_HX_REQUEST="true")
    card = text_of(answer)
    assert answer.status_code == 200
    assert "<html" not in card
    assert f"Weights saved: {BLUE} 30, {GREEN} 70." in card.split('hx-swap-oob="innerHTML"')[1]
    undo = card.split('hx-post="/k8s/ns/demo/routes/web/undo?token=')[1].split('"')[0]
    answer = browser.post(f"{PAGE}/undo?token={undo}", HTTP_HX_REQUEST="true")
    assert f"Undone: {BLUE} 80, {GREEN} 20." in text_of(answer)
    assert fields_of(answer.content.decode(), "weights-form")["to_weight"] == ["80"]
    answer = browser.post(WEIGHTS, {**fields, "to_weight": "x"}, HTTP_HX_REQUEST="true")
    assert answer.status_code == 422
    assert text_of(answer).startswith("<section")


def test_an_undo_with_a_forged_token_is_refused(demo: DemoCluster, browser: Browser) -> None:
    assert browser.post(f"{PAGE}/undo?token=made-up").status_code == 400
    assert weights(demo) == [80, 20]


def test_a_form_that_changed_weights_offers_undo_too(demo: DemoCluster, browser: Browser) -> None:
    fields = fields_of(browser.get(f"{PAGE}/form").content.decode())
    answer = browser.post(f"{PAGE}/form", {**fields, "to_weight": "1"}, follow=True)
    assert "/undo?token=" in text_of(answer)


@pytest.mark.parametrize(
    ("first", "message"),
    [
        ("", f"{BLUE}: Required value"),
        ("x", f"{BLUE}: Must be a whole number greater than or equal to 0."),
        ("-1", "weight must be an integer between 0 and 256"),
        ("257", f"{BLUE}: Invalid value: 257: weight must be an integer between 0 and 256"),
    ],
)
def test_a_wrong_weight_is_told_and_stays_typed(
    demo: DemoCluster, browser: Browser, first: str, message: str
) -> None:
    answer = slid(browser, first, "7")
    assert answer.status_code == 422
    assert message in text_of(answer)
    kept = fields_of(answer.content.decode(), "weights-form")
    assert (kept["to_weight"], kept["alt_weight_1"]) == ([first], ["7"])
    assert weights(demo) == [80, 20]


def test_a_conflict_keeps_the_typed_weights_and_offers_to_overwrite(
    demo: DemoCluster, browser: Browser
) -> None:
    fields = fields_of(browser.get(PAGE).content.decode(), "weights-form")
    demo.edit(kinds.ROUTE, "web", lambda old: reweighted(old, 55))
    answer = browser.post(WEIGHTS, {**fields, "to_weight": "30", "alt_weight_1": "70"})
    assert answer.status_code == 422
    assert f"they are now {BLUE} 55, {GREEN} 20" in text_of(answer)
    kept = fields_of(answer.content.decode(), "weights-form")
    assert kept["to_weight"] == ["30"]
    assert browser.post(WEIGHTS, {**kept, "overwrite": "1"}).status_code == 302
    assert weights(demo) == [30, 70]


def test_the_preview_shows_the_shares_and_writes_nothing(
    demo: DemoCluster, browser: Browser
) -> None:
    answer = slid(browser, "50", "50", preview="1")
    assert answer.status_code == 200
    assert text_of(answer).count("50 %") == 4
    assert weights(demo) == [80, 20]


def test_both_at_zero_may_be_saved_and_the_page_says_what_visitors_see(
    demo: DemoCluster, browser: Browser
) -> None:
    assert slid(browser, "0", "0").status_code == 302
    assert weights(demo) == [0, 0]
    page = text_of(browser.get(PAGE))
    assert "All weights are 0" in page
    assert "503" in page


# --- live ------------------------------------------------------------------------------------------


def topic(name: str) -> Any:
    made = topics.make(name)
    assert made is not None
    return made


@pytest.mark.parametrize("part", ["alerts", "facts", "split", "chart", "charts", "visitors", "tls"])
def test_a_parts_frame_is_what_the_page_shows(
    demo: DemoCluster, browser: Browser, part: str
) -> None:
    name = f"route:demo/web:{'visitors-edit' if part == 'visitors' else part}"
    frame, _ = topic(name).frame(demo.client, None)
    assert f'data-live="{name}"' in frame["html"]
    assert frame["html"].strip() in browser.get(PAGE).content.decode()


def test_weights_that_are_saved_touch_facts_and_split(demo: DemoCluster, browser: Browser) -> None:
    demo.engine.take_changes()
    slid(browser, "30", "70")
    changes = demo.engine.take_changes()
    for part in ("facts", "split"):
        each = topic(f"route:demo/web:{part}")
        assert any(each.touches(change) for change in changes)
        assert "70 %" in each.frame(demo.client, None)[0]["html"]
    assert not any(topic("route:demo/other:facts").touches(change) for change in changes)


def test_the_saved_weights_stay_beside_the_slider_while_others_change_them(
    demo: DemoCluster, browser: Browser
) -> None:
    assert f"Saved: {BLUE} 80, {GREEN} 20" in text_of(browser.get(PAGE))
    demo.edit(kinds.ROUTE, "web", lambda old: reweighted(old, 55))
    frame, _ = topic("route:demo/web:weights").frame(demo.client, None)
    assert f"Saved: {BLUE} 55, {GREEN} 20" in frame["html"]


def test_a_deleted_route_is_gone(demo: DemoCluster) -> None:
    demo.delete(kinds.ROUTE, "web")
    assert topic("route:demo/web:facts").frame(demo.client, None)[0] == {"t": "gone"}
    assert topic("traffic:demo/web:shares").frame(demo.client, None)[0] is None


def test_strangers_may_not_watch_and_viewers_get_no_buttons(demo: DemoCluster) -> None:
    stranger, developer = Actor("stranger"), Actor("developer")
    for name in ("route:demo/web:facts", "traffic:demo/web:services"):
        assert not topic(name).allowed(demo.client, stranger)
        assert topic(name).allowed(demo.client, developer)
    assert topic("route:demo/web:visitors-edit").allowed(demo.client, SYSTEM_ADMIN)
    assert not topic("route:demo/web:visitors-edit").allowed(demo.client, stranger)
    frame, _ = topic("route:demo/web:visitors").frame(demo.client, None)
    assert "<button" not in frame["html"]


@pytest.mark.parametrize("name", ["route:web:facts", "route:demo/web:x", "traffic:demo/web:x"])
def test_topics_that_make_no_sense_are_refused(name: str) -> None:
    assert topics.make(name) is None


def test_a_rate_chart_gets_its_past_first_and_then_what_is_new(demo: DemoCluster) -> None:
    each = topic("traffic:demo/web:services")
    first, cursor = each.frame(demo.client, None)
    assert first["points"]["reset"] is True
    assert set(first["points"]["series"]) == {BLUE, GREEN}
    nothing, same = each.frame(demo.client, cursor)
    assert (nothing, same) == (None, cursor)
    demo.run(1)
    more, _ = each.frame(demo.client, cursor)
    assert more["points"]["reset"] is False
    assert len(more["points"]["x"]) == 4
    assert more["points"]["x"][0] > first["points"]["x"][-1]
    rate = sum(values[-1] for values in more["points"]["series"].values())
    assert rate == pytest.approx(45, abs=3)


def test_a_save_shows_in_the_chart_within_a_second(demo: DemoCluster, browser: Browser) -> None:
    each = topic("traffic:demo/web:services")
    _, cursor = each.frame(demo.client, None)
    slid(browser, "0", "100")
    demo.run(1)
    frame, _ = each.frame(demo.client, cursor)
    series = frame["points"]["series"]
    # Those who keep cookies stay with their pod (5 of 45 requests a second).
    assert series[GREEN][-1] >= 39
    assert series[BLUE][-1] <= 6


def test_shares_speak_of_expected_and_observed_in_the_routes_order(demo: DemoCluster) -> None:
    demo.run(20)
    frame, cursor = topic("traffic:demo/web:shares").frame(demo.client, None)
    expected, observed = frame["points"]["react"]["data"]
    assert expected["y"][:2] == observed["y"][:2] == [BLUE, GREEN]
    assert expected["x"][0] == pytest.approx(80, abs=0.5)
    assert observed["x"][0] == pytest.approx(80, abs=5)
    assert observed["text"][0].endswith(" %")
    assert topic("traffic:demo/web:shares").frame(demo.client, cursor)[0] is None
    json.dumps(frame)


def test_the_status_chart_names_codes(demo: DemoCluster) -> None:
    frame, _ = topic("traffic:demo/web:statuses").frame(demo.client, None)
    assert "200 OK" in frame["points"]["series"]
