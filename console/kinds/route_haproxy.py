"""A route in the router's haproxy.config, on the route's page: its backend, its map lines, and the lines
that lead to it. Drawn live, while somebody watches."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from cluster.objects import kinds
from cluster.objects.endpoints import Endpoints
from cluster.objects.errors import NotFound
from cluster.objects.route import Route, status_word
from cluster.objects.service import Service
from cluster.runtime.client import Client, RoutePlace
from cluster.runtime.commands import Actor, Change
from console.haproxy_listing import base_sections, blocks
from console.kinds.base import Page, Tab
from console.live import topics
from console.live.topic import Frame

TOPIC = "haproxy"
TEMPLATE = "resources/routes/haproxy_part.html"


def draw(client: Client, route: Route) -> SafeString:
    """The tab's content: the same at first load and in every frame."""
    place = client.haproxy_place(route)
    context: dict[str, Any] = {
        "obj": route,
        "topic": f"{TOPIC}:{route.metadata.key}",
        "word": status_word(route),
        "place": place,
        "router_url": reverse("router"),
    }
    if place is not None:
        context |= _listing(place, route)
    return render_to_string(TEMPLATE, context)


def _listing(place: RoutePlace, route: Route) -> dict[str, Any]:
    """The sections without any route, and the route's own; the other routes' backends are counted."""
    config = place.config
    own = next(name for name, lines in config.sections.items() if lines == place.lines)
    wanted = {*base_sections(config), own}
    namespace = route.metadata.namespace
    files = reverse("router-file", args=["haproxy.config"])
    return {
        "blocks": blocks(config, wanted, own=place.lines, leading=place.leading),
        "own": own,
        "others": len(config.routes) - 1,
        "download": f"{files}?project={namespace}",
    }


def _context(page: Page) -> dict[str, Any]:
    return {"haproxy": draw(page.client, page.obj)}


class HaproxyTopic:
    """The lines of one route: `haproxy:demo/web`."""

    ticks = False

    def __init__(self, name: str, namespace: str, route: str) -> None:
        self.name = name
        self._namespace = namespace
        self._route = route

    def allowed(self, client: Client, actor: Actor) -> bool:
        """Who may read the routes of the project."""
        return client.may(actor, "get", kinds.ROUTE, self._namespace)

    def touches(self, change: Change) -> bool:
        """What writes the project's part of the configuration anew."""
        if change.kind is kinds.INGRESSCONTROLLER:
            return True
        return change.key.namespace == self._namespace and change.kind.cls in (
            Route,
            Endpoints,
            Service,
        )

    def frame(self, client: Client, since: Any) -> tuple[Frame | None, Any]:
        """The lines again, or word that the route is gone."""
        try:
            route = client.get(kinds.ROUTE, self._namespace, self._route)
        except NotFound:
            return {"t": "gone"}, since
        return {"t": "html", "html": draw(client, route)}, since


def _make(name: str, arguments: str) -> HaproxyTopic | None:
    namespace, _, route = arguments.partition("/")
    return HaproxyTopic(name, namespace, route) if namespace and route else None


topics.register(TOPIC, _make)

HAPROXY = Tab("haproxy", "haproxy.config", "resources/routes/haproxy.html", _context, live=False)
