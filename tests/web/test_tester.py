"""The traffic tester on a route's page: its form, what it shows, who may use it."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import pytest
from django.test import Client as Browser

from cluster.objects import kinds
from cluster.objects.meta import Key
from cluster.objects.route import BALANCE, DISABLE_COOKIES, Route, TLSConfig
from cluster.runtime.client import Client, RouterAddress
from cluster.runtime.commands import Edit
from tests.running_cluster import DEVELOPER, KUBEADMIN
from tests.web.reading import column, links_of, main_of, source, text_of

pytestmark = pytest.mark.django_db

PAGE = "/k8s/ns/demo/routes/web"
TESTER = f"{PAGE}/tester"
ASKED = {
    "requests": "10",
    "clients": "203.0.113.0/29",
    "scheme": "http",
    "path": "/",
    "in_flight": "1",
    "hold": "0",
    "cookie": "",
}


def edit(cluster: Client, change: Any) -> None:
    cluster.execute([Edit(kinds.ROUTE, Key("demo", "web"), change)], DEVELOPER)
    cluster.advance(KUBEADMIN, 2)


def annotated(**annotations: str) -> Any:
    named = {"balance": BALANCE, "disable_cookies": DISABLE_COOKIES}

    def change(route: Route) -> Route:
        held = {**route.metadata.annotations, **{named[k]: v for k, v in annotations.items()}}
        return dataclasses.replace(
            route, metadata=dataclasses.replace(route.metadata, annotations=held)
        )

    return change


def figure_of(response: Any) -> dict[str, Any]:
    found = re.search(r'<script id="figure-trial"[^>]*>(.*?)</script>', source(response), re.S)
    assert found is not None
    figure: dict[str, Any] = json.loads(found[1])
    return figure


# --- the form ----------------------------------------------------------------------------------------


def test_the_route_page_leads_to_the_tester(shown: Client, developer: Browser) -> None:
    assert TESTER in links_of(main_of(developer.get(PAGE)))


def test_the_page_says_in_which_state_the_router_is_tried(shown: Client, viewer: Browser) -> None:
    page = text_of(viewer.get(TESTER))
    assert "right after a reload of the router" in page
    assert "Nothing is counted or changed" in page


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("requests", "0", "Must be from 1 to 500."),
        ("requests", "501", "Must be from 1 to 500."),
        ("requests", "many", "Must be a whole number."),
        ("requests", "", "Required value"),
        ("clients", "", "Required value"),
        ("clients", "203.0.113.0/24, web", '"web": must be an IP address or a network'),
        ("scheme", "ftp", "ftp is not one of the available choices"),
        ("path", "shop", "path must begin with /"),
        ("path", "/a b", "cannot contain # or spaces"),
        ("in_flight", "0", "Must be from 1 to 500."),
        ("hold", "-1", "Must be from 0 to 60000."),
        ("hold", "60001", "Must be from 0 to 60000."),
        ("cookie", "a=1\tb", "must be one line without control characters"),
    ],
)
def test_a_wrong_value_is_named_at_its_field(
    shown: Client, developer: Browser, field: str, value: str, message: str
) -> None:
    answer = developer.get(TESTER, {**ASKED, field: value})
    assert answer.status_code == 422
    page = source(answer)
    assert f'id="id_{field}-helper"' in page
    assert message in text_of(answer)
    assert "request-1" not in page


def test_all_that_is_wrong_is_said_at_once(shown: Client, developer: Browser) -> None:
    wrong = {**ASKED, "requests": "0", "clients": "web", "path": "x", "cookie": "a\tb"}
    page = source(developer.get(TESTER, wrong))
    assert page.count('aria-invalid="true"') == 4


def test_what_was_typed_stays_in_the_form(shown: Client, developer: Browser) -> None:
    page = source(developer.get(TESTER, {**ASKED, "requests": "0", "cookie_jar": "on"}))
    assert 'value="203.0.113.0/29"' in page
    assert re.search(r'name="cookie_jar"[^>]*checked', page)


# --- what it shows ------------------------------------------------------------------------------------


def test_each_request_is_shown_with_its_pod_and_the_reason(
    cluster: Client, developer: Browser
) -> None:
    edit(cluster, annotated(disable_cookies="true"))
    answer = developer.get(TESTER, ASKED)
    assert column(answer, "Request") == [str(number) for number in range(1, 11)]
    assert column(answer, "Client")[:7] == [f"203.0.113.{n}" for n in (1, 2, 3, 4, 5, 6, 1)]
    pods = {pod.metadata.name for pod in cluster.list(kinds.POD, "demo")}
    assert all(each.split()[0] in pods for each in column(answer, "Answered by"))
    assert set(column(answer, "Status")) == {"200 OK"}
    assert column(answer, "Why")[0].startswith("roundrobin: turn 1 of the rotation")
    assert set(column(answer, "Cookie")) == {"-"}
    assert "none: the route has no cookies" in text_of(answer)


def test_the_chart_puts_the_answers_beside_the_exact_expectation(
    cluster: Client, developer: Browser
) -> None:
    edit(cluster, annotated(disable_cookies="true"))
    expected, answered = figure_of(developer.get(TESTER, {**ASKED, "requests": "100"}))["data"]
    assert (expected["name"], answered["name"]) == ("Expected", "Answered")
    assert sum(answered["x"]) == 100
    for law, found in zip(expected["x"], answered["x"], strict=True):
        assert found == pytest.approx(law, abs=1)


def test_a_browser_stays_with_its_pod_and_curl_does_not(shown: Client, developer: Browser) -> None:
    one = {**ASKED, "clients": "203.0.113.7"}
    curl = developer.get(TESTER, one)
    kept = developer.get(TESTER, {**one, "cookie_jar": "on"})
    assert len(set(column(curl, "Answered by"))) > 1
    assert len(set(column(kept, "Answered by"))) == 1
    assert column(kept, "Cookie") == ["set"] + ["sent"] * 9
    assert "names this pod" in column(kept, "Why")[1]
    assert "path=/; HttpOnly" in text_of(kept)


def test_least_connections_has_no_expected_share(cluster: Client, developer: Browser) -> None:
    edit(cluster, annotated(balance="leastconn"))
    answer = developer.get(TESTER, {**ASKED, "in_flight": "4"})
    assert "There is no expected share" in text_of(answer)
    assert [trace["name"] for trace in figure_of(answer)["data"]] == ["Answered"]


def test_a_redirect_is_explained_and_followed_on_request(
    cluster: Client, developer: Browser
) -> None:
    tls = TLSConfig(termination="edge", insecure_edge_termination_policy="Redirect")
    edit(
        cluster,
        lambda route: dataclasses.replace(route, spec=dataclasses.replace(route.spec, tls=tls)),
    )
    answer = developer.get(TESTER, ASKED)
    assert set(column(answer, "Status")) == {"302 Found"}
    assert set(column(answer, "Answered by")) == {"the router"}
    assert "The router redirects plain HTTP" in text_of(answer)
    followed = developer.get(TESTER, {**ASKED, "follow_redirects": "on"})
    assert set(column(followed, "Status")) == {"200 OK"}
    assert column(followed, "Why")[0].startswith("302 to https; ")


def test_a_trial_changes_nothing(cluster: Client, developer: Browser) -> None:
    version, traffic = cluster.version, cluster.traffic("demo", "web")
    developer.get(TESTER, ASKED)
    assert cluster.version == version
    assert cluster.traffic("demo", "web") == traffic


# --- who may ------------------------------------------------------------------------------------------


def test_who_may_look_may_try(shown: Client, viewer: Browser) -> None:
    assert len(column(viewer.get(TESTER, ASKED), "Request")) == 10


def test_strangers_are_refused(shown: Client, outsider: Browser) -> None:
    assert outsider.get(TESTER, ASKED).status_code == 403


def test_a_route_that_is_not_there_is_not_found(shown: Client, developer: Browser) -> None:
    assert developer.get("/k8s/ns/demo/routes/nothing/tester").status_code == 404


def test_only_reading_is_possible(shown: Client, developer: Browser) -> None:
    assert developer.post(TESTER, ASKED).status_code == 405


# --- the real router ---------------------------------------------------------------------------------


def test_urls_and_commands_name_the_routers_port(shown: Client, developer: Browser) -> None:
    shown.announce_router(RouterAddress("127.0.0.1", 8080, 8443))
    try:
        page = text_of(developer.get(TESTER, {**ASKED, "path": "/cart"}))
    finally:
        shown.announce_router(None)
    route = shown.get(kinds.ROUTE, "demo", "web")
    assert isinstance(route, Route)
    host = route.spec.host
    assert f"10 requests to http://{host}:8080/cart" in page
    assert f"curl http://{host}:8080/cart" in page


def test_a_redirect_leads_to_the_routers_port_for_tls(cluster: Client, developer: Browser) -> None:
    tls = TLSConfig(termination="edge", insecure_edge_termination_policy="Redirect")
    edit(
        cluster,
        lambda route: dataclasses.replace(route, spec=dataclasses.replace(route.spec, tls=tls)),
    )
    cluster.announce_router(RouterAddress("127.0.0.1", 8080, 8443))
    try:
        page = text_of(developer.get(TESTER, ASKED))
    finally:
        cluster.announce_router(None)
    assert ":8443/" in page


def test_without_a_router_there_is_no_command(shown: Client, developer: Browser) -> None:
    page = source(developer.get(TESTER, ASKED))
    assert "curl-command" not in page and ":8080" not in page
