"""Routes: where they lead and how they split; on the page slider, charts and visitors."""

from __future__ import annotations

import json
from typing import Any

from django.urls import reverse

from cluster.objects import kinds
from cluster.objects.kind import Object
from cluster.objects.route import Route, location, status_word, termination_text, weight_of
from cluster.objects.visitors import Visitors
from cluster.runtime.client import Client
from console.charts import measured
from console.forms.route import weight_field
from console.forms.route_backends import backends_of, way_back
from console.kinds import common, route_access
from console.kinds.base import (
    NAME,
    NAMESPACE,
    Action,
    Col,
    Filter,
    Page,
    ResourceView,
    Tab,
)
from console.kinds.route_haproxy import HAPROXY
from console.kinds.route_parts import draw
from console.kinds.route_split import split_preview
from console.kinds.route_tester import TESTER
from console.locations import location_of
from console.urls_for import name_url, url_of


def shares(route: Route) -> list[dict[str, Any]]:
    """Service, weight and nominal share (percent; None when nothing has weight) with its colour."""
    total = sum(weight_of(each) for each in route.spec.backends)
    found, start = [], 0.0
    for number, each in enumerate(route.spec.backends, 1):
        percent = 100 * weight_of(each) / total if total else None
        found.append(
            {
                "number": number,
                "name": each.name,
                "url": name_url(kinds.SERVICE, route.metadata.namespace, each.name),
                "weight": weight_of(each),
                "percent": percent,
                "start": start,
            }
        )
        start += percent or 0.0
    return found


def _row(obj: Object, client: Client) -> dict[str, Any]:
    traffic = client.traffic(*obj.metadata.key)
    return {
        "word": status_word(obj),
        "location": location_of(client, obj),
        "shares": shares(obj),
        "port": obj.spec.port.target_port if obj.spec.port else "",
        "termination": termination_text(obj),
        "visited": traffic is not None,
        **measured.summary(traffic),
    }


def weights_card(page: Page, **extra: Any) -> dict[str, Any]:
    """The slider on the route's page: its form, and the way back from the last save."""
    route = page.obj
    save_url = reverse("route-weights", args=[page.namespace, route.metadata.name])
    weights = {
        "rows": [
            {"field": weight_field(index), "name": each.name, "weight": weight_of(each)}
            for index, each in enumerate(route.spec.backends)
        ],
        "preview_url": save_url,
        "preview": split_preview(page.client, route),
    }
    return {
        "weights": weights,
        "save_url": save_url,
        "saved": draw(page.client, route, "weights"),
        "opened": json.dumps(backends_of(route), separators=(",", ":")),
        "undo": way_back(page.request, route),
        "edit_url": reverse("route-edit", args=[page.namespace, route.metadata.name]),
        **extra,
    }


def _details(page: Page) -> dict[str, Any]:
    """Every live part drawn once; the slider beside them keeps what the user does to it."""
    may_visit = page.client.may(page.actor, "update", kinds.VISITORS, page.namespace)
    names = ["alerts", "exposure", "facts", "split", "chart", "charts", "tls", "routers"]
    if not page.may_edit:
        names.append("saved")
    parts = {name: draw(page.client, page.obj, name) for name in names}
    parts["visitors"] = draw(page.client, page.obj, "visitors-edit" if may_visit else "visitors")
    found = {"parts": parts, "may_visit": may_visit}
    return {**found, "card": weights_card(page) if page.may_edit else None}


def _actions(page: Page) -> list[Action]:
    place = [page.namespace, page.obj.metadata.name]
    return [
        {
            "label": "Edit Route",
            "href": reverse("route-edit", args=place),
            "disabled": not page.may_edit,
        },
        {
            "label": "Edit weights",
            "href": f"{url_of(page.obj)}#weights",
            "disabled": not page.may_edit,
        },
        {"label": "Test traffic", "href": url_of(page.obj, TESTER.slug)},
        common.yaml_action(page),
        {"separator": True},
        common.delete_action(page),
    ]


def create_link(namespace: str) -> tuple[str, str]:
    """The list's button: the form, or YAML where no project is chosen."""
    if not namespace:
        return common.create_link(kinds.ROUTE, namespace)
    return "Create Route", reverse("route-new", args=[namespace])


VIEW = ResourceView(
    kind=kinds.ROUTE,
    columns=(
        NAME,
        NAMESPACE,
        Col("Status", status_word),
        Col("Location", location),
        Col("Services"),
        Col("Target port", lambda obj: str(obj.spec.port.target_port) if obj.spec.port else ""),
        Col("Termination", termination_text),
        Col("Requests/s"),
    ),
    tabs=(
        Tab("details", "Details", "resources/routes/details.html", _details, live=False),
        TESTER,
        Tab(
            "access-log",
            "Access log",
            "resources/routes/access_log.html",
            route_access.context,
            live=False,
        ),
        HAPROXY,
        common.YAML,
        common.EVENTS,
    ),
    row=_row,
    filters=(Filter("status", "Status", status_word, ("Accepted", "Pending", "Rejected")),),
    actions=_actions,
    related=(Visitors,),
    status=status_word,
    create=create_link,
    ticks=True,
)
