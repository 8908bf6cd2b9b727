"""Visitors come to whichever route the router's maps lead to, not to the one that they name."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from cluster.engine.config import COURSE
from cluster.engine.traffic import RouteTraffic, Visit
from cluster.objects.meta import Key, ObjectMeta
from cluster.objects.route import Route, RouteSpec, TLSConfig
from cluster.objects.visitors import Visitors, VisitorsSpec
from tests.unit.engine.traffic.lab import NAMESPACE, ROUTE, Lab, backend

HOST = "web-demo.apps.localhost"
SHOP = Key(NAMESPACE, "shop")


def traffic(lab: Lab, route: Key) -> RouteTraffic | None:
    return lab.traffic.snapshot(route)


def statuses(lab: Lab, route: Key) -> dict[int, int]:
    seen = traffic(lab, route)
    return dict(seen.totals.statuses) if seen is not None else {}


def visit(lab: Lab, group: str = "crowd", namespace: str = NAMESPACE) -> Visit:
    found = lab.traffic.visit(Key(namespace, group))
    assert found is not None
    return found


def add(lab: Lab, name: str, *, namespace: str = NAMESPACE, host: str = HOST, **spec: Any) -> None:
    """A route on the host of `web`."""
    to = backend("a")
    fields = RouteSpec(host=host, to=to, **spec)
    lab.engine.cluster.create(
        Route(metadata=ObjectMeta(name=name, namespace=namespace), spec=fields)
    )


def remove(lab: Lab, route: Key) -> None:
    lab.engine.cluster.remove(lab.engine.store.get(Route, *route))


def demo(path: str = "/shop/cart", **visitors: Any) -> Lab:
    lab = Lab()
    lab.service("a", 1)
    lab.route(backend("a"), tls=visitors.pop("tls", None))
    lab.visit(**{"requests_per_second": 100, "path": path, **visitors})
    return lab


def test_a_route_with_a_longer_path_takes_visits_over_and_gives_them_back() -> None:
    lab = demo()
    lab.run(1)
    assert visit(lab).served_by == ROUTE
    add(lab, "shop", path="/shop")
    lab.run(2)
    assert statuses(lab, ROUTE) == {200: 100}
    shop = traffic(lab, SHOP)
    assert shop is not None
    assert shop.totals.statuses == {200: 200} and shop.totals.groups == {"crowd": 200}
    assert visit(lab).served_by == SHOP
    assert visit(lab).why == "Of the paths that match /shop/cart, /shop is the longest."
    remove(lab, SHOP)
    lab.run(1)
    assert statuses(lab, ROUTE) == {200: 200}
    assert traffic(lab, SHOP) is None
    assert visit(lab).why == ""


def test_visits_to_another_path_stay() -> None:
    lab = demo("/shopping")
    add(lab, "shop", path="/shop")
    lab.run(1)
    assert statuses(lab, ROUTE) == {200: 100}
    assert traffic(lab, SHOP) is None


def test_no_request_is_lost_or_counted_twice_while_routes_come_and_go() -> None:
    lab = demo()
    for step in range(8):
        if step % 2:
            remove(lab, SHOP)
        else:
            add(lab, "shop", path="/shop")
        lab.engine.step(lab.now + 0.5)
    web, shop = statuses(lab, ROUTE), statuses(lab, SHOP)
    assert web == {200: 200}
    assert shop == {}, "a route that is made anew counts anew"


def test_visits_to_a_refused_route_come_to_the_one_that_holds_its_host() -> None:
    lab = Lab()
    lab.service("a", 1)
    add(lab, "first")
    lab.engine.step(lab.now + 2)
    lab.route(backend("a"))
    lab.visit(requests_per_second=40)
    lab.run(1)
    first = traffic(lab, Key(NAMESPACE, "first"))
    assert first is not None and first.totals.statuses == {200: 40}
    assert lab.seen.totals.statuses == {}
    assert visit(lab).why == "The router refuses the route: HostAlreadyClaimed."
    remove(lab, Key(NAMESPACE, "first"))
    assert lab.run(1).totals.statuses == {200: 40}


def test_a_wildcard_route_serves_what_no_route_of_the_very_host_does() -> None:
    env = {**COURSE.router_env, "ROUTER_ALLOW_WILDCARD_ROUTES": "true"}
    lab = Lab(dataclasses.replace(COURSE, router_env=env))
    lab.service("a", 1)
    add(lab, "wild", wildcard_policy="Subdomain")
    add(lab, "shop", host="shop.apps.localhost", path="/shop")
    for name, path in (("buyers", "/shop"), ("lost", "/other")):
        lab.visit(name, route="shop", path=path, requests_per_second=10)
    lab.engine.step(lab.now + 1)
    assert visit(lab, "buyers").served_by == SHOP
    lost = visit(lab, "lost")
    assert lost.served_by == Key(NAMESPACE, "wild")
    assert lost.why == "Route shop does not serve HTTP for /other."
    remove(lab, Key(NAMESPACE, "wild"))
    lab.engine.step(lab.now + 1)
    assert visit(lab, "lost").served_by is None
    assert statuses(lab, SHOP)[503] == 10


def test_a_redirect_by_one_route_may_lead_to_another() -> None:
    lab = demo("/shop", scheme="http")
    lab.run(0)
    edge = TLSConfig(termination="edge", insecure_edge_termination_policy="Redirect")
    lab.change_route(tls=edge)
    add(lab, "shop", path="/shop", tls=TLSConfig(termination="edge"))
    lab.run(1)
    # The redirect map's longest path decides first, and `shop` redirects nothing.
    assert visit(lab).cause.startswith("The route of web-demo.apps.localhost serves HTTPS only")
    assert statuses(lab, ROUTE) == {503: 100}
    lab.change_route(path="/shop/", host=HOST)
    remove(lab, SHOP)
    add(lab, "shop", path="/shop", tls=edge)
    lab.run(1)
    assert statuses(lab, SHOP) == {302: 100, 200: 100}


def test_visitors_of_another_project_are_named_with_it() -> None:
    env = {**COURSE.router_env, "ROUTER_DISABLE_NAMESPACE_OWNERSHIP_CHECK": "true"}
    lab = Lab(dataclasses.replace(COURSE, router_env=env))
    lab.service("a", 1)
    lab.route(backend("a"), path="/shop")
    add(lab, "web", namespace="other")
    lab.engine.cluster.create(
        Visitors(
            metadata=ObjectMeta(name="crowd", namespace="other"),
            spec=VisitorsSpec(route="web", path="/shop", requests_per_second=20),
        )
    )
    lab.visit(requests_per_second=10, path="/shop")
    assert lab.run(1).totals.groups == {"crowd": 10, "other/crowd": 20}


def test_the_same_history_comes_whatever_the_steps() -> None:
    def history(step: float) -> Any:
        lab = demo(cookie_percent=50)
        for at in (0.7, 1.3):
            lab.engine.step(lab.now + at)
            add(lab, f"shop-{at}", path="/shop" if at < 1 else "/shop/cart")
        end = lab.now + 3
        while lab.now < end:
            lab.engine.step(min(lab.now + step, end))
        return [
            (seen.totals.pods, seen.totals.statuses)
            for name in ("web", "shop-0.7", "shop-1.3")
            if (seen := traffic(lab, Key(NAMESPACE, name))) is not None
        ]

    assert history(3.0) == history(0.1)


@pytest.mark.parametrize("stopped", [True, False])
def test_a_route_is_remembered_as_long_as_somebody_names_it(stopped: bool) -> None:
    lab = demo("/")
    lab.run(1)
    lab.visit(stopped=stopped, path="/shop")
    add(lab, "shop", path="/shop")
    assert lab.run(1).totals.statuses == {200: 100}
    assert statuses(lab, SHOP) == ({} if stopped else {200: 100})
