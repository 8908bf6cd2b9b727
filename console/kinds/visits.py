"""Where visits end, in words and links: at the route that they were meant for, at another one, or at
the router, which says why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cluster.objects import kinds
from cluster.objects.route import Route
from cluster.objects.visitors import Visitors
from cluster.runtime.client import Client
from console.urls_for import name_url


def way(client: Client, group: Visitors) -> dict[str, Any]:
    """Context of `resources/visitors/way.html`; empty for visitors that are stopped.

    A route of another project is not named: not all who read this may know it.
    """
    namespace, name = group.metadata.key
    visit = None if group.spec.stopped else client.visit(namespace, name)
    if visit is None:
        return {}
    served = visit.served_by
    if served is None or served == visit.home:
        return {"cause": visit.cause}
    own = served.namespace == namespace
    return {
        "elsewhere": True,
        "other": served.name if own else "",
        "other_url": name_url(kinds.ROUTE, *served) if own else "",
        "redirected": visit.cause,
        "why": visit.why,
    }


def ways_elsewhere(client: Client, groups: Iterable[Visitors]) -> list[dict[str, Any]]:
    """The groups whose visits another route serves, each with its way."""
    found = [{"name": each.metadata.name, "way": way(client, each)} for each in groups]
    return [each for each in found if each["way"].get("elsewhere")]


def guests(client: Client, route: Route, own: Iterable[Visitors]) -> list[dict[str, Any]]:
    """The groups that come to a route although they name another one, and what they send.

    Those of other projects are counted together, without their names.
    """
    traffic = client.traffic(*route.metadata.key)
    known = {each.metadata.name for each in own}
    namespace = route.metadata.namespace
    found: list[dict[str, Any]] = []
    strangers = 0.0
    for each in traffic.groups if traffic else ():
        if "/" in each.name:
            strangers += each.requests_per_second
        elif each.name not in known:
            url = name_url(kinds.VISITORS, namespace, each.name)
            found.append({"name": each.name, "url": url, "rate": each.requests_per_second})
    if strangers:
        found.append({"name": "", "url": "", "rate": strangers})
    return found
