"""Projects: only those in which the user is a member."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from cluster.objects import kinds
from cluster.objects.event import Event
from cluster.objects.kind import Object
from cluster.objects.namespace import DESCRIPTION, DISPLAY_NAME, REQUESTER
from cluster.objects.rolebinding import RoleBinding
from cluster.runtime.client import Client
from console.kinds import common
from console.kinds.base import CREATED, NAME, Col, Page, ResourceView, Tab


def _row(obj: Object, client: Client) -> dict[str, Any]:
    annotations = obj.metadata.annotations
    return {
        "display_name": annotations.get(DISPLAY_NAME, ""),
        "description": annotations.get(DESCRIPTION, ""),
        "requester": annotations.get(REQUESTER, ""),
        "phase": obj.status.phase,
    }


def _details(page: Page) -> dict[str, Any]:
    name = page.obj.metadata.name
    return {
        **common.summary(page),
        **_row(page.obj, page.client),
        "bindings": page.client.list(kinds.ROLEBINDING, name),
    }


def _display_name(obj: Object) -> str:
    return str(obj.metadata.annotations.get(DISPLAY_NAME, ""))


VIEW = ResourceView(
    kind=kinds.PROJECT,
    columns=(
        NAME,
        Col("Display name", _display_name),
        Col("Status", lambda obj: obj.status.phase),
        Col("Requester", lambda obj: obj.metadata.annotations.get(REQUESTER, "")),
        CREATED,
    ),
    tabs=(
        Tab("details", "Details", "resources/projects/details.html", _details),
        common.YAML,
        common.EVENTS,
    ),
    row=_row,
    actions=common.plain_actions,
    related=(RoleBinding,),
    detail_related=(Event,),
    status=lambda obj: str(obj.status.phase),
    create=lambda namespace: ("Create Project", reverse("project-new")),
)
