"""Endpoints: the addresses behind each service."""

from __future__ import annotations

from typing import Any

from cluster.objects import endpoints, kinds
from cluster.objects.kind import Object
from cluster.runtime.client import Client
from console.kinds import common
from console.kinds.base import CREATED, NAME, NAMESPACE, Col, Page, ResourceView, Tab
from console.kinds.services import endpoint_rows
from console.urls_for import name_url


def _row(obj: Object, client: Client) -> dict[str, Any]:
    return {
        "text": endpoints.text(obj),
        "service_url": name_url(kinds.SERVICE, obj.metadata.namespace, obj.metadata.name),
    }


def _details(page: Page) -> dict[str, Any]:
    rows = endpoint_rows(page.client, page.namespace, page.obj.metadata.name)
    return {**common.summary(page), **_row(page.obj, page.client), "rows": rows}


VIEW = ResourceView(
    kind=kinds.ENDPOINTS,
    columns=(NAME, NAMESPACE, Col("Endpoints", endpoints.text), CREATED),
    tabs=(
        Tab("details", "Details", "resources/endpoints/details.html", _details),
        common.YAML,
    ),
    row=_row,
    actions=common.plain_actions,
)
