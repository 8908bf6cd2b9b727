"""Decisions per second of CPU time of each balancing algorithm: one by one, and many at once."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count

import numpy as np

from cluster.engine.routing.balancers import (
    Balancer,
    LoadedBalancer,
    SourceBase,
    make_balancer,
)
from cluster.engine.routing.balancers.loads import Arrivals, Due

WEIGHTS = [256, 256, 42, 42, 42]
"""The servers of an 80/20 split over two and three pods."""
CLIENTS = [f"10.{host >> 8}.{host & 255}.7" for host in range(1000)]
LIMITS = """What limits: leastconn held in one step is one sort in NumPy; where requests go between others
that come, each decision depends on the one before, so it is a heap in a loop of plain Python (C does
the heap, Python the rest). random(2) reads the loads before it: draws and places on the ring are NumPy's,
the comparison is a loop too. All other counts come in closed form."""
CASES = (
    ("roundrobin", None),
    ("static-rr", None),
    ("leastconn", None),
    ("source", None),
    ("source", "consistent"),
    ("random", None),
)


def rate(decisions: int, work: Callable[[], object]) -> float:
    """Decisions per second of CPU time, as others may use the machine too: the best of three runs."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
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


def followed(balancer: LoadedBalancer, n: int, batch: int, steps: count[int]) -> None:
    """Requests come a millisecond apart and stay for 5 ms, so each decision sees others go."""
    due: list[Due] = []
    stays = [0.005] * len(WEIGHTS)
    for _ in range(n // batch):
        number = next(steps) * batch
        arrivals = Arrivals(start=number / 1000, gap=0.001, n=batch, number=number)
        balancer.follow(arrivals, stays, 0.0, due)
    balancer.end_due(due, float("inf"))


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
            for size in (batch, 10 * batch):
                balancer = make(algorithm, hash_type)
                assert isinstance(balancer, LoadedBalancer)
                report(f"{name}: held, {size:,} a step", rate(n, partial(held, balancer, n, size)))
            steps = count()
            report(
                f"{name}: followed, coming and going",
                rate(n, partial(followed, balancer, n, batch, steps)),
            )
    print(LIMITS)


if __name__ == "__main__":
    main()
