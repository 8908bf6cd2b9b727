"""A project at a glance: its applications with pods, services, routes and traffic split.

An application is what carries the same label `app` (3.x console: overview); a workload without that
label is its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cluster.objects import kinds
from cluster.objects.calls import declares_calls
from cluster.objects.deploymentconfig import DeploymentConfig
from cluster.objects.kind import Object
from cluster.objects.replicationcontroller import ReplicationController
from cluster.objects.route import Route, status_word, weight_of
from cluster.objects.selector import matches
from cluster.objects.service import Service
from cluster.runtime.client import Client
from console.charts import panels
from console.kinds import common, workloads
from console.kinds.calls import failing_context
from console.kinds.route_split import numbers
from console.locations import location_of
from console.urls_for import action_url, url_of


@dataclass(frozen=True, slots=True)
class Share:
    """A service's part of a route's traffic by its weight."""

    service: str
    weight: int
    percent: float
    number: int


@dataclass(frozen=True, slots=True)
class RouteLine:
    """A route that leads to a workload."""

    route: Route
    url: str
    location: str
    status: str
    shares: tuple[Share, ...]
    topic: str


@dataclass(frozen=True, slots=True)
class Workload:
    """A DeploymentConfig, or a ReplicationController that none owns."""

    obj: Object
    kind: str
    url: str
    counts: dict[str, int]
    desired: int
    scale_url: str
    pods_url: str
    images: tuple[str, ...]
    services: tuple[tuple[Service, str], ...]
    routes: tuple[RouteLine, ...]
    calls: dict[str, Any] | None
    """Context of `pages/overview/calls.html`; None for a workload that calls nobody."""


@dataclass(slots=True)
class Application:
    """Workloads of one label `app`, and the routes that lead to them."""

    name: str
    workloads: list[Workload] = field(default_factory=list)
    charts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def routes(self) -> list[RouteLine]:
        """Each route once."""
        found = {line.route.metadata.name: line for each in self.workloads for line in each.routes}
        return list(found.values())


def applications(client: Client, namespace: str, *, may_edit: bool) -> list[Application]:
    """The applications of a project by name; who may not scale gets no addresses to scale at."""
    services = client.list(kinds.SERVICE, namespace)
    routes = client.list(kinds.ROUTE, namespace)
    found: dict[str, Application] = {}
    for obj in _workloads(client, namespace):
        name = obj.metadata.labels.get("app") or obj.metadata.name
        application = found.setdefault(name, Application(name))
        application.workloads.append(_workload(client, obj, services, routes, may_edit))
    for application in found.values():
        application.charts += _charts(client, application)
    return [found[name] for name in sorted(found)]


def _charts(client: Client, application: Application) -> list[dict[str, Any]]:
    """The live traffic of the application's routes that somebody visits."""
    return [
        {
            **panels.lines(line.route, "services", numbers(line.route), " sl-chart--short"),
            "label": f"{panels.LABELS['services']}, route {line.route.metadata.name}",
        }
        for line in application.routes
        if client.traffic(*line.route.metadata.key) is not None
    ]


def _workloads(client: Client, namespace: str) -> list[Object]:
    configs: list[DeploymentConfig] = client.list(kinds.DEPLOYMENTCONFIG, namespace)
    controllers: list[ReplicationController] = client.list(kinds.REPLICATIONCONTROLLER, namespace)
    alone = [each for each in controllers if each.metadata.controller() is None]
    return sorted([*configs, *alone], key=lambda obj: str(obj.metadata.name))


def _workload(
    client: Client, obj: Object, services: list[Service], routes: list[Route], may_edit: bool
) -> Workload:
    template = obj.spec.template
    labels = template.metadata.labels if template else {}
    own = [each for each in services if matches(each.spec.selector, labels)]
    names = {each.metadata.name for each in own}
    leading = [
        route for route in routes if any(backend.name in names for backend in route.spec.backends)
    ]
    return Workload(
        obj=obj,
        kind=kinds.kind_of(obj).name,
        url=url_of(obj),
        counts=common.counts(common.pods_of(obj, client)),
        desired=workloads.desired(obj),
        scale_url=action_url(obj, "scale") if may_edit else "",
        pods_url=workloads.selector_query(obj),
        images=tuple(each.image for each in template.spec.containers) if template else (),
        services=tuple((each, url_of(each)) for each in own),
        routes=tuple(route_line(client, route) for route in leading),
        calls=_calls(client, obj),
    )


def _calls(client: Client, obj: Object) -> dict[str, Any] | None:
    if not isinstance(obj, DeploymentConfig) or not declares_calls(obj.metadata.annotations):
        return None
    return failing_context(client, *obj.metadata.key)


def route_line(client: Client, route: Route) -> RouteLine:
    """A route with the shares that its weights stand for."""
    total = sum(weight_of(each) for each in route.spec.backends)
    shares = tuple(
        Share(
            each.name,
            weight_of(each),
            weight_of(each) * 100 / total if total else 0.0,
            number,
        )
        for number, each in enumerate(route.spec.backends, 1)
    )
    return RouteLine(
        route=route,
        url=url_of(route),
        location=location_of(client, route),
        status=status_word(route),
        shares=shares,
        topic=f"rate:{route.metadata.namespace}/{route.metadata.name}",
    )
