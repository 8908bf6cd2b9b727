"""The cluster's clock, once a second and at every change."""

from __future__ import annotations

from typing import Any

from cluster.runtime.client import Client
from cluster.runtime.commands import Actor, Change
from console.context import clock_context
from console.live import topics
from console.live.topic import Frame


class ClockTopic:
    """Everybody who is signed in sees the clock."""

    name = "clock"
    ticks = True

    def allowed(self, client: Client, actor: Actor) -> bool:
        """All users."""
        return True

    def touches(self, change: Change) -> bool:
        """Commits do not move the clock."""
        return False

    def frame(self, client: Client, since: Any) -> tuple[Frame | None, Any]:
        """The reading, when it is another second or the clock was paused or sped up."""
        shown = clock_context(client.clock())
        reading = (shown["iso"], shown["running"], shown["speed"])
        return (None, since) if reading == since else ({"t": "clock", **shown}, reading)


topics.register("clock", lambda name, arguments: ClockTopic())
