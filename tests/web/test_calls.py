"""Calls between pods in the console: the tab, its dialog, the ways to the cause, callers, live frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client as Browser

from cluster.engine.assembly import build_engine
from cluster.objects import kinds
from cluster.objects.calls import CALLS, CALLS_PER_SECOND
from cluster.objects.meta import Key
from cluster.runtime import running as slot
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor, Delete, Edit
from cluster.scenarios import first_boot
from console.kinds.calls import health, why_url
from console.live import registered, topics
from tests.builders import a_config
from tests.running_cluster import DEVELOPER, KUBEADMIN, OUTSIDER, running
from tests.web.reading import source, text_of

pytestmark = pytest.mark.django_db

FRONTEND = "/k8s/ns/shop/deploymentconfigs/frontend"
API = Key("shop", "api")


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The scenario `shop`, whose projects are the developer's."""
    engine = build_engine(a_config())
    first_boot(engine, 2, "shop")
    registered.load()
    with running(engine) as client:
        monkeypatch.setattr(slot, "current", lambda: client)
        yield client


def retarget(client: Client, port: int) -> None:
    """Give the service api another target port, and wait until calls have shown it."""

    def change(service: Any) -> Any:
        ports = tuple(replace(each, target_port=port) for each in service.spec.ports)
        return replace(service, spec=replace(service.spec, ports=ports))

    client.execute([Edit(kinds.SERVICE, API, change)], DEVELOPER)
    client.advance(KUBEADMIN, 10)


def declared(client: Client, name: str = "frontend") -> dict[str, str]:
    config = client.get(kinds.DEPLOYMENTCONFIG, "shop", name)
    return {each: config.metadata.annotations.get(each, "") for each in (CALLS, CALLS_PER_SECOND)}


def frame(client: Client, name: str, since: Any = None) -> Any:
    topic = topics.make(name)
    assert topic is not None
    return topic.frame(client, since)[0]


def test_the_tab_shows_targets_a_chart_and_the_log(shop: Client, developer: Browser) -> None:
    page = developer.get(f"{FRONTEND}/calls")
    text = text_of(page)
    assert "2 pods call each target 2 times a second" in text
    assert "http://api:8080 Healthy" in text
    assert "100 % of 240 calls" in text
    assert "Last error http://api:8080" in text
    assert "→ http://api:8080" in text
    assert "200 OK" in text
    assert 'data-live="calls-chart:shop/frontend"' in source(page)
    assert 'data-live="calls-log:shop/frontend"' in source(page)


def test_a_workload_that_calls_nobody_offers_to_declare_calls(
    shop: Client, kubeadmin: Browser
) -> None:
    page = kubeadmin.get("/k8s/ns/data/deploymentconfigs/db/calls")
    assert "These pods call nobody" in text_of(page)
    assert "/k8s/ns/data/deploymentconfigs/db/~calls" in source(page)


def test_the_dialog_declares_changes_and_takes_back_calls(shop: Client, developer: Browser) -> None:
    page = developer.get(f"{FRONTEND}/~calls")
    assert "http://api:8080</textarea>" in source(page)
    typed = {"calls": "http://api:8080,\r\ntcp://db.data:5432", "calls_per_second": "0.5"}
    answer = developer.post(f"{FRONTEND}/~calls", typed)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, f"{FRONTEND}/calls")
    assert declared(shop) == {
        CALLS: "http://api:8080,\ntcp://db.data:5432",
        CALLS_PER_SECOND: "0.5",
    }
    shop.advance(KUBEADMIN, 30)
    assert "tcp://db.data:5432 Healthy" in text_of(developer.get(f"{FRONTEND}/calls"))
    developer.post(f"{FRONTEND}/~calls", {"calls": " ", "calls_per_second": "2"})
    assert declared(shop) == {CALLS: "", CALLS_PER_SECOND: ""}


def test_what_the_server_refuses_stands_at_its_field_and_changes_nothing(
    shop: Client, developer: Browser
) -> None:
    before = declared(shop)
    answer = developer.post(f"{FRONTEND}/~calls", {"calls": "db", "calls_per_second": "1000"})
    assert answer.status_code == 422
    text = text_of(answer)
    assert 'Invalid value: "db": the port is missing' in text
    assert 'Invalid value: "1000": must be between 0.1 and 100' in text
    assert "\ndb</textarea>" in source(answer)
    assert declared(shop) == before


def test_who_may_not_change_the_workload_gets_no_dialog(shop: Client, outsider: Browser) -> None:
    assert outsider.get(f"{FRONTEND}/~calls").status_code in (403, 404)
    assert outsider.get(f"{FRONTEND}/calls").status_code in (403, 404)


