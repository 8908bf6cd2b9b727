"""What a browser can subscribe to: a piece of a page that is drawn again when the cluster changes."""

from __future__ import annotations

from typing import Any, Protocol

from cluster.runtime.client import Client
from cluster.runtime.commands import Actor, Change

Frame = dict[str, Any]
"""A message to the browser without its topic; `t` says what it is (contract: live.js)."""


class Topic(Protocol):
    """One topic, drawn once for everybody who watches it."""

    name: str
    ticks: bool

    def allowed(self, client: Client, actor: Actor) -> bool:
        """Whether this user may watch it."""
        ...

    def touches(self, change: Change) -> bool:
        """Whether a commit concerns it."""
        ...

    def frame(self, client: Client, since: Any) -> tuple[Frame | None, Any]:
        """The whole current content, and a cursor.

        Topics of measurements get the cursor that they returned last as `since` (None: everything)
        and give what came after it, or None when there is nothing new.
        """
        ...


class ProjectTopic:
    """A topic about objects of one project; members may watch it."""

    ticks = False
    kinds: tuple[type, ...] = ()

    def __init__(self, name: str, namespace: str) -> None:
        self.name = name
        self.namespace = namespace

    def allowed(self, client: Client, actor: Actor) -> bool:
        """Members of the project, and cluster admins."""
        return actor.is_cluster_admin or client.role(actor, self.namespace) is not None

    def touches(self, change: Change) -> bool:
        """A commit in this project of one of the topic's kinds."""
        return change.kind.cls in self.kinds and change.key.namespace == self.namespace
