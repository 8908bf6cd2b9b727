"""Visitors on their route's page: added, changed, stopped, started, deleted."""

from __future__ import annotations

import html
import json
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client as Browser

from cluster.objects import kinds
from cluster.objects.meta import ObjectMeta
from cluster.objects.namespace import Project
from cluster.objects.route import Route, RouteSpec, RouteTargetReference
from cluster.objects.visitors import Visitors, VisitorsSpec
from cluster.runtime import running
from tests.web.route_cluster import DemoCluster, sign_in

pytestmark = pytest.mark.django_db

PAGE = "/k8s/ns/demo/routes/web"
NEW = f"{PAGE}/visitors/~new"
HTMX = {"HTTP_HX_REQUEST": "true"}
TYPED = {
    "name": "more",
    "requests_per_second": "2.5",
    "clients": "10",
    "network": "198.51.100.0/28",
    "cookie_percent": "30",
    "scheme": "https",
    "path": "/shop",
    "hold_milliseconds": "200",
}


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


def group(demo: DemoCluster, name: str = "visitors") -> Visitors:
    found: Visitors = demo.client.get(kinds.VISITORS, "demo", name)
    return found


def toast_of(answer: Any) -> str:
    return str(json.loads(answer["HX-Trigger"])["toast"]["title"])


def test_the_dialog_proposes_a_free_name_and_what_the_route_serves(
    demo: DemoCluster, browser: Browser
) -> None:
    page = text_of(browser.get(NEW, **HTMX))
    assert 'value="web-visitors"' in page
    assert 'value="203.0.113.0/24"' in page
    assert "<dialog" in page
    browser.post(NEW, {**TYPED, "name": "web-visitors"}, **HTMX)
    assert 'value="web-visitors-2"' in text_of(browser.get(NEW, **HTMX))


def test_visitors_are_added_with_all_their_fields(demo: DemoCluster, browser: Browser) -> None:
    answer = browser.post(NEW, TYPED, **HTMX)
    assert answer.status_code == 204
    assert toast_of(answer) == "Visitors more were added."
    spec = group(demo, "more").spec
    assert spec.route == "web"
    assert (spec.requests_per_second, spec.clients, spec.network) == (2.5, 10, "198.51.100.0/28")
    assert (spec.cookie_percent, spec.scheme, spec.path) == (30, "https", "/shop")
    assert (spec.hold_milliseconds, spec.stopped) == (200, False)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "No", 'Invalid value: "No"'),
        ("name", "visitors", 'visitors.shiftlab.io "visitors" already exists'),
        ("requests_per_second", "0", "must be between 0.1 and 100000, inclusive"),
        ("requests_per_second", "many", "Must be a number."),
        ("clients", "0", "must be between 1 and 65534, inclusive"),
        ("clients", "100", "must not exceed the 14 addresses of network 198.51.100.0/28"),
        ("clients", "1.5", "Must be a whole number."),
        ("network", "nowhere", "must be a valid IPv4 network in CIDR notation"),
        ("cookie_percent", "101", "must be between 0 and 100, inclusive"),
        ("path", "shop", "path must begin with /"),
        ("hold_milliseconds", "", "Required value"),
    ],
)
def test_wrong_values_are_told_at_their_field(
    demo: DemoCluster, browser: Browser, field: str, value: str, message: str
) -> None:
    answer = browser.post(NEW, {**TYPED, field: value}, **HTMX)
    assert answer.status_code == 422
    page = text_of(answer)
    assert message in page
    helper = page[page.index(f'id="id_{field}-helper"') :]
    assert message in helper.split("</div></div></div>", 1)[0]
    assert 'value="/shop"' in page or field == "path"
    assert len(demo.client.list(kinds.VISITORS, "demo")) == 2


def test_a_change_keeps_name_and_route(demo: DemoCluster, browser: Browser) -> None:
    url = f"{PAGE}/visitors/visitors/form"
    assert 'value="40"' in text_of(browser.get(url, **HTMX))
    answer = browser.post(url, {**TYPED, "name": "renamed"}, **HTMX)
    assert answer.status_code == 204
    spec = group(demo).spec
    assert (spec.route, spec.requests_per_second) == ("web", 2.5)
    demo.run(3)
    traffic = demo.client.traffic("demo", "web")
    assert traffic is not None
    assert {each.name: each.requests_per_second for each in traffic.groups}["visitors"] == 2.5


def test_stopped_visitors_send_nothing_until_they_are_started(
    demo: DemoCluster, browser: Browser
) -> None:
    url = f"{PAGE}/visitors/visitors/stop"
    assert toast_of(browser.post(f"{url}?stopped=1", **HTMX)) == "Visitors visitors were stopped."
    assert group(demo).spec.stopped
    assert "Stopped" in text_of(browser.get(PAGE))
    assert toast_of(browser.post(f"{url}?stopped=", **HTMX)) == "Visitors visitors visit again."
    assert not group(demo).spec.stopped


