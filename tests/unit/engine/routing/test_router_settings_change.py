"""Settings that change under a running router: routes are admitted anew, traffic goes another way, and the
preview has said so before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cluster.engine.routing.settings_preview import SettingsPreview, preview_settings
from cluster.objects.meta import Key
from cluster.objects.route import Route, TLSConfig
from cluster.objects.service import Service
from cluster.objects.visitors import Visitors, VisitorsSpec
from tests.builders import a_service, metadata
from tests.unit.engine.routing.router_lab import RouterLab

HOST = "www.example.com"
SHARED = {"routeAdmission": {"namespaceOwnership": "InterNamespaceAllowed"}}
STRICT = {"routeAdmission": {"namespaceOwnership": "Strict"}}
WILD = {"routeAdmission": {"wildcardPolicy": "WildcardsAllowed"}}


def shared_host() -> RouterLab:
    """Project a owns the host; b has another path, c the same path."""
    lab = RouterLab()
    lab.add("first", "a", HOST)
    lab.add("path", "b", HOST, path="/b")
    lab.add("same", "c", HOST)
    return lab


def preview(lab: RouterLab, **spec: Any) -> SettingsPreview:
    cluster = lab.engine.cluster
    return preview_settings(cluster.store, lab.draft(**spec), cluster.config, cluster.now)


def test_routes_of_other_projects_are_promoted_and_displaced_as_ownership_changes() -> None:
    lab = shared_host()
    strict = lab.words()
    assert strict == {
        "a/first": "True",
        "b/path": f"a route in another namespace holds {HOST} and is older than path",
        "c/same": f"a route in another namespace holds {HOST} and is older than same",
    }
    lab.set(**SHARED)
    assert lab.words() == {**strict, "b/path": "True"}
    lab.set(**STRICT)
    assert lab.words() == strict


def test_the_oldest_route_wins_whatever_order_it_was_changed_in() -> None:
    lab = RouterLab()
    lab.add("young", "b", HOST)
    lab.set(**SHARED)
    lab.add("younger", "a", HOST, path="/a")
    assert set(lab.words().values()) == {"True"}
    lab.set(**STRICT)
    assert lab.words()["b/young"] == "True"
    assert "is older than younger" in lab.words()["a/younger"]


def test_wildcard_routes_come_in_and_go_with_the_policy() -> None:
    lab = RouterLab()
    lab.add("all", "a", HOST, wildcard_policy="Subdomain")
    assert lab.condition("all", "a").message == "wildcard routes are not allowed"
    lab.set(**WILD)
    assert lab.words() == {"a/all": "True"}
    lab.set(routeAdmission=None)
    assert lab.words() == {"a/all": "wildcard routes are not allowed"}


def test_domains_are_denied_and_allowed_at_once() -> None:
    lab = shared_host()
    lab.set_env(ROUTER_DENIED_DOMAINS="example.com")
    assert set(lab.words().values()) == {"host in list of denied domains"}
    lab.set_env()
    assert lab.words()["a/first"] == "True"


def test_a_router_domain_reaches_the_routes_statuses() -> None:
    lab = RouterLab()
    lab.add("sub", "a", "", subdomain="shop")
    lab.set_env(ROUTER_DOMAIN="example.org")
    route = lab.engine.store.get(Route, "a", "sub")
    assert route is not None
    (entry,) = route.status.ingress
    assert entry.host == "shop.example.org"
    assert entry.router_canonical_hostname == "router-default.example.org"


def test_routes_are_left_alone_by_settings_that_do_not_concern_admission() -> None:
    lab = shared_host()
    versions = [route.metadata.resource_version for route in lab.engine.store.list(Route)]
    lab.set_env(ROUTER_LOAD_BALANCE_ALGORITHM="leastconn", ROUTER_THREADS="2")
    after = [route.metadata.resource_version for route in lab.engine.store.list(Route)]
    assert after == versions


def test_a_router_that_is_recovered_goes_on_by_its_object() -> None:
    lab = shared_host()
    lab.set(**SHARED)
    other = RouterLab()
    stored = [*lab.engine.store.list(Route), lab.object]
    other.engine.store.remove(type(lab.object), lab.object.metadata.key)
    other.engine.recover(stored, {})
    other.engine.step(other.engine.now + 1)
    assert other.words() == lab.words()


def test_visitors_are_balanced_by_the_new_algorithm() -> None:
    lab = RouterLab()
    lab.engine.cluster.create(a_service("web", cluster_ip="172.30.0.9"))
    lab.add("web", "demo", HOST)
    group = Visitors(
        metadata=metadata("crowd", uid="", resource_version=0),
        spec=VisitorsSpec(route="web", requests_per_second=10, clients=5),
    )
    lab.engine.cluster.create(group)
    lab.engine.step(lab.engine.now + 1)
    assert lab.engine.store.get(Service, "demo", "web") is not None
    traffic: Any = lab.engine.controller("traffic")

    def algorithm() -> str:
        seen = traffic.snapshot(Key("demo", "web"))
        assert seen is not None
        return str(seen.algorithm)

    assert algorithm() == "source"
    lab.set_env(ROUTER_LOAD_BALANCE_ALGORITHM="leastconn")
    assert algorithm() == "leastconn"


# --- the preview ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", [SHARED, STRICT, WILD, {"unsupportedConfigOverrides": {
    "env": {"ROUTER_ALLOWED_DOMAINS": "a.test"}}}])  # fmt: skip
def test_the_preview_says_what_saving_then_does(spec: dict[str, Any]) -> None:
    lab = shared_host()
    lab.add("all", "d", "x.other.test", wildcard_policy="Subdomain")
    before, version = lab.words(), lab.engine.store.version
    found = preview(lab, **spec)
    assert lab.words() == before
    assert lab.engine.store.version == version
    lab.set(**spec)
    changed = {
        key: text
        for key, text in lab.words().items()
        if (text == "True") != (before[key] == "True")
    }
    assert {str(each.route): each.text or "True" for each in found.admission} == changed


def test_the_preview_lists_routes_that_are_balanced_otherwise() -> None:
    lab = RouterLab()
    lab.add("plain", "demo", HOST)
    lab.add("tcp", "demo", "tcp.test", tls=TLSConfig(termination="passthrough"))
    asked = {"haproxy.router.openshift.io/balance": "random"}
    lab.add("asks", "demo", "asks.test")
    route = lab.engine.store.get(Route, "demo", "asks")
    assert route is not None
    lab.engine.cluster.update(replace(route, metadata=replace(route.metadata, annotations=asked)))
    found = preview(
        lab, unsupportedConfigOverrides={"env": {"ROUTER_LOAD_BALANCE_ALGORITHM": "leastconn"}}
    )
    assert [(each.route.name, each.before, each.after) for each in found.balance] == [
        ("plain", "source", "leastconn")
    ]
    assert found.admission == ()
