"""The rows of a list: drawn the same way for the page and for its live frames."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from cluster.objects.kind import Object
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor, Change
from console import kinds as views
from console.kinds.base import ResourceView
from console.kinds.paging import position
from console.kinds.query import Query, parse_topic, select
from console.live import topics
from console.live.topic import Frame
from console.urls_for import list_url


def row_id(view: ResourceView, obj: Object) -> str:
    """The row's id in the page: stable while the object lives."""
    return f"{view.kind.singular}-{obj.metadata.uid}"


def row_html(view: ResourceView, obj: Object, client: Client, show_namespace: bool) -> SafeString:
    """A row of a list."""
    return _drawn(view, obj, client, show_namespace, view.row(obj, client))


def _drawn(
    view: ResourceView, obj: Object, client: Client, show_namespace: bool, facts: dict[str, Any]
) -> SafeString:
    context = {
        "obj": obj,
        "kind": view.kind,
        "row_id": row_id(view, obj),
        "show_namespace": show_namespace and view.kind.namespaced,
        "now": client.clock().now,
        **facts,
    }
    return mark_safe(get_template(view.row_template).render(context).strip())


class TableTopic:
    """One page of one list."""

    def __init__(self, name: str, view: ResourceView, query: Query, user: str) -> None:
        self.name = name
        self.ticks = view.ticks
        self._view = view
        self._query = query
        self._user = user
        self._actor = Actor(user)
        self._drawn: dict[str, tuple[Object, dict[str, Any], SafeString]] = {}

    def allowed(self, client: Client, actor: Actor) -> bool:
        """A project's list is its members'; a list over projects is the user's own."""
        if self._query.namespace:
            return client.may(actor, "list", self._view.kind, self._query.namespace)
        self._actor = actor
        return actor.name == self._user

    def touches(self, change: Change) -> bool:
        """Commits of the kind itself and of those that its rows speak of."""
        if change.kind.cls is not self._view.kind.cls and change.kind.cls not in self._view.related:
            return change.kind.name == "Namespace" and self._view.kind.name == "Project"
        space = self._query.namespace
        return not space or change.key.namespace in ("", space)

    def frame(self, client: Client, since: Any) -> tuple[Frame | None, Any]:
        """Order and rows; a row whose object and facts are the same is not drawn again."""
        selection = select(self._view, self._query, client, self._actor)
        rows = {row_id(self._view, obj): self._row(client, obj) for obj in selection.objects}
        path = list_url(self._view.kind, self._query.namespace)
        frame = {
            "t": "rows",
            "order": list(rows),
            "rows": rows,
            "count": str(selection.total),
            "page": position(selection, path),
        }
        return frame, since

    def _row(self, client: Client, obj: Object) -> SafeString:
        view = self._view
        uid = obj.metadata.uid
        facts = view.row(obj, client)
        held = self._drawn.get(uid)
        if held is not None and held[0] is obj and held[1] == facts:
            return held[2]
        html = _drawn(view, obj, client, not self._query.namespace, facts)
        if len(self._drawn) > 4 * self._query.size:
            self._drawn.clear()
        self._drawn[uid] = (obj, facts, html)
        return html


def _make(name: str, arguments: str) -> TableTopic | None:
    plural, _, text = arguments.partition("?")
    view = views.of_plural(plural)
    if view is None:
        return None
    try:
        query, user = parse_topic(view, text)
    except SuspiciousOperation:  # more fields than Django reads
        return None
    return TableTopic(name, view, query, user)


topics.register("table", _make)
