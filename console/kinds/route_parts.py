"""The live parts of a route's page: each is drawn alone, so that inputs and charts between them stay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from cluster.objects import kinds
from cluster.objects.endpoints import Endpoints
from cluster.objects.errors import NotFound
from cluster.objects.ingresscontroller import IngressController
from cluster.objects.pod import Pod
from cluster.objects.route import (
    DISABLE_COOKIES,
    PASSTHROUGH,
    TIMEOUT,
    Route,
    admitted,
    status_word,
)
from cluster.objects.service import Service
from cluster.objects.validation.route_tls import external_name
from cluster.objects.visitors import Visitors
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor, Change
from console.charts import panels
from console.forms.route_backends import backends_of, sentence
from console.forms.route_choices import BALANCES, TERMINATIONS, port_sentence
from console.forms.route_values import GO_TRUE
from console.kinds import common, visits
from console.kinds.route_split import numbers, split_context
from console.live import topics
from console.live.topic import Frame
from console.locations import location_of
from console.urls_for import list_url, name_url

SHARES_NOTE = (
    "Counted since the router last reloaded. Expected is what the strategy in force gives new visitors;"
    " visitors that keep a cookie stay with the pod that it names."
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page. `kinds` are those whose commits in the project may alter it.

    `rivals`: commits of all routes may, since visits end at whichever route matches best.
    """

    context: Callable[[Client, Route], dict[str, Any]]
    kinds: tuple[type, ...]
    writes: bool = False
    rivals: bool = False


def visitors_of(client: Client, route: Route) -> list[Visitors]:
    """The groups of visitors of a route, by name."""
    namespace, name = route.metadata.namespace, route.metadata.name
    found = [each for each in client.list(kinds.VISITORS, namespace) if each.spec.route == name]
    return sorted(found, key=lambda each: each.metadata.name)


# --- contexts --------------------------------------------------------------------------------------


def _alerts(client: Client, route: Route) -> dict[str, Any]:
    """Everything that is wrong, the router's refusal first, with who holds the host."""
    condition = admitted(route)
    refused = condition if condition is not None and condition.status != "True" else None
    holder = ""
    if refused is not None:
        own = (each for each in client.claims(route) if each.blocks)
        names = [each.name for each in own if each.namespace == route.metadata.namespace]
        holder = names[0] if names else ""
    found = [
        each for each in client.split(route).warnings if each.reason.value != "RouteNotAdmitted"
    ]
    ignored = [each for each in found if each.annotation]
    return {
        "pending": condition is None,
        "refused": refused,
        "holder": holder,
        "holder_url": name_url(kinds.ROUTE, route.metadata.namespace, holder) if holder else "",
        "warnings": list(dict.fromkeys(each.text for each in found if not each.annotation)),
        "ignored": ignored,
        "ignored_title": _ignored_title(len(ignored)),
        **common.why(client, route),
    }


def _ignored_title(annotations: int) -> str:
    what = "an annotation" if annotations == 1 else f"{annotations} annotations"
    return f"The router does not take {what} of this route as written"


def _facts(client: Client, route: Route) -> dict[str, Any]:
    spec, annotations = route.spec, route.metadata.annotations
    found = split_context(client, route)
    tls = spec.tls
    passthrough = tls is not None and tls.termination == PASSTHROUGH
    algorithm = found["split"].algorithm
    settings = client.router()
    return {
        "shares": found["shares"],
        "label_search": f"{list_url(kinds.ROUTE, route.metadata.namespace)}?label=",
        "port_text": _port_text(client, route),
        "location": location_of(client, route),
        "is_open": spec.wildcard_policy != "Subdomain",
        "word": status_word(route),
        "condition": admitted(route),
        "canonical": settings.canonical_hostname,
        "is_custom": not spec.host.endswith("." + settings.ingress_domain),
        "algorithm": dict(BALANCES).get(algorithm, algorithm),
        "algorithm_reason": found["split"].algorithm_reason,
        "cookies": not passthrough and annotations.get(DISABLE_COOKIES, "") not in GO_TRUE,
        "passthrough": passthrough,
        "timeout": annotations.get(TIMEOUT)
        or settings.timeouts["tunnel" if passthrough else "server"],
        "timeout_is_default": not annotations.get(TIMEOUT),
    }


def _port_text(client: Client, route: Route) -> str:
    """Where the target port leads in the main service."""
    wanted = str(route.spec.port.target_port) if route.spec.port else ""
    try:
        service: Service = client.get(kinds.SERVICE, route.metadata.namespace, route.spec.to.name)
    except NotFound:
        return ""
    return port_sentence(service, wanted)


def _weights(client: Client, route: Route) -> dict[str, Any]:
    """The saved weights beside the slider: somebody else may change them while it is moved."""
    return {"sentence": sentence(backends_of(route))}


