"""The router at work in a cluster: statuses as routes come, change and go."""

from __future__ import annotations

import dataclasses
from typing import Any

from cluster.engine.config import EngineConfig
from cluster.engine.engine import Engine
from cluster.engine.routing.admission import RouterController
from cluster.engine.store import Store
from cluster.objects.meta import ObjectMeta
from cluster.objects.route import (
    Route,
    RouteIngressCondition,
    RouteSpec,
    RouteTargetReference,
    TLSConfig,
    status_word,
)

EPOCH = 1_790_000_000.0
HOST = "www.example.com"


class Lab:
    """A cluster with nothing but the router."""

    def __init__(self, store: Store | None = None) -> None:
        self.engine = Engine(EngineConfig(epoch=EPOCH), [RouterController()], store=store)

    def add(self, name: str, namespace: str = "demo", host: str = HOST, **spec: Any) -> None:
        self.engine.cluster.create(
            Route(
                metadata=ObjectMeta(name=name, namespace=namespace),
                spec=RouteSpec(host=host, to=RouteTargetReference(name="svc"), **spec),
            )
        )
        self.engine.step(self.engine.now + 1)

    def change(self, name: str, namespace: str = "demo", **spec: Any) -> None:
        old = self.get(name, namespace)
        new = dataclasses.replace(old, spec=dataclasses.replace(old.spec, **spec))
        self.engine.cluster.update(new)
        self.engine.step(self.engine.now + 1)

    def delete(self, name: str, namespace: str = "demo") -> None:
        self.engine.cluster.remove(self.get(name, namespace))
        self.engine.step(self.engine.now + 1)

    def get(self, name: str, namespace: str = "demo") -> Route:
        found = self.engine.store.get(Route, namespace, name)
        assert found is not None
        return found

    def condition(self, name: str, namespace: str = "demo") -> RouteIngressCondition:
        (entry,) = self.get(name, namespace).status.ingress
        (condition,) = entry.conditions
        return condition


def test_an_admitted_route_carries_the_routers_names() -> None:
    lab = Lab()
    lab.add("web")
    (entry,) = lab.get("web").status.ingress
    assert (entry.host, entry.router_name) == (HOST, "default")
    assert entry.router_canonical_hostname == "router-default.apps.localhost"
    assert entry.wildcard_policy == "None"
    assert lab.condition("web") == RouteIngressCondition(
        status="True", last_transition_time=lab.condition("web").last_transition_time
    )
    assert status_word(lab.get("web")) == "Accepted"


def test_a_subdomain_is_served_below_the_routers_domain() -> None:
    lab = Lab()
    lab.add("web", host="", subdomain="shop")
    (entry,) = lab.get("web").status.ingress
    assert entry.host == "shop.apps.localhost"


def test_the_younger_route_waits_until_the_older_goes() -> None:
    lab = Lab()
    lab.add("old")
    lab.add("new")
    assert lab.condition("new").message == f"route old already exposes {HOST} and is older"
    assert status_word(lab.get("new")) == "Rejected"
    lab.delete("old")
    assert status_word(lab.get("new")) == "Accepted"


def test_rehosting_the_owner_promotes_who_waits() -> None:
    lab = Lab()
    lab.add("old")
    lab.add("new")
    lab.change("old", host="other.example.com")
    assert status_word(lab.get("new")) == "Accepted"
    lab.change("old", host=HOST)
    assert lab.condition("new").message == "replaced by older route old"
    assert status_word(lab.get("old")) == "Accepted"


def test_moving_a_path_out_of_the_way_promotes_who_waits() -> None:
    lab = Lab()
    lab.add("old", path="/shop")
    lab.add("new", path="/shop")
    lab.change("old", path="/shop/old")
    assert status_word(lab.get("new")) == "Accepted"
    assert status_word(lab.get("old")) == "Accepted"


def test_another_namespace_cannot_have_even_another_path() -> None:
    lab = Lab()
    lab.add("web")
    lab.add("web2", "other", path="/elsewhere")
    assert lab.condition("web2", "other").message == (
        f"a route in another namespace holds {HOST} and is older than web2"
    )


def test_a_deletion_that_gives_the_host_to_another_namespace_names_the_owner() -> None:
    lab = Lab()
    lab.add("first", path="/a")
    lab.add("second", "other", path="/b")
    lab.add("third", path="/c")
    lab.delete("first")
    assert status_word(lab.get("second", "other")) == "Accepted"
    assert lab.condition("third").message == f"namespace other owns hostname {HOST}"


def test_a_new_owner_brings_in_its_waiting_routes() -> None:
    lab = Lab()
    lab.add("oldest", "other", host="elsewhere.example.com")
    lab.add("web", path="/a")
    lab.add("waiting", "other", path="/b")
    lab.change("oldest", "other", host=HOST)
    assert status_word(lab.get("oldest", "other")) == "Accepted"
    assert status_word(lab.get("waiting", "other")) == "Accepted"
    assert lab.condition("web").message == "replaced by older route oldest"


def test_a_passthrough_route_keeps_other_tls_routes_off_but_not_plain_ones() -> None:
    lab = Lab()
    lab.add("sealed", tls=TLSConfig(termination="passthrough"))
    lab.add("plain", path="/plain")
    lab.add("edge", path="/edge", tls=TLSConfig(termination="edge"))
    assert status_word(lab.get("plain")) == "Accepted"
    assert status_word(lab.get("edge")) == "Rejected"


def test_wildcards_missing_and_illegal_hosts_are_refused_with_their_reasons() -> None:
    lab = Lab()
    lab.add("wild", wildcard_policy="Subdomain")
    lab.add("nohost", host="")
    lab.add("bad", host="a" * 64 + ".example.com")
    assert lab.condition("wild").reason == "RouteNotAdmitted"
    assert lab.condition("wild").message == "wildcard routes are not allowed"
    assert lab.condition("nohost").reason == "NoHostValue"
    assert lab.condition("bad").reason == "InvalidHost"
    assert lab.condition("bad").message.startswith("host name validation errors: spec.host: ")


def test_a_route_made_anew_under_the_same_name_goes_to_the_back_of_the_queue() -> None:
    lab = Lab()
    lab.add("a")
    lab.add("b")
    lab.engine.cluster.remove(lab.get("a"))
    lab.add("a")
    assert status_word(lab.get("b")) == "Accepted"
    assert status_word(lab.get("a")) == "Rejected"


def test_a_starting_router_finds_all_in_order_and_writes_nothing() -> None:
    lab = Lab()
    for name in ("a", "b", "c"):
        lab.add(name, path="/b" if name == "c" else "")
    stored = list(reversed(lab.engine.store.list(Route)))
    again = Lab(Store(version=lab.engine.store.version))
    again.engine.recover(stored, {})
    again.engine.settle()
    assert again.engine.take_changes() == []
    assert {each.metadata.name: each for each in again.engine.store.list(Route)} == {
        each.metadata.name: each for each in stored
    }


def test_other_routers_entries_are_left_alone() -> None:
    lab = Lab()
    lab.add("web")
    old = lab.get("web")
    theirs = dataclasses.replace(old.status.ingress[0], router_name="private")
    status = dataclasses.replace(old.status, ingress=(theirs, *old.status.ingress))
    lab.engine.cluster.update_status(old, status)
    lab.change("web", host="new.example.com")
    assert [(each.router_name, each.host) for each in lab.get("web").status.ingress] == [
        ("private", HOST),
        ("default", "new.example.com"),
    ]
