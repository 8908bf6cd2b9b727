"""Why a route does not serve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cluster.engine.routing.backends import build_backend
from cluster.engine.routing.warnings import WarningReason
from cluster.engine.why.model import Chain, Fact, chain
from cluster.engine.why.services import Pods, service_facts
from cluster.objects.meta import Key
from cluster.objects.route import Route, admitted

_PORT = (WarningReason.WRONG_ROUTE_PORT,)


def why_route(objects: Pods, key: Key, env: Mapping[str, str]) -> Chain:
    """The facts about a route; `env` holds the router's settings."""
    return chain(route_facts(objects, key, env))


def route_facts(objects: Pods, key: Key, env: Mapping[str, str]) -> Iterator[Fact]:
    """It is admitted, has weights, its services are there, and one of them has pods that serve."""
    route = objects.get(Route, *key)
    if route is None:
        yield Fact(f"Route {key.name} does not exist.", False)
        return
    yield _admission(route)
    backend = build_backend(objects, route, env)
    if not any(share.weight for share in backend.services):
        said = "The weights of all its services are 0."
        yield Fact(said, False, "Route", key, "Give a service a weight above 0.")
        return
    for each in backend.warnings:
        if each.reason in _PORT:
            yield Fact(each.text, False, "Route", key, "Correct the route's target port.")
    weighed = [share for share in backend.services if share.weight]
    serving = [share.name for share in weighed if share.endpoints]
    failing = [share.name for share in weighed if not share.endpoints]
    yield Fact(f"It sends visitors to {', '.join(s.name for s in weighed)}.", True, "Route", key)
    for name in failing or serving:
        yield from service_facts(objects, Key(key.namespace, name))


def _admission(route: Route) -> Fact:
    key, condition = route.metadata.key, admitted(route)
    if condition is None:
        said = "The router has not looked at it yet."
        return Fact(said, False, "Route", key)
    if condition.status != "True":
        said = f"The router refuses it: {condition.reason}: {condition.message}."
        return Fact(said, False, "Route", key, "Change its host, or the route that holds it.")
    return Fact(f"The router serves {route.status.ingress[0].host}.", True, "Route", key)