def _tls(client: Client, route: Route) -> dict[str, Any]:
    tls = route.spec.tls
    secret = external_name(tls) if tls else ""
    return {
        "tls": tls,
        "termination": dict(TERMINATIONS).get(tls.termination, "") if tls else "",
        "secret": secret,
        "secret_url": name_url(kinds.SECRET, route.metadata.namespace, secret) if secret else "",
    }


def _routers(client: Client, route: Route) -> dict[str, Any]:
    return {"ingress": route.status.ingress}


def _visitors(client: Client, route: Route) -> dict[str, Any]:
    namespace, name = route.metadata.key
    own = visitors_of(client, route)
    return {
        "groups": [
            {
                "obj": each,
                "url": name_url(kinds.VISITORS, namespace, each.metadata.name),
                "way": visits.way(client, each),
            }
            for each in own
        ],
        "guests": visits.guests(client, route, own),
        "add_url": reverse("visitors-new", args=[namespace, name]),
    }


def _is_visited(client: Client, route: Route, own: list[Visitors]) -> bool:
    """Whether there is something to chart: visitors of its own, or those that end here."""
    return bool(own or visits.guests(client, route, own))


def _chart(client: Client, route: Route) -> dict[str, Any]:
    """The charts beside the slider, without their points: those come with the first live frame."""
    own = visitors_of(client, route)
    return {
        "visited": _is_visited(client, route, own),
        "elsewhere": visits.ways_elsewhere(client, own),
        "charts": [
            panels.lines(route, "services", numbers(route)),
            panels.lines(route, "statuses", size=" sl-chart--short"),
        ],
    }


def _charts(client: Client, route: Route) -> dict[str, Any]:
    """The wider charts, without their points."""
    return {
        "visited": _is_visited(client, route, visitors_of(client, route)),
        "charts": [
            {**panels.bars(route, "shares", numbers(route)), "note": SHARES_NOTE},
            panels.lines(route, "pods", size=" sl-chart--tall"),
        ],
    }


_BEHIND = (Route, Service, Endpoints, IngressController)
PARTS: dict[str, Part] = {
    "alerts": Part(_alerts, (*_BEHIND, Pod)),
    "exposure": Part(_facts, _BEHIND),
    "facts": Part(_facts, _BEHIND),
    "split": Part(split_context, (*_BEHIND, Pod)),
    "saved": Part(split_context, _BEHIND),
    "weights": Part(_weights, (Route,)),
    "tls": Part(_tls, (Route,)),
    "routers": Part(_routers, (Route,)),
    "visitors": Part(_visitors, (Visitors, Route), rivals=True),
    "visitors-edit": Part(_visitors, (Visitors, Route), writes=True, rivals=True),
    "chart": Part(_chart, (Visitors, Route), rivals=True),
    "charts": Part(_charts, (Visitors, Route), rivals=True),
}


# --- drawing ---------------------------------------------------------------------------------------


def draw(client: Client, route: Route, name: str) -> SafeString:
    """A part's HTML: the same at first load and in every frame."""
    part = PARTS[name]
    context = {
        "obj": route,
        "kind": kinds.ROUTE,
        "now": client.clock().now,
        "topic": f"route:{route.metadata.key}:{name}",
        "part_id": f"route-{name}",
        "may_edit": part.writes,
        **part.context(client, route),
    }
    template = name.removesuffix("-edit")
    return render_to_string(f"resources/routes/part_{template}.html", context)


class RouteTopic:
    """One live part of one route's page: `route:demo/web:facts`."""

    ticks = False

    def __init__(self, name: str, namespace: str, route: str, part: str) -> None:
        self.name = name
        self._namespace = namespace
        self._route = route
        self._part = part

    def allowed(self, client: Client, actor: Actor) -> bool:
        """Who may read the route; parts with buttons are for those who may press them."""
        if PARTS[self._part].writes:
            return client.may(actor, "update", kinds.VISITORS, self._namespace)
        return client.may(actor, "get", kinds.ROUTE, self._namespace)

    def touches(self, change: Change) -> bool:
        """Commits in the project that may alter the part; of routes this one, and perhaps rivals."""
        part = PARTS[self._part]
        if part.rivals and change.kind is kinds.ROUTE:
            return True
        if change.kind is kinds.INGRESSCONTROLLER:
            return IngressController in part.kinds
        if change.key.namespace != self._namespace or change.kind.cls not in part.kinds:
            return False
        return change.kind is not kinds.ROUTE or change.key.name == self._route

    def frame(self, client: Client, since: Any) -> tuple[Frame | None, Any]:
        """The part again, or word that the route is gone."""
        try:
            route = client.get(kinds.ROUTE, self._namespace, self._route)
        except NotFound:
            return {"t": "gone"}, since
        return {"t": "html", "html": draw(client, route, self._part)}, since


def _make(name: str, arguments: str) -> RouteTopic | None:
    key, _, part = arguments.rpartition(":")
    namespace, _, route = key.partition("/")
    if part not in PARTS or not namespace or not route:
        return None
    return RouteTopic(name, namespace, route, part)


topics.register("route", _make)
