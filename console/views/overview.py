"""The page of a project: its applications, live."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from cluster.objects import kinds
from cluster.objects.namespace import DISPLAY_NAME
from cluster.runtime.client import Client
from console import kinds as views
from console.kinds.base import Page
from console.overview import applications
from console.session import actor, client
from console.urls_for import list_url
from console.views.access import require


def overview_page(request: HttpRequest, ns: str) -> HttpResponse:
    """Show a project."""
    require(client(), actor(request), "get", kinds.PROJECT, ns)
    project = client().get(kinds.PROJECT, "", ns)
    page = Page(client(), actor(request), kinds.PROJECT, project, request)
    context = {
        "obj": project,
        "kind": kinds.PROJECT,
        "page_status": project.status.phase,
        "actions": views.of(kinds.PROJECT).actions(page),
        "display_name": project.metadata.annotations.get(DISPLAY_NAME, ""),
        "header_topic": f"header:projects:{ns}",
        **overview_context(client(), ns, may_edit=_may_edit(page, ns)),
    }
    return render(request, "pages/overview/overview.html", context)


def _may_edit(page: Page, namespace: str) -> bool:
    return page.client.may(page.actor, "update", kinds.DEPLOYMENTCONFIG, namespace)


def overview_context(port: Client, namespace: str, *, may_edit: bool) -> dict[str, Any]:
    """The live part: applications and counts; with arrows and links to create for who may."""
    counted = (kinds.POD, kinds.SERVICE, kinds.ROUTE, kinds.DEPLOYMENTCONFIG)
    return {
        "namespace": namespace,
        "applications": applications(port, namespace, may_edit=may_edit),
        "may_edit": may_edit,
        "inventory": [
            {
                "kind": kind,
                "count": port.count(kind, namespace),
                "href": list_url(kind, namespace),
            }
            for kind in counted
        ],
        "import_href": reverse("import", args=[namespace]),
        "events": port.recent_events(namespace, 8),
        "events_href": list_url(kinds.EVENT, namespace),
        "now": port.clock().now,
        "topic": f"overview:{namespace}:edit" if may_edit else f"overview:{namespace}",
    }
