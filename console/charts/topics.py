"""The live charts of a route: topics `traffic:demo/web:services`, `pods`, `statuses` and `shares`."""

from __future__ import annotations

from typing import Any

from cluster.objects import kinds
from cluster.objects.errors import NotFound
from cluster.objects.route import Route
from cluster.runtime.client import Client, RouteTraffic
from cluster.runtime.commands import Actor, Change
from console.charts import figures, measured
from console.live import topics
from console.live.topic import Frame

SHARES = "shares"
CHARTS = (*measured.RATES, SHARES)


class TrafficTopic:
    """Measurements of one route; asked on every beat, speaks when there is something new."""

    ticks = True

    def __init__(self, name: str, namespace: str, route: str, what: str) -> None:
        self.name = name
        self._namespace = namespace
        self._route = route
        self._what = what

    def allowed(self, client: Client, actor: Actor) -> bool:
        """Who may see the route may see its traffic."""
        return client.may(actor, "get", kinds.ROUTE, self._namespace)

    def touches(self, change: Change) -> bool:
        """Commits do not count requests."""
        return False

    def frame(self, client: Client, since: Any) -> tuple[Frame | None, Any]:
        """What came after `since`; everything for somebody who has just come."""
        traffic = client.traffic(self._namespace, self._route)
        if traffic is None:
            return None, None
        if self._what == SHARES:
            return self._shares(client, traffic, since)
        return self._rates(traffic, since)

    def _rates(self, traffic: RouteTraffic, since: Any) -> tuple[Frame | None, Any]:
        found = measured.points(traffic, self._what, since or 0.0)
        if found is None:
            return None, since
        shown = {
            "x": found.x,
            "series": found.series,
            "reset": since is None,
            "traces": [figures.line(name, at) for at, name in enumerate(found.series)],
        }
        return {"t": "series", "points": shown}, found.last

    def _shares(
        self, client: Client, traffic: RouteTraffic, since: Any
    ) -> tuple[Frame | None, Any]:
        try:
            route: Route = client.get(kinds.ROUTE, self._namespace, self._route)
        except NotFound:
            return None, since
        drawn = measured.shares(traffic, route)
        if drawn == since:
            return None, since
        return {"t": "series", "points": {"react": drawn}}, drawn


def topic_name(route: Route, what: str) -> str:
    """The topic of one chart of a route."""
    return f"traffic:{route.metadata.key}:{what}"


def _make(name: str, arguments: str) -> TrafficTopic | None:
    key, _, what = arguments.rpartition(":")
    namespace, _, route = key.partition("/")
    if what not in CHARTS or not namespace or not route:
        return None
    return TrafficTopic(name, namespace, route, what)


topics.register("traffic", _make)