def test_a_failing_target_leads_to_the_walk_that_fails_alike(
    shop: Client, developer: Browser
) -> None:
    retarget(shop, 9999)
    report = shop.calls("shop", "frontend")
    assert report is not None
    (target,) = report.targets
    assert health(target) == "Degraded"
    address = urlsplit(why_url(shop, report.key, target))
    asked = parse_qs(address.query)
    assert asked["to"] == ["service/shop/api"]
    assert asked["port"] == ["8080"]
    assert asked["endpoint"][0].endswith(":9999")
    page = developer.get(f"{FRONTEND}/calls")
    assert "connect: connection refused" in text_of(page)
    walk = developer.get(f"{address.path}?{address.query}")
    assert "Nothing listens on port 9999/TCP of pod shop/api-1-" in text_of(walk)
    shop.advance(KUBEADMIN, 60)
    report = shop.calls("shop", "frontend")
    assert report is not None
    assert health(report.targets[0]) == "Down"


def test_a_name_that_fails_leads_to_the_dns_explorer(shop: Client, developer: Browser) -> None:
    shop.execute([Delete(kinds.SERVICE, API)], DEVELOPER)
    shop.advance(KUBEADMIN, 10)
    report = shop.calls("shop", "frontend")
    assert report is not None
    url = why_url(shop, report.key, report.targets[0])
    assert url.startswith("/dns?pod=shop%2Ffrontend-1-")
    assert url.endswith("&name=api")
    assert "NXDOMAIN" in text_of(developer.get(url))


def test_the_overview_warns_of_a_workload_whose_calls_fail(
    shop: Client, developer: Browser
) -> None:
    quiet = text_of(developer.get("/overview/ns/shop"))
    assert "Calls to" not in quiet
    retarget(shop, 9999)
    assert "Calls to http://api:8080 fail: dial tcp" in text_of(developer.get("/overview/ns/shop"))
    assert "View calls" in frame(shop, "calls-failing:shop/frontend")["html"]
    retarget(shop, 8080)
    assert "View calls" not in frame(shop, "calls-failing:shop/frontend")["html"]


def test_a_service_names_its_callers(shop: Client, developer: Browser) -> None:
    text = text_of(developer.get("/k8s/ns/data/services/db/called-by"))
    assert "shop/api 2 tcp://db.data:5432 Healthy 100 %" in text
    text = text_of(developer.get("/k8s/ns/shop/services/frontend/called-by"))
    assert "No workload declares calls to this service" in text


def test_callers_of_projects_that_one_may_not_see_are_only_counted(shop: Client) -> None:
    topic = topics.make(f"called-by:{OUTSIDER.name}:data/db")
    assert topic is not None
    assert not topic.allowed(shop, OUTSIDER)
    html = topic.frame(shop, None)[0]["html"]  # type: ignore[index]
    assert "shop/api" not in html
    assert "1 workload of projects that you may not see calls it as well." in html
    mine = topics.make(f"called-by:{DEVELOPER.name}:data/db")
    assert mine is not None
    assert mine.allowed(shop, DEVELOPER)
    assert not mine.allowed(shop, Actor("viewer"))


def test_the_chart_sends_what_came_since(shop: Client) -> None:
    topic = topics.make("calls-chart:shop/frontend")
    assert topic is not None
    first, cursor = topic.frame(shop, None)
    assert first is not None
    assert first["points"]["reset"]
    assert list(first["points"]["series"]) == ["Succeeded"]
    assert topic.frame(shop, cursor)[0] is None
    retarget(shop, 9999)
    second, _ = topic.frame(shop, cursor)
    assert second is not None
    points = second["points"]
    assert len(points["x"]) == 10
    assert set(points["series"]) == {"Succeeded", "Refused"}
    assert [each["line"]["dash"] for each in points["traces"]] == ["solid", "dot"]
    assert points["series"]["Refused"][-1] == 4.0


def test_the_log_sends_rows_the_newest_first(shop: Client) -> None:
    rows = frame(shop, "calls-log:shop/frontend")
    numbers = [int(each.removeprefix("call-")) for each in rows["order"]]
    assert numbers == sorted(numbers, reverse=True)
    assert "200 OK" in rows["rows"][rows["order"][0]]


def test_topics_that_make_no_sense_are_none(shop: Client) -> None:
    for name in ("calls-chart:shop", "calls-log:/x", "calls-targets:shop/", "called-by:data/db"):
        assert topics.make(name) is None
