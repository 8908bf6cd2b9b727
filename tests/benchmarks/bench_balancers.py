"""Decisions per second of each balancing algorithm: one by one, and many at once."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from cluster.engine.routing.balancers import (
    Balancer,
    LoadedBalancer,
    SourceBase,
    make_balancer,
)

WEIGHTS = [256, 256, 42, 42, 42]
"""The servers of an 80/20 split over two and three pods."""
CLIENTS = [f"10.{host >> 8}.{host & 255}.7" for host in range(1000)]
CASES = (
    ("roundrobin", None),
    ("static-rr", None),
    ("leastconn", None),
    ("source", None),
    ("source", "consistent"),
    ("random", None),
)


def rate(decisions: int, work: Callable[[], object]) -> float:
    """Decisions per second: the best of three runs."""
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return decisions / best


def picks(balancer: Balancer, n: int) -> None:
    for place in range(n):
        balancer.pick(CLIENTS[place % len(CLIENTS)])


def counts(balancer: Balancer, n: int, batch: int) -> None:
    """`n` requests in steps of `batch`, as a simulation step asks for them."""
    if isinstance(balancer, SourceBase):
        clients = CLIENTS[:batch]
        for _ in range(n // batch):
            balancer.counts(batch, clients)
        return
    for _ in range(n // batch):
        balancer.counts(batch)


def held(balancer: LoadedBalancer, n: int, batch: int) -> None:
    """Steps in which `batch` requests arrive and those of two steps ago end."""
    open_requests = [balancer.acquire_many(batch), balancer.acquire_many(batch)]
    for _ in range(n // batch):
        balancer.release_many(open_requests.pop(0))
        open_requests.append(balancer.acquire_many(batch))


def make(algorithm: str, hash_type: str | None) -> Balancer:
    return make_balancer(algorithm, WEIGHTS, hash_type=hash_type, rng=np.random.default_rng(1))


def report(label: str, decisions_per_second: float) -> None:
    print(f"{label:<44} {decisions_per_second:>16,.0f} /s")


def main(argv: Sequence[str] | None = None) -> None:
    """Prints a line for each algorithm and way of asking."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picks", type=int, default=100_000)
    parser.add_argument("--batch", type=int, default=500)
    options = parser.parse_args(argv)
    n, batch = options.picks, options.batch
    for algorithm, hash_type in CASES:
        name = f"{algorithm} {hash_type or ''}".strip()
        balancer = make(algorithm, hash_type)
        report(f"{name}: pick", rate(n, partial(picks, balancer, n)))
        for size, total in ((batch, 10 * n), (100 * batch, 100 * n)):
            balancer = make(algorithm, hash_type)
            if isinstance(balancer, SourceBase) and size > len(CLIENTS):
                continue
            report(
                f"{name}: counts, {size:,} a call",
                rate(total, partial(counts, balancer, total, size)),
            )
        if isinstance(balancer, LoadedBalancer):
            report(f"{name}: held, {batch:,} a step", rate(n, partial(held, balancer, n, batch)))


if __name__ == "__main__":
    main()
