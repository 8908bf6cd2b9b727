"""Virtual network IDs: which projects share an overlay network under ovs-multitenant.

Stands for OpenShift SDN's master VNID map and its allocator
(openshift/sdn `pkg/network/master/vnids.go`, `pkg/network/master/netid`). 0 is the global network
that reaches every other; 1 to 9 are reserved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from cluster.engine.network.bitmap import Bitmap
from cluster.engine.rng import Randomness
from cluster.objects.netnamespace import GLOBAL_VNID, MAX_VNID, MIN_VNID

DEFAULT_PROJECT = "default"


class VnidError(ValueError):
    """A VNID, a range of them, or a change of a project's network that cannot be."""


class VnidRange:
    """VNIDs from `lowest` to `highest`, both included. Raises VnidError."""

    __slots__ = ("base", "size")

    def __init__(self, lowest: int = MIN_VNID, highest: int = MAX_VNID) -> None:
        if lowest < MIN_VNID:
            raise VnidError(f"invalid netid base, must be greater than {MIN_VNID}")
        if highest < lowest:
            raise VnidError("invalid netid size, must be greater than zero")
        if highest > MAX_VNID:
            raise VnidError(f"netid range exceeded max value {MAX_VNID}")
        self.base = lowest
        self.size = highest - lowest + 1

    def __contains__(self, vnid: int) -> bool:
        return 0 <= vnid - self.base < self.size

    def __str__(self) -> str:
        return f"{self.base}-{self.base + self.size - 1}"


class VnidMap:
    """The VNID of every project; several projects may share one, which is freed with the last."""

    __slots__ = ("_of_project", "_range", "_taken", "_users", "rng")

    def __init__(self, rng: Randomness, vnids: VnidRange | None = None) -> None:
        self._range = vnids if vnids is not None else VnidRange()
        self._taken = Bitmap(self._range.size)
        self.rng = rng
        """Where the search for a free one starts; may be exchanged between two allocations."""
        self._of_project: dict[str, int] = {}
        self._users: Counter[int] = Counter()

    def assign(self, project: str) -> int:
        """The VNID of a new project (0 for `default`); an existing project keeps its own.

        Raises VnidError when none is free.
        """
        if (held := self._of_project.get(project)) is not None:
            return held
        vnid = GLOBAL_VNID if project == DEFAULT_PROJECT else self._next()
        self._set(project, vnid)
        return vnid

    def mark(self, project: str, vnid: int) -> None:
        """Record the VNID of an existing NetNamespace. Raises VnidError outside the range."""
        if vnid >= MIN_VNID and vnid not in self._range:
            raise VnidError(
                f"unable to allocate netid {vnid}: provided netid is not in the valid range"
            )
        if project in self._of_project:
            self.revoke(project)
        if vnid in self._range:
            self._taken.take(vnid - self._range.base)
        self._set(project, vnid)

    def revoke(self, project: str) -> None:
        """Forget a deleted project. Raises VnidError when it is unknown."""
        vnid = self._known(project)
        del self._of_project[project]
        self._users[vnid] -= 1
        if self._users[vnid]:
            return
        del self._users[vnid]
        if vnid in self._range:
            self._taken.free(vnid - self._range.base)

    def join(self, project: str, other: str) -> int:
        """Put a project on another's network. Raises VnidError when either is unknown."""
        self._known(project)
        return self._move(project, self._known(other))

    def isolate(self, project: str) -> int:
        """Give a project a network of its own; nothing changes when it has one.

        Raises VnidError for an unknown project, for `default`, and when no VNID is free.
        """
        vnid = self._known(project)
        if project == DEFAULT_PROJECT:
            raise VnidError(f'network isolation for namespace "{project}" is not allowed')
        # Alone on the global network is still global (`isolate-projects` gives it an own VNID).
        if vnid != GLOBAL_VNID and self._users[vnid] == 1:
            return vnid
        return self._move(project, self._next())

    def make_global(self, project: str) -> int:
        """Put a project on the global network. Raises VnidError when it is unknown."""
        self._known(project)
        return self._move(project, GLOBAL_VNID)

    def vnid_of(self, project: str) -> int | None:
        """The VNID of a project."""
        return self._of_project.get(project)

    def projects(self) -> Mapping[str, int]:
        """Project → VNID, a live read-only view."""
        return MappingProxyType(self._of_project)

    def in_use(self) -> int:
        """How many different VNIDs the projects have, the global one included."""
        return len(self._users)

    def _known(self, project: str) -> int:
        if (vnid := self._of_project.get(project)) is None:
            raise VnidError(f'netid not found for namespace "{project}"')
        return vnid

    def _set(self, project: str, vnid: int) -> None:
        self._of_project[project] = vnid
        self._users[vnid] += 1

    def _move(self, project: str, vnid: int) -> int:
        if self._of_project[project] != vnid:
            self.revoke(project)
            self._set(project, vnid)
        return vnid

    def _next(self) -> int:
        offset = self._taken.next_free(self.rng.randrange(self._range.size))
        if offset is None:
            raise VnidError("range is full")
        self._taken.take(offset)
        return self._range.base + offset
