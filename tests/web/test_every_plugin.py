"""Every page answers under every network plugin, with the shop's pods calling each other."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from django.test import Client as Browser

from cluster.engine.assembly import build_engine
from cluster.engine.network.plugins.facts import PLUGINS
from cluster.objects import kinds
from cluster.runtime import running as slot
from cluster.runtime.client import Client
from cluster.scenarios import first_boot
from console import kinds as views
from console.urls_for import list_url, name_url
from tests.builders import a_config
from tests.running_cluster import KUBEADMIN, SETTLED, running

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

PAGES = ("/network", "/network/plugin", "/reachability", "/walk", "/dns", "/router")
LEVELS = ("projects", "workloads", "pods")


@pytest.fixture(scope="module", params=list(PLUGINS))
def shop(request: pytest.FixtureRequest) -> Iterator[Client]:
    """The shop under one plugin."""
    engine = build_engine(a_config(plugin=request.param))
    first_boot(engine, scenario="shop")
    with running(engine) as client:
        client.advance(KUBEADMIN, SETTLED)
        yield client


@pytest.fixture
def browser(shop: Client, kubeadmin: Browser, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """The cluster admin, who sees everything."""
    monkeypatch.setattr(slot, "current", lambda: shop)
    return kubeadmin


def some_object(client: Client, kind: kinds.Kind) -> tuple[str, str] | None:
    """Namespace and name of an object of a kind, of the shop if there is one."""
    found = client.list(kind)
    own = [each for each in found if each.metadata.namespace == "shop"] or found
    return (own[0].metadata.namespace, own[0].metadata.name) if own else None


def test_pages_without_a_kind_answer(browser: Browser) -> None:
    for page in PAGES:
        assert browser.get(page).status_code == 200, page
    for level in LEVELS:
        assert browser.get(f"/reachability?level={level}").status_code == 200, level


@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.plural)
def test_lists_and_tabs_of_every_kind_answer(
    browser: Browser, shop: Client, kind: kinds.Kind
) -> None:
    assert browser.get(list_url(kind)).status_code == 200
    found = some_object(shop, kind)
    for tab in views.of(kind).tabs if found else ():
        address = name_url(kind, *found, tab.slug)
        assert browser.get(address).status_code == 200, address


def test_a_walk_to_everything_has_a_verdict(browser: Browser, shop: Client) -> None:
    pods = [each for each in shop.list(kinds.POD) if each.metadata.namespace in ("shop", "data")]
    source = f"pod/{pods[0].metadata.key}"
    node = pods[0].node_name
    destinations = [
        *(f"pod/{each.metadata.key}" for each in pods[1:]),
        *(f"service/{each.metadata.key}" for each in shop.list(kinds.SERVICE)),
        f"node/{node}",
        f"nodeport/{node}",
        "93.184.216.34",
        "172.30.0.1",
    ]
    for start in (source, f"router/{node}", f"node/{node}", "203.0.113.9"):
        for end in destinations:
            query = urlencode({"from": start, "to": end, "port": 8080})
            answer = browser.get(f"/walk?{query}")
            assert answer.status_code == 200, query
            assert answer.context["walk"].verdict in ("delivered", "refused", "dropped"), query
