"""What each service and pod of a route gets, as the tables beside the slider show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from cluster.objects import kinds
from cluster.objects.errors import NotFound
from cluster.objects.route import Route
from cluster.runtime.client import Client, ServiceSplit, Split
from console.urls_for import name_url

MOST_PODS = 50
"""Pods listed in a split; the charts and the pods list show all."""
SAID_OTHERWISE = (
    "RouteNotAdmitted",
    "AllWeightsZero",
    "NoEndpoints",
    "AnnotationIgnored",
    "AnnotationClipped",
)
"""Warnings that the outlook or the table itself says; the page's alerts say them all."""


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A service's line. `number` is its place in the route, which gives it its colour."""

    number: int
    service: str
    url: str
    share: ServiceSplit


def split_context(client: Client, route: Route) -> dict[str, Any]:
    """Context of `split.html` and `split_preview.html`; the route may be a draft."""
    found = client.split(route)
    namespace = route.metadata.namespace
    number = numbers(route)
    pods = sorted(found.pods, key=lambda pod: (number.get(pod.service, 0), pod.pod))
    return {
        "split": found,
        "shares": share_rows(client, route, found),
        "pods": [
            {
                "number": number.get(pod.service, 0),
                "pod": pod,
                "url": name_url(kinds.POD, namespace, pod.pod) if ":" not in pod.pod else "",
                "node_url": name_url(kinds.NODE, "", pod.node) if pod.node else "",
            }
            for pod in pods[:MOST_PODS]
        ],
        "hidden_pods": max(0, len(pods) - MOST_PODS),
        "notes": [each for each in found.warnings if each.reason.value not in SAID_OTHERWISE],
    }


def split_preview(client: Client, draft: Route) -> SafeString:
    """What each service and each pod would get, for the slider."""
    return render_to_string("resources/routes/split_preview.html", split_context(client, draft))


def numbers(route: Route) -> dict[str, int]:
    """The place of each service in the route, from 1."""
    names = dict.fromkeys(each.name for each in route.spec.backends)
    return {name: place for place, name in enumerate(names, 1)}


def share_rows(client: Client, route: Route, found: Split) -> list[ShareRow]:
    """The services in the route's own order, the main one first."""
    number = numbers(route)
    rows = [
        ShareRow(
            number=number.get(each.service, 0),
            service=each.service,
            url=service_url(client, route.metadata.namespace, each.service),
            share=each,
        )
        for each in found.services
    ]
    return sorted(rows, key=lambda row: row.number)


def service_url(client: Client, namespace: str, name: str) -> str:
    """The page of a service; "" for one that is not there."""
    try:
        client.get(kinds.SERVICE, namespace, name)
    except NotFound:
        return ""
    return name_url(kinds.SERVICE, namespace, name)
