"""The router as its page shows it: settings, default strategies, and its routes by status."""

from __future__ import annotations

from collections import Counter
from typing import Any

from cluster.objects import kinds
from cluster.objects.route import status_word
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor
from console.forms.route_choices import BALANCES
from console.urls_for import list_url

WORDS = ("Accepted", "Pending", "Rejected")
TOPIC = "router"


def visible_projects(port: Client, who: Actor) -> set[str] | None:
    """The projects whose routes a user may see; None for all."""
    if who.is_cluster_admin:
        return None
    return {project.metadata.name for project in port.projects(who)}


def counts_context(port: Client, who: Actor) -> dict[str, Any]:
    """The routes that a user may see, by status."""
    seen = visible_projects(port, who)
    words = Counter(
        status_word(route)
        for route in port.list(kinds.ROUTE)
        if seen is None or route.metadata.namespace in seen
    )
    listed = list_url(kinds.ROUTE)
    return {
        "counts_topic": f"{TOPIC}:{who.name}",
        "counts": [(word, words[word], f"{listed}?status={word}") for word in WORDS],
        "routes_total": sum(words.values()),
    }


def facts(port: Client) -> dict[str, Any]:
    """The settings and what follows from them for routes that ask for nothing."""
    names = dict(BALANCES)
    settings = port.router()
    return {
        "settings": settings,
        "profile": port.config.profile,
        "strategies": [
            {
                "routes": each.routes,
                "algorithm": names.get(each.choice.algorithm, each.choice.algorithm),
                "why": each.choice.explanation,
            }
            for each in port.default_strategies()
        ],
        "environment": sorted(settings.env.items()),
    }
