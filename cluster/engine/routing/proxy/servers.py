"""The state of one server of a backend: administration, health, slow start, connections in service
and waiting (HAProxy's `struct server`)."""

from __future__ import annotations

from enum import Enum

from cluster.engine.routing.hashing import WEIGHT_SCALE
from cluster.engine.routing.proxy.health import HealthCheck
from cluster.engine.routing.proxy.queues import WaitingQueue
from cluster.engine.routing.proxy.settings import ServerLine
from cluster.engine.routing.proxy.slowstart import STEP, reported_weight, throttled, warmth


class Admin(Enum):
    """What `set server … state` has made of a server."""

    READY = "ready"
    DRAIN = "drain"
    MAINT = "maint"


class ServerState:
    """One server. The backend changes it; anyone may read it."""

    __slots__ = (
        "admin",
        "check",
        "index",
        "limited",
        "line",
        "queue",
        "served",
        "starting_since",
        "steps",
        "up",
        "weight",
    )

    def __init__(self, index: int, line: ServerLine, check: HealthCheck | None) -> None:
        self.index = index
        self.line = line
        self.limited = line.most > 0
        self.weight = line.weight
        self.admin = Admin.READY
        self.up = True
        """Whether it runs as far as the router knows; never while in maintenance."""
        self.starting_since: float | None = None
        """Since when it has been starting slowly; None: it has its whole weight."""
        self.steps = 0
        """Whole seconds of a slow start."""
        self.check = check
        self.served = 0
        """Slots taken: requests that connect, pause between two attempts, or are served."""
        self.queue = WaitingQueue()
        """Requests that wait for this server and no other."""

    @property
    def usable(self) -> bool:
        """Whether the balancer may choose it."""
        return self.up and self.admin is Admin.READY and self.weight > 0

    @property
    def running(self) -> bool:
        """Whether it is up and not starting slowly (SRV_ST_RUNNING)."""
        return self.up and self.starting_since is None

    def limit(self, connections: int, fullconn: int) -> int:
        """How many requests it may have in service while the backend has so many connections.

        With `minconn` the limit follows the backend's load up to `fullconn` (`srv_dynamic_maxconn`).
        """
        line = self.line
        limit = line.most
        if line.least < limit and connections < fullconn:
            limit = max(line.least, connections * limit // fullconn)
        if self.starting_since is None:
            return limit
        return throttled(limit, self.steps, line.slowstart)

    @property
    def warmth(self) -> int:
        """Sixteenths of its weight that are in force."""
        if self.starting_since is None:
            return WEIGHT_SCALE
        return warmth(self.steps, self.line.slowstart)

    @property
    def next_step(self) -> float | None:
        """When the next step of its slow start is due."""
        if self.starting_since is None:
            return None
        return self.starting_since + (self.steps + 1) * STEP

    @property
    def reported_weight(self) -> int:
        """The weight on the statistics page: that in force, rounded up."""
        return reported_weight(self.weight, self.warmth)

    @property
    def status(self) -> str:
        """The status on HAProxy's statistics page: `UP`, `UP 1/3`, `DOWN`, `DRAIN`, `MAINT`, …"""
        if self.admin is Admin.MAINT:
            return "MAINT"
        if self.check is None:
            if not self.up:
                return "DOWN"
            return "no check" if self.admin is Admin.READY else "DRAIN"
        word = "DRAIN" if self.up and self.admin is Admin.DRAIN else "UP" if self.up else "DOWN"
        return f"{word} {self.check.progress}".rstrip()
