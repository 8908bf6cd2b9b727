"""The live reachability matrix, each user's own."""

from __future__ import annotations

from typing import Any

from django.template.loader import get_template

from cluster.runtime.client import Client
from cluster.runtime.commands import Actor, Change
from console.live import topics
from console.live.topic import Frame
from console.network import matrix


class MatrixTopic:
    """One question's matrix as one user sees it."""

    ticks = False

    def __init__(self, name: str, user: str, question: matrix.Question) -> None:
        self.name = name
        self._user = user
        self._actor = Actor(user)
        self._question = question

    def allowed(self, client: Client, actor: Actor) -> bool:
        """Everybody, through their own topic."""
        self._actor = actor
        return actor.name == self._user

    def touches(self, change: Change) -> bool:
        """Pods, policies, virtual networks, nodes."""
        return change.kind.cls in matrix.CONCERNED

    def frame(self, client: Client, since: Any) -> tuple[Frame | None, Any]:
        """The matrix again."""
        context = matrix.context(client, self._actor, self._question)
        html = get_template("pages/reachability/matrix.html").render(
            {**context, "topic": self.name}
        )
        return {"t": "html", "html": html}, since


def _make(name: str, arguments: str) -> MatrixTopic | None:
    user, _, rest = arguments.partition(":")
    question = matrix.parse_topic(rest)
    return None if question is None else MatrixTopic(name, user, question)


topics.register("matrix", _make)
