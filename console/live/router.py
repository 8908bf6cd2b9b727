"""The live part of the router's page: routes by status, for one user's projects."""

from __future__ import annotations

from typing import Any

from django.template.loader import get_template

from cluster.objects.rolebinding import RoleBinding
from cluster.objects.route import Route
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor, Change
from console.kinds.router import TOPIC, counts_context
from console.live import topics
from console.live.topic import Frame


class CountsTopic:
    """`router:developer`: what this user may see."""

    ticks = False

    def __init__(self, name: str, user: str) -> None:
        self.name = name
        self._user = user
        self._actor = Actor(user)

    def allowed(self, client: Client, actor: Actor) -> bool:
        """The user themself."""
        self._actor = actor
        return actor.name == self._user

    def touches(self, change: Change) -> bool:
        """Routes, and who may see them."""
        return change.kind.cls in (Route, RoleBinding)

    def frame(self, client: Client, since: Any) -> tuple[Frame | None, Any]:
        """The counts again."""
        html = get_template("pages/router/counts.html").render(counts_context(client, self._actor))
        return {"t": "html", "html": html}, since


topics.register(TOPIC, CountsTopic)
