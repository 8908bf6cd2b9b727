"""A served route on hand-made endpoints, and applications that answer as a test wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cluster.engine.config import COURSE
from cluster.engine.routing.backends import BackendServer
from cluster.engine.routing.router_settings import read_settings
from cluster.engine.routing.trial import Trial, TrialResult, try_route
from cluster.engine.store import Store
from cluster.objects.meta import ObjectMeta
from cluster.objects.route import (
    Route,
    RouteIngress,
    RouteIngressCondition,
    RouteStatus,
    TLSConfig,
)
from tests.unit.engine.routing.objects import add_service, route

HOST = "web-demo.apps.localhost"
NO_COOKIES = {"haproxy.router.openshift.io/disable_cookies": "true"}


@dataclass(frozen=True)
class App:
    """How a pod answers."""

    latency: float = 0.01
    error_rate: float = 0.0
    listens: bool = True
    version: str = "v1"
    color: str = "blue"
    reachable: bool = True


def admitted(made: Route, status: str = "True", reason: str = "") -> Route:
    """The route as the router has decided on it."""
    condition = RouteIngressCondition(status=status, reason=reason)
    ingress = RouteIngress(host=made.spec.host, router_name="default", conditions=(condition,))
    return replace(made, status=RouteStatus(ingress=(ingress,)))


def named(made: Route, name: str, namespace: str = "demo") -> Route:
    metadata: ObjectMeta = replace(made.metadata, name=name, namespace=namespace)
    return replace(made, metadata=metadata)


def balanced(algorithm: str) -> Mapping[str, str]:
    return {**NO_COOKIES, "haproxy.router.openshift.io/balance": algorithm}


class Lab:
    """A store with services, and trials of routes in it. `apps` are by pod; others are the default."""

    def __init__(self, env: Mapping[str, str] = COURSE.router_env, **services: int) -> None:
        self.store = Store()
        self.apps: dict[str, App] = {}
        self.settings = read_settings(env, domain="apps.localhost")
        self.visible: set[str] = {"demo"}
        for name, pods in services.items():
            add_service(self.store, name, pods)

    def route(
        self,
        weights: Mapping[str, int | None] | None = None,
        annotations: Mapping[str, str] | None = None,
        *,
        tls: str = "",
        insecure: str = "",
        **spec: Any,
    ) -> Route:
        made = route(weights or {"web": 100}, annotations=annotations, host=HOST, **spec)
        if tls:
            block = TLSConfig(termination=tls, insecure_edge_termination_policy=insecure)
            made = replace(made, spec=replace(made.spec, tls=block))
        made = admitted(made)
        self.store.put(made)
        return made

    def put(self, made: Route) -> Route:
        self.store.put(made)
        return made

    def try_route(self, made: Route, **asked: Any) -> TrialResult:
        return try_route(
            self.store,
            made,
            Trial(**asked),
            settings=self.settings,
            applications=self._applications,
            may_see=self.visible.__contains__,
        )

    def _applications(self, namespace: str, servers: Sequence[BackendServer]) -> Sequence[App]:
        return [self.apps.get(server.pod, App()) for server in servers]


def pods(result: TrialResult) -> list[str]:
    """Who answered, request by request; "" for nobody."""
    return [each.server.pod if each.server else "" for each in result.answers]


def whys(result: TrialResult) -> list[str]:
    return [each.why for each in result.answers]