def test_when_the_last_visitors_are_deleted_the_page_offers_to_add_some(
    demo: DemoCluster, browser: Browser
) -> None:
    assert "Nobody visits this route" not in text_of(browser.get(PAGE))
    for name in ("visitors", "returning-visitors"):
        assert browser.post(f"{PAGE}/visitors/{name}/delete", **HTMX).status_code == 204
    demo.run(1)
    assert demo.client.list(kinds.VISITORS, "demo") == []
    page = text_of(browser.get(PAGE))
    assert "Nobody visits this route" in page
    assert "data-chart-figure" not in page
    assert f'hx-get="{NEW}"' in page


def test_visitors_of_another_route_are_not_found_here(demo: DemoCluster, browser: Browser) -> None:
    url = "/k8s/ns/demo/routes/other/visitors/visitors/delete"
    assert browser.post(url, **HTMX).status_code == 404
    assert group(demo)


def test_list_and_page_of_visitors_show_them(demo: DemoCluster, browser: Browser) -> None:
    listed = text_of(browser.get("/k8s/ns/demo/visitors"))
    assert "returning-visitors" in listed
    page = text_of(browser.get("/k8s/ns/demo/visitors/visitors"))
    assert "203.0.113.0/24" in page
    assert f'href="{PAGE}"' in page


def test_strangers_may_not_touch_them(demo: DemoCluster, client: Browser) -> None:
    from django.contrib.auth import get_user_model

    client.force_login(get_user_model().objects.create_user("stranger", password="x"))
    assert client.get(NEW, **HTMX).status_code == 403
    assert client.post(f"{PAGE}/visitors/visitors/stop?stopped=1", **HTMX).status_code == 403
    assert client.post(f"{PAGE}/visitors/visitors/delete", **HTMX).status_code == 403
    assert not group(demo).spec.stopped


# --- where visits end -------------------------------------------------------------------------------


def longer_route(demo: DemoCluster, path: str = "/shop") -> None:
    """Another route on the host of `web`, and visitors of `web` who ask for its path."""
    web = demo.route()
    spec = replace(web.spec, path=path, alternate_backends=())
    demo.create(Route(metadata=ObjectMeta(name="shop", namespace="demo"), spec=spec))
    shoppers = VisitorsSpec(route="web", path="/shop/cart", requests_per_second=20)
    demo.create(Visitors(metadata=ObjectMeta(name="shoppers", namespace="demo"), spec=shoppers))
    demo.run(2)


def test_pages_say_that_visits_end_at_another_route(demo: DemoCluster, browser: Browser) -> None:
    longer_route(demo)
    link = 'href="/k8s/ns/demo/routes/shop"'
    why = "Of the paths that match /shop/cart, /shop is the longest."
    for address in ("/k8s/ns/demo/visitors/shoppers", "/k8s/ns/demo/visitors", PAGE):
        page = text_of(browser.get(address))
        assert "Requests end at" in page and link in page and why in page, address
    assert "Requests of shoppers end at" in text_of(browser.get(PAGE))


def test_the_route_that_serves_them_names_its_guests(demo: DemoCluster, browser: Browser) -> None:
    longer_route(demo)
    page = text_of(browser.get("/k8s/ns/demo/routes/shop"))
    assert "Visitors of other routes that end here" in page
    assert 'href="/k8s/ns/demo/visitors/shoppers"' in page and "20 requests/s" in page
    assert "data-chart" in page


def test_pages_say_that_visits_end_nowhere(demo: DemoCluster, browser: Browser) -> None:
    demo.edit(kinds.ROUTE, "web", lambda old: replace(old, spec=replace(old.spec, path="/a")))
    demo.run(1)
    why = "has routes, but none for the path /."
    for address in ("/k8s/ns/demo/visitors/visitors", PAGE):
        assert why in text_of(browser.get(address)), address


def test_a_route_of_another_project_is_not_named(demo: DemoCluster, browser: Browser) -> None:
    host = demo.route().spec.host
    demo.create(Project(metadata=ObjectMeta(name="secretive")))
    demo.delete(kinds.ROUTE, "web")
    demo.run(1)
    web = RouteSpec(host=host, to=RouteTargetReference(name="x"))
    demo.create(Route(metadata=ObjectMeta(name="hidden", namespace="secretive"), spec=web))
    demo.run(2)
    demo.create(Route(metadata=ObjectMeta(name="web", namespace="demo"), spec=web))
    demo.run(2)
    page = text_of(browser.get("/k8s/ns/demo/visitors/visitors"))
    assert "Requests end at a route of another project." in page
    assert "The router refuses the route: HostAlreadyClaimed." in page
    assert "routes/hidden" not in page and "secretive" not in page
