"""Many requests at once for HAProxy's leastconn (lb_fwlc.c) that all stay open: how they fill the
servers up, as one sort instead of a move in the queue for each."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Int64Array = NDArray[np.int64]

LOAD_SCALE: Final = 4096
"""HAProxy's SRV_EWGHT_MAX: a server's key is its load plus one, by this over its effective weight."""
_MOST_SORTS: Final = 8


def fill(firsts: Int64Array, loads: Int64Array, effective: Int64Array, n: int) -> Int64Array | None:
    """The places in the queue that the next `n` requests come to, shape (n,).

    The arrays describe the usable servers in the queue's order: the key by which each stands there,
    its load, and its effective weight. None where the order is not worth sorting for: then it is to
    be found step by step.
    """
    if np.any((loads + 2) * LOAD_SCALE // effective <= firsts):
        return None  # a queue has shrunk unnoticed: keys do not ascend
    turns = _turns(firsts, loads, effective, n)
    total = int(turns.sum())
    place = np.repeat(np.arange(len(turns)), turns)
    first = np.cumsum(turns) - turns
    keys = (loads[place] + np.arange(total) - first[place] + 1) * LOAD_SCALE // effective[place]
    present = np.flatnonzero(turns)
    first = first[present]
    keys[first] = firsts[present]
    # Where two of one weight first come to one key, the one that had it from the start is older.
    guess = np.empty_like(turns)
    guess[np.argsort(-firsts, kind="stable")] = np.arange(len(turns))
    order = _in_order(keys, first, guess[place], n)
    return None if order is None else place[order]


def _turns(firsts: Int64Array, loads: Int64Array, effective: Int64Array, n: int) -> Int64Array:
    """How many turns of each server to look at, so that the first `n` of all are among them."""
    level = int((n + (loads + 2).sum()) * LOAD_SCALE // effective.sum()) + 1
    while True:
        turns = ((level + 1) * effective - 1) // LOAD_SCALE - loads
        turns = np.where(firsts <= level, np.maximum(turns, 1), 0)
        if turns.sum() >= n:
            return turns
        level *= 2


def _in_order(keys: Int64Array, first: Int64Array, guess: Int64Array, n: int) -> Int64Array | None:
    """The `n` turns that come first: by key, among equals by whose server had its last turn first.

    That order stands in its own terms, so it is sorted until it stays; as the keys of a server ascend,
    only the true one does. `first` are the servers' first turns, which have none before them.
    """
    total = len(keys)
    scaled = keys * (total + len(first))
    order = np.argsort(scaled + guess)
    before = np.empty(total, dtype=np.int64)
    position = np.empty(total, dtype=np.int64)
    for _ in range(_MOST_SORTS):
        position[order] = np.arange(len(first), len(first) + total)
        before[1:] = position[:-1]
        before[first] = np.arange(len(first))
        again = np.argsort(scaled + before)
        if np.array_equal(again, order):
            return order[:n]
        order = again
    return None
