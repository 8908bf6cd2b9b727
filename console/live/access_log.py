"""The access log of a route, live: one topic for each filter that somebody looks through."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.template.loader import get_template

from cluster.runtime.client import Client
from cluster.runtime.commands import Change
from console.kinds.route_access import AccessFilter, entries, read_filter, row_context, row_id
from console.live import topics
from console.live.topic import Frame, ProjectTopic


class AccessTopic(ProjectTopic):
    """The last requests of a route that a filter lets through."""

    ticks = True

    def __init__(self, name: str, namespace: str, route: str, chosen: AccessFilter) -> None:
        super().__init__(name, namespace)
        self._route = route
        self._filter = chosen
        self._drawn: dict[str, str] = {}

    def touches(self, change: Change) -> bool:
        """Requests are no commits."""
        return False

    def frame(self, client: Client, since: Any) -> tuple[Frame | None, Any]:
        """The rows; one that was drawn before never changes."""
        found = entries(client, self.namespace, self._route, self._filter)
        template = get_template("resources/routes/access_row.html")
        rows = {
            row_id(each): self._drawn.get(row_id(each))
            or template.render(row_context(each, self.namespace)).strip()
            for each in found
        }
        self._drawn = rows
        return {"t": "rows", "order": list(rows), "rows": rows, "count": str(len(rows))}, since


def _make(name: str, arguments: str) -> AccessTopic | None:
    key, _, text = arguments.partition("?")
    namespace, _, route = key.partition("/")
    if not namespace or not route:
        return None
    try:
        return AccessTopic(name, namespace, route, read_filter(text))
    except SuspiciousOperation:  # more fields than Django reads
        return None


topics.register("access", _make)
