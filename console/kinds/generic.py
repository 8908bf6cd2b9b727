"""Kinds without a page of their own: the columns of `oc get`, details and YAML."""

from __future__ import annotations

from typing import Any

from cluster.objects.kind import Column, Kind, Object
from cluster.runtime.client import Client
from console.kinds import common
from console.kinds.base import CREATED, NAME, NAMESPACE, Col, Page, ResourceView, Tab


def view_of(kind: Kind) -> ResourceView:
    """A view made from the kind's declaration alone."""
    shown = [column for column in kind.columns if column.name not in ("NAME", "AGE")]

    def row(obj: Object, client: Client) -> dict[str, Any]:
        now = client.clock().now
        return {"cells": [(_label(each), each.value(obj, now)) for each in shown]}

    def details(page: Page) -> dict[str, Any]:
        return {**common.summary(page), **row(page.obj, page.client)}

    place = (NAME, NAMESPACE) if kind.namespaced else (NAME,)
    return ResourceView(
        kind=kind,
        columns=(*place, *(Col(_label(each), _order(each)) for each in shown), CREATED),
        tabs=(Tab("details", "Details", "resources/generic/details.html", details), common.YAML),
        row=row,
        actions=common.plain_actions,
        create=(lambda namespace: common.create_link(kind, namespace)) if kind.user_made else None,
        templates="resources/generic",
    )


def _label(column: Column) -> str:
    return column.name.capitalize()


def _order(column: Column) -> Any:
    return column.sort or (lambda obj: column.value(obj, 0.0))
