"""The watch log: every commit in order, bounded, as etcd's history behind the API server's watch cache."""

from __future__ import annotations

from typing import NamedTuple

from cluster.objects.errors import Gone
from cluster.objects.kind import Kind, Object
from cluster.objects.meta import Key

ADDED, MODIFIED, DELETED = "ADDED", "MODIFIED", "DELETED"


class Change(NamedTuple):
    """One commit. `intent` says that a user or client asked for it, so it must not be lost."""

    version: int
    kind: Kind
    old: Object | None
    new: Object | None
    intent: bool

    @property
    def type(self) -> str:
        """ADDED, MODIFIED or DELETED."""
        if self.old is None:
            return ADDED
        return DELETED if self.new is None else MODIFIED

    @property
    def object(self) -> Object:
        """The object as it is now, or as it was when it went."""
        return self.old if self.new is None else self.new

    @property
    def key(self) -> Key:
        """Namespace and name."""
        key: Key = self.object.metadata.key
        return key


class WatchLog:
    """The last changes. Versions are consecutive, so a version is a place in the list.

    Written by the engine's thread alone; any thread may read, since the list only grows and is
    replaced (never shortened in place) when it is trimmed.
    """

    def __init__(self, version: int = 0, limit: int = 20_000) -> None:
        self._limit = limit
        self._held: tuple[int, list[Change]] = (version, [])

    @property
    def oldest(self) -> int:
        """The lowest version from which a watcher may resume."""
        return self._held[0]

    def append(self, change: Change) -> None:
        """Add a commit."""
        base, entries = self._held
        entries.append(change)
        if len(entries) > 2 * self._limit:
            self._held = (base + len(entries) - self._limit, entries[-self._limit :])

    def since(self, version: int) -> list[Change]:
        """The changes after a version, oldest first.

        Raises Gone when the log has forgotten some of them; the watcher lists anew.
        """
        base, entries = self._held
        if version < base:
            raise Gone(version, base)
        return entries[version - base :]
