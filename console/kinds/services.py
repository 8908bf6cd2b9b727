"""Services: cluster IP, ports, selector; on the page the endpoints with pod, node and readiness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from cluster.objects import kinds, selector, service
from cluster.objects.endpoints import EndpointAddress, Endpoints
from cluster.objects.event import Event
from cluster.objects.kind import Object
from cluster.objects.route import Route
from cluster.runtime.client import Client
from console.kinds import common
from console.kinds.base import (
    CREATED,
    NAME,
    NAMESPACE,
    Action,
    Col,
    Page,
    ResourceView,
    Tab,
    printed,
)
from console.kinds.calls import CALLED_BY
from console.urls_for import name_url, url_of


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """A line of the endpoints table."""

    address: str
    port: str
    pod: str
    pod_url: str
    node: str
    node_url: str
    ready: bool


def endpoint_rows(client: Client, namespace: str, name: str) -> list[EndpointRow]:
    """Every address and port of a service's endpoints, the ready ones first."""
    found = next(
        (e for e in client.list(kinds.ENDPOINTS, namespace) if e.metadata.name == name), None
    )
    if found is None:
        return []
    rows = []
    for subset in found.subsets:
        for port in subset.ports:
            label = f"{port.port}/{port.protocol}" + (f" ({port.name})" if port.name else "")
            rows += [_endpoint(a, label, namespace, True) for a in subset.addresses]
            rows += [_endpoint(a, label, namespace, False) for a in subset.not_ready_addresses]
    return sorted(rows, key=lambda row: not row.ready)


def _endpoint(address: EndpointAddress, port: str, namespace: str, ready: bool) -> EndpointRow:
    pod = address.target_ref.name if address.target_ref else ""
    return EndpointRow(
        address=address.ip,
        port=port,
        pod=pod,
        pod_url=name_url(kinds.POD, namespace, pod) if pod else "",
        node=address.node_name,
        node_url=name_url(kinds.NODE, "", address.node_name) if address.node_name else "",
        ready=ready,
    )


def health(rows: list[EndpointRow]) -> str:
    """Healthy, Degraded, Down (console 4.23: Health)."""
    ready = sum(row.ready for row in rows)
    if not rows or not ready:
        return "Down"
    return "Healthy" if ready == len(rows) else "Degraded"


def _row(obj: Object, client: Client) -> dict[str, Any]:
    rows = endpoint_rows(client, obj.metadata.namespace, obj.metadata.name)
    return {
        "ports": [service.port_text(port) for port in obj.spec.ports],
        "ready": sum(row.ready for row in rows),
        "endpoints": len(rows),
        "health": "" if obj.spec.type == service.EXTERNAL_NAME else health(rows),
        "route_url": create_route_url(obj),
    }


def create_route_url(obj: Object) -> str:
    """The route form for this service."""
    base = reverse("route-new", args=[obj.metadata.namespace])
    return f"{base}?service={obj.metadata.name}"


def routes_to(client: Client, namespace: str, name: str) -> list[Route]:
    """The routes that send traffic to a service, as their main one or an alternate."""
    return [
        route
        for route in client.list(kinds.ROUTE, namespace)
        if any(backend.name == name for backend in route.spec.backends)
    ]


def _details(page: Page) -> dict[str, Any]:
    found = routes_to(page.client, page.namespace, page.obj.metadata.name)
    hostname = f"{page.obj.metadata.name}.{page.namespace}.svc.cluster.local"
    return {
        **common.summary(page),
        **_row(page.obj, page.client),
        **common.why(page.client, page.obj),
        "hostname": hostname,
        "srv_names": [
            f"_{port.name}._{port.protocol.lower()}.{hostname}"
            for port in page.obj.spec.ports
            if port.name
        ],
        "rows": endpoint_rows(page.client, page.namespace, page.obj.metadata.name),
        "routes": [(route, url_of(route)) for route in found],
        "mapping": page.obj.spec.ports,
        "has_node_ports": service.has_node_ports(page.obj),
        "is_external": page.obj.spec.type == service.EXTERNAL_NAME,
        "load_balancer": ", ".join(service.ingress_addresses(page.obj)),
        "affinity_seconds": service.affinity_seconds(page.obj),
    }


def _actions(page: Page) -> list[Action]:
    may_create = page.client.may(page.actor, "create", kinds.ROUTE, page.namespace)
    return [
        {"label": "Create Route", "href": create_route_url(page.obj), "disabled": not may_create},
        *common.plain_actions(page),
    ]


VIEW = ResourceView(
    kind=kinds.SERVICE,
    columns=(
        NAME,
        NAMESPACE,
        Col("Health"),
        printed(kinds.SERVICE, "CLUSTER-IP", "Cluster IP"),
        Col("Ports"),
        Col("Pod selector", lambda obj: selector.text(obj.spec.selector)),
        CREATED,
    ),
    tabs=(
        Tab("details", "Details", "resources/services/details.html", _details),
        common.YAML,
        common.PODS,
        CALLED_BY,
        common.EVENTS,
    ),
    row=_row,
    actions=_actions,
    related=(Endpoints,),
    detail_related=(Route, Event),
    create=lambda namespace: common.create_link(kinds.SERVICE, namespace),
)
