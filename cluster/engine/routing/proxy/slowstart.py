"""`slowstart`: how the weight and the connection limit of a server that has come back grow from
next to nothing to the whole over some seconds (haproxy: `server_recalc_eweight`,
`srv_dynamic_maxconn`)."""

from __future__ import annotations

from typing import Final

from cluster.engine.routing.hashing import WEIGHT_SCALE

STEP: Final = 1.0
"""Seconds between two steps."""
_ROUNDING: Final = 1e-9


def whole_seconds(seconds: float) -> int:
    """Whole seconds gone by: a sum of floats that falls a hair short still counts."""
    return int(seconds + _ROUNDING)


def warmth(elapsed: float, slowstart: int) -> int:
    """Sixteenths of its weight that a server has `elapsed` seconds after it came up."""
    if elapsed < 0 or whole_seconds(elapsed) >= slowstart:
        return WEIGHT_SCALE
    return WEIGHT_SCALE * whole_seconds(elapsed) // slowstart + 1


def throttled(limit: int, elapsed: float, slowstart: int) -> int:
    """What is left of a limit of connections `elapsed` seconds after the server came up."""
    if elapsed < 0 or whole_seconds(elapsed) >= slowstart:
        return limit
    return max(1, limit * (100 * whole_seconds(elapsed) // slowstart) // 100)


def reported_weight(weight: int, sixteenths: int) -> int:
    """The weight that HAProxy reports: that in force, rounded up."""
    return -(-weight * sixteenths // WEIGHT_SCALE)
