"""Node ports: the port on which every node listens for a service.

Stands for kubernetes `registry/core/service/portallocator`: a bitmap over 30000 to 32767
(`servicesNodePortRange`), searched from a random place forward.
"""

from __future__ import annotations

from cluster.engine.network.bitmap import Bitmap
from cluster.engine.rng import Randomness

FIRST, LAST = 30000, 32767


class NodePortError(Exception):
    """A node port that is not to be had; the message is the API server's."""


class NodePorts:
    """The node ports that services hold."""

    __slots__ = ("_rng", "_taken")

    def __init__(self, rng: Randomness) -> None:
        self._rng = rng
        self._taken = Bitmap(LAST - FIRST + 1)

    def __contains__(self, port: int) -> bool:
        return FIRST <= port <= LAST and port - FIRST in self._taken

    @property
    def used(self) -> int:
        """How many are taken."""
        return len(self._taken)

    def allocate(self) -> int:
        """A free port: a random place, then the first free one after it. Raises NodePortError."""
        offset = self._taken.next_free(self._rng.randrange(self._taken.size))
        if offset is None:
            raise NodePortError("range is full")
        self._taken.take(offset)
        return FIRST + offset

    def allocate_requested(self, port: int) -> None:
        """Take the port that `nodePort` asks for. Raises NodePortError."""
        if not FIRST <= port <= LAST:
            raise NodePortError(
                "provided port is not in the valid range. The range of valid ports is"
                f" {FIRST}-{LAST}"
            )
        if not self._taken.take(port - FIRST):
            raise NodePortError("provided port is already allocated")

    def mark(self, port: int) -> None:
        """Record the port of an existing service."""
        if FIRST <= port <= LAST:
            self._taken.take(port - FIRST)

    def release(self, port: int) -> None:
        """Give a port back; a free one is left alone."""
        if FIRST <= port <= LAST:
            self._taken.free(port - FIRST)
