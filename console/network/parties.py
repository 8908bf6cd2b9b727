"""Whom a walk may start from and lead to: what the page proposes while one types, and what somebody meant
who typed a name that nobody has."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from itertools import chain, islice

from cluster.objects import kinds
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor

Party = tuple[str, str]
"""How a query names it, and what it is."""
FROM, TO = "from", "to"
MOST = 100
"""Proposals at once; more letters find the others."""
MOST_COMPARED = 5_000
MOST_MEANT = 3


def proposals(client: Client, actor: Actor, side: str, text: str = "") -> list[Party]:
    """The first parties on a side that hold all parts of a text."""
    return list(islice(_holding(client, actor, side, text), MOST))


def meant(client: Client, actor: Actor, side: str, text: str) -> list[str]:
    """What may have been meant by a name that nobody has; the best first."""
    if not text.strip():
        return []
    found = [value for value, _ in islice(_holding(client, actor, side, text), MOST_MEANT)]
    if found:
        return found
    values = [value for value, _ in islice(_all(client, actor, side), MOST_COMPARED)]
    return difflib.get_close_matches(text, values, n=MOST_MEANT, cutoff=0.6)


def _holding(client: Client, actor: Actor, side: str, text: str) -> Iterator[Party]:
    parts = text.lower().replace("/", " ").split()
    for value, label in _all(client, actor, side):
        whole = f"{value} {label}".lower()
        if all(part in whole for part in parts):
            yield value, label


def _all(client: Client, actor: Actor, side: str) -> Iterator[Party]:
    pods, nodes = _pods(client, actor), _nodes(client)
    if side == FROM:
        routers = ((f"router/{name}", "the router on this node") for name, _ in nodes)
        shells = ((f"node/{name}", ip) for name, ip in nodes)
        return chain(pods, shells, routers, [("203.0.113.9", "a client outside")])
    ports = ((f"nodeport/{name}", f"{ip}, a NodePort") for name, ip in nodes)
    shells = ((f"node/{name}", ip) for name, ip in nodes)
    outside = [("93.184.216.34", "a server outside")]
    return chain(_services(client, actor), pods, ports, shells, outside)


def _pods(client: Client, actor: Actor) -> Iterator[Party]:
    for project in client.projects(actor):
        for pod in client.list(kinds.POD, project.metadata.name):
            if pod.status.pod_ip and not pod.is_finished:
                yield f"pod/{pod.metadata.key}", f"{pod.status.pod_ip} on {pod.node_name}"


def _services(client: Client, actor: Actor) -> Iterator[Party]:
    for project in client.projects(actor):
        for service in client.list(kinds.SERVICE, project.metadata.name):
            yield f"service/{service.metadata.key}", service.spec.cluster_ip


def _nodes(client: Client) -> list[Party]:
    return [(site.name, site.ip) for site in client.network.view().nodes()]
