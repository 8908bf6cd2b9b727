"""A walk that is walked again whenever the network changes."""

from __future__ import annotations

from typing import Any

from django.template.loader import get_template

from cluster.objects import kinds
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor, Change
from console.live import topics
from console.live.topic import Frame
from console.network.matrix import CONCERNED
from console.views.walk import asked_by, walk_context


class WalkTopic:
    """One question's walk as one user sees it."""

    ticks = False

    def __init__(self, name: str, user: str, query: str) -> None:
        self.name = name
        self._user = user
        self._actor = Actor(user)
        self._query = query

    def allowed(self, client: Client, actor: Actor) -> bool:
        """Everybody, through their own topic."""
        self._actor = actor
        return actor.name == self._user

    def touches(self, change: Change) -> bool:
        """What the matrix depends on, services and endpoints."""
        return change.kind.cls in (
            *CONCERNED,
            kinds.SERVICE.cls,
            kinds.ENDPOINTS.cls,
            kinds.EGRESSNETWORKPOLICY.cls,
            kinds.HOSTSUBNET.cls,
        )

    def frame(self, client: Client, since: Any) -> tuple[Frame | None, Any]:
        """The walk again."""
        asked = asked_by(client, self._actor, self._query)
        context = {**walk_context(client, self._actor, asked), "topic": self.name}
        return {"t": "html", "html": get_template("pages/walk/answer.html").render(context)}, since


def _make(name: str, arguments: str) -> WalkTopic:
    user, _, query = arguments.partition(":")
    return WalkTopic(name, user, query)


topics.register("walk", _make)
