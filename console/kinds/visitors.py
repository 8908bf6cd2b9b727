"""Visitors: the simulated clients of a route; added and changed on the route's page."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from cluster.objects import kinds
from cluster.objects.kind import Object
from cluster.objects.route import Route
from cluster.runtime.client import Client
from console.kinds import common, visits
from console.kinds.base import CREATED, NAME, NAMESPACE, Action, Col, Page, ResourceView, Tab
from console.urls_for import name_url


def state(obj: Object) -> str:
    """Running or Stopped."""
    return "Stopped" if obj.spec.stopped else "Running"


def _row(obj: Object, client: Client) -> dict[str, Any]:
    namespace, route = obj.metadata.namespace, obj.spec.route
    return {
        "word": state(obj),
        "route_url": name_url(kinds.ROUTE, namespace, route),
        "way": visits.way(client, obj),
    }


def _details(page: Page) -> dict[str, Any]:
    return {**common.summary(page), **_row(page.obj, page.client)}


def urls(obj: Object) -> dict[str, str]:
    """Where a group of visitors is changed, stopped or started, and deleted."""
    place = [obj.metadata.namespace, obj.spec.route, obj.metadata.name]
    names = ("edit", "stop", "delete")
    return {name: reverse(f"visitors-{name}", args=place) for name in names}


def _actions(page: Page) -> list[Action]:
    where = urls(page.obj)
    stopped = page.obj.spec.stopped
    return [
        {"label": "Change Visitors", "get": where["edit"], "disabled": not page.may_edit},
        {
            "label": "Start Visitors" if stopped else "Stop Visitors",
            "post": f"{where['stop']}?stopped={'' if stopped else 1}",
            "disabled": not page.may_edit,
        },
        common.yaml_action(page),
        {"separator": True},
        common.delete_action(page),
    ]


VIEW = ResourceView(
    kind=kinds.VISITORS,
    columns=(
        NAME,
        NAMESPACE,
        Col("Status", state),
        Col("Route", lambda obj: obj.spec.route),
        Col("Requests/s", lambda obj: obj.spec.requests_per_second),
        Col("Clients", lambda obj: obj.spec.clients),
        Col("Keep cookies", lambda obj: obj.spec.cookie_percent),
        Col("Address", lambda obj: f"{obj.spec.scheme}{obj.spec.path}"),
        CREATED,
    ),
    tabs=(
        Tab("details", "Details", "resources/visitors/details.html", _details),
        common.YAML,
    ),
    row=_row,
    actions=_actions,
    related=(Route,),
    create=lambda namespace: common.create_link(kinds.VISITORS, namespace),
)
