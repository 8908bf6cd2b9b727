"""Events: a live stream, the newest first."""

from __future__ import annotations

from typing import Any

from cluster.objects import kinds
from cluster.objects.kind import Object
from cluster.runtime.client import Client
from console.kinds import common
from console.kinds.base import NAMESPACE, Col, Filter, Page, ResourceView, Tab
from console.urls_for import name_url


def _row(obj: Object, client: Client) -> dict[str, Any]:
    target = obj.involved_object
    kind = kinds.BY_NAME.get(target.kind)
    href = name_url(kind, target.namespace, target.name) if kind and kind.name != "Event" else ""
    return {"target": target, "href": href}


def _details(page: Page) -> dict[str, Any]:
    return {**common.summary(page), **_row(page.obj, page.client)}


def _last_seen(obj: Object) -> float:
    return -(obj.last_timestamp or 0.0)


VIEW = ResourceView(
    kind=kinds.EVENT,
    columns=(
        Col("Last seen", _last_seen),
        NAMESPACE,
        Col("Type", lambda obj: obj.type),
        Col("Reason", lambda obj: obj.reason),
        Col("Object", lambda obj: (obj.involved_object.kind, obj.involved_object.name)),
        Col("Message"),
        Col("Count", lambda obj: -obj.count),
    ),
    filters=(Filter("type", "Type", lambda obj: str(obj.type), ("Normal", "Warning")),),
    tabs=(Tab("details", "Details", "resources/events/details.html", _details), common.YAML),
    row=_row,
    actions=common.plain_actions,
    default_sort="last-seen",
)
