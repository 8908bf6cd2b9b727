"""The router's balancing algorithms, each as one object for simulated and real requests alike,
decision by decision as HAProxy 2.6 takes them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

import numpy as np

from cluster.engine.routing.balancers.base import (
    Balancer,
    Counts,
    IsFull,
    Server,
    runtime_weight,
)
from cluster.engine.routing.balancers.leastconn import LeastConn
from cluster.engine.routing.balancers.loads import LoadedBalancer
from cluster.engine.routing.balancers.random_ring import DEFAULT_DRAWS, RandomRing, XorShift32
from cluster.engine.routing.balancers.roundrobin import RoundRobin
from cluster.engine.routing.balancers.source import MapSource, RingSource, SourceBase
from cluster.engine.routing.balancers.static_rr import StaticRoundRobin

__all__ = [
    "Balancer",
    "Counts",
    "IsFull",
    "LeastConn",
    "LoadedBalancer",
    "RandomRing",
    "RoundRobin",
    "Server",
    "SourceBase",
    "StaticRoundRobin",
    "XorShift32",
    "make_balancer",
    "runtime_weight",
]

_RANDOM: Final = re.compile(r"random(?:\((\d+)\))?")
_HASH_FUNCTIONS: Final = frozenset({"sdbm", "djb2", "wt6", "crc32", "none"})


def make_balancer(
    algorithm: str,
    weights: Sequence[int],
    *,
    hash_type: str | None = None,
    rng: np.random.Generator | XorShift32 | None = None,
    ids: Sequence[int] | None = None,
    names: Sequence[str] | None = None,
    members: Collection[int] | None = None,
) -> Balancer:
    """A balancer in its first state, as after a start of HAProxy.

    `algorithm` and `hash_type` are the arguments of the backend's `balance` and `hash-type` lines;
    `weights` those of the server lines in order, 0 to 256. `rng` is what random draws from: a
    seeded generator, or an `XorShift32` to repeat HAProxy's own sequence. `ids` default to 1, 2, …
    and `names` to s1, s2, … `members` are the indices of those that take part, default all: the
    others are unusable from the start. Raises ValueError naming what is illegal.
    """
    ids = range(1, len(weights) + 1) if ids is None else ids
    names = [f"s{place + 1}" for place in range(len(weights))] if names is None else names
    ups = [members is None or place in members for place in range(len(weights))]
    servers = [Server(*line) for line in zip(names, weights, ids, ups, strict=True)]
    if algorithm == "roundrobin":
        return RoundRobin(servers)
    if algorithm == "static-rr":
        return StaticRoundRobin(servers)
    if algorithm == "leastconn":
        return LeastConn(servers)
    if algorithm == "source":
        return _make_source(servers, hash_type)
    return _make_random(algorithm, servers, rng)


def _make_source(servers: Sequence[Server], hash_type: str | None) -> Balancer:
    words = (hash_type or "map-based").split()
    rest = set(words[1:])
    if words[0] not in ("map-based", "consistent") or rest - _HASH_FUNCTIONS - {"avalanche"}:
        raise ValueError(f'hash-type: Invalid value: "{hash_type}"')
    avalanche = "avalanche" in rest
    if words[0] == "map-based":
        return MapSource(servers, avalanche=avalanche)
    # The bare word implies avalanche; a function named without it does not (haproxy: hash-type).
    return RingSource(servers, avalanche=avalanche or not rest)


def _make_random(
    algorithm: str, servers: Sequence[Server], rng: np.random.Generator | XorShift32 | None
) -> Balancer:
    match = _RANDOM.fullmatch(algorithm)
    draws = int(match[1] or DEFAULT_DRAWS) if match else 0
    if draws < 1:
        raise ValueError(f'algorithm: Unsupported value: "{algorithm}"')
    if rng is None:
        raise ValueError("rng: Required value: balance random needs a source of random numbers")
    return RandomRing(servers, draws=draws, rng=rng)
