"""The router as its page shows it: settings, default strategies, and its routes by status."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from cluster.objects import kinds
from cluster.objects.ingresscontroller import DEFAULT, NAMESPACE, ROUTER_NAMESPACE
from cluster.objects.route import status_word
from cluster.runtime.client import Client, DefaultCertificate
from cluster.runtime.commands import Actor
from console.forms.route_choices import BALANCES
from console.urls_for import list_url, name_url

WORDS = ("Accepted", "Pending", "Rejected")
TOPIC, SETTINGS_TOPIC = "router", "router-settings"


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


def settings_context(port: Client, who: Actor) -> dict[str, Any]:
    """The settings, what follows from them for routes that ask for nothing, and the default
    certificate. Who may look into the router's secrets gets links to them."""
    names = dict(BALANCES)
    settings = port.router()
    return {
        "settings_topic": f"{SETTINGS_TOPIC}:{who.name}",
        "settings": settings,
        "certificate": certificate_facts(port, port.default_certificate()),
        "object_url": name_url(kinds.INGRESSCONTROLLER, NAMESPACE, DEFAULT),
        "may_edit": port.may(who, "update", kinds.INGRESSCONTROLLER, NAMESPACE),
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


def certificate_facts(port: Client, found: DefaultCertificate | None) -> dict[str, Any] | None:
    """A default certificate in words; None for the self-made one."""
    if found is None:
        return None
    until = datetime.fromtimestamp(found.not_after, UTC)
    domain = port.router().ingress_domain
    notes = []
    if not found.problem and not found.covers(domain):
        notes.append(f"It is not valid for *.{domain}: browsers will warn.")
    if not found.problem and found.not_after < port.clock().now:
        notes.append("It has expired: browsers will warn.")
    return {
        "secret": found.secret,
        "url": name_url(kinds.SECRET, ROUTER_NAMESPACE, found.secret),
        "problem": found.problem,
        "subject": found.subject,
        "names": found.names,
        "until": f"{until:%Y-%m-%d}",
        "notes": notes,
    }
