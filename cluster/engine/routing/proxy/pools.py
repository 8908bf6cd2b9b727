"""The active and the backup servers of a backend: each kind has a balancer of its own, and the
backups serve only when no active server is usable (haproxy: `recount_servers`)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cluster.engine.routing.balancers import (
    Balancer,
    IsFull,
    LeastConn,
    RandomRing,
    SourceBase,
    StaticRoundRobin,
    XorShift32,
    make_balancer,
)
from cluster.engine.routing.proxy.settings import BackendLines


class Pools:
    """Who may be chosen, and by which balancer."""

    def __init__(self, lines: BackendLines, rng: np.random.Generator | XorShift32 | None) -> None:
        self._backup = [server.backup for server in lines.servers]
        self._all_backups = lines.allbackups
        places = range(len(lines.servers))
        ids = [given or place for place, given in enumerate((s.id for s in lines.servers), 1)]

        def balancer(backup: bool) -> Balancer:
            return make_balancer(
                lines.balance,
                [server.weight for server in lines.servers],
                hash_type=lines.hash_type,
                rng=rng,
                ids=ids,
                names=[server.name for server in lines.servers],
                members=[place for place in places if self._backup[place] is backup],
            )

        self._active = balancer(backup=False)
        self._standby = balancer(backup=True) if any(self._backup) else self._active
        self.balancers = [self._standby if backup else self._active for backup in self._backup]
        """The balancer that knows each server."""
        self.by_hash = isinstance(self._active, SourceBase)
        self.counts_waiting = isinstance(self._active, LeastConn)
        """Whether a request may be sent to the queue of a busy server by choice."""
        self._refuses_full_backup = isinstance(self._active, StaticRoundRobin | RandomRing)
        self.active = 0
        """How many active servers are usable."""
        self.first_backup: int | None = None
        """The first usable backup server."""

    def recount(self, usable: Sequence[bool]) -> None:
        """Some server's usability has changed."""
        self.active = sum(
            up and not backup for up, backup in zip(usable, self._backup, strict=True)
        )
        backups = (place for place, up in enumerate(usable) if up and self._backup[place])
        self.first_backup = next(backups, None)

    @property
    def empty(self) -> bool:
        """Whether there is nobody to serve a request."""
        return not self.active and self.first_backup is None

    def serves(self, index: int) -> bool:
        """Whether a usable server is one of those whose turn it is."""
        if not self._backup[index]:
            return True
        return not self.active and (self._all_backups or index == self.first_backup)

    def choose(self, client: str | None, avoid: int | None, is_full: IsFull | None) -> int | None:
        """The server of a request; None when none is usable, or those that are, are full."""
        if self.active:
            return self._active.choose(client, avoid, is_full)
        if self._all_backups:
            return self._standby.choose(client, avoid, is_full)
        index = self.first_backup
        if index is None or (self._refuses_full_backup and is_full is not None and is_full(index)):
            return None
        return index
