"""`slowstart`: how the weight and the connection limit of a server that has come back grow, second
by second, from next to nothing to the whole (haproxy: `server_recalc_eweight`,
`srv_dynamic_maxconn`)."""

from __future__ import annotations

from typing import Final

from cluster.engine.routing.hashing import WEIGHT_SCALE

STEP: Final = 1.0
"""Seconds from one step to the next."""


def warmth(steps: int, slowstart: int) -> int:
    """Sixteenths of its weight that a server has so many whole seconds after it came up."""
    if steps >= slowstart:
        return WEIGHT_SCALE
    return WEIGHT_SCALE * steps // slowstart + 1


def throttled(limit: int, steps: int, slowstart: int) -> int:
    """What is left of a limit of connections so many whole seconds after the server came up."""
    if steps >= slowstart:
        return limit
    return max(1, limit * (100 * steps // slowstart) // 100)


def reported_weight(weight: int, sixteenths: int) -> int:
    """The weight that HAProxy reports: that in force, rounded up."""
    return -(-weight * sixteenths // WEIGHT_SCALE)
