"""Decisions per second of a whole backend: what it costs beyond the balancer's choice, with and
without limits of connections, with cookies, and while servers fail."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from cluster.engine.routing.balancers import Balancer, make_balancer
from cluster.engine.routing.proxy import (
    LAST_RETRY,
    BackendLines,
    CookieLine,
    ProxyBackend,
    ServerLine,
    Stage,
)
from tests.benchmarks.bench_balancers import CLIENTS, WEIGHTS, rate, report

ALGORITHMS = ("roundrobin", "static-rr", "leastconn", "random", "source")


def make_backend(algorithm: str, *, maxconn: int = 0) -> ProxyBackend:
    servers = tuple(
        ServerLine(f"s{place}", weight, cookie=f"c{place}", maxconn=maxconn)
        for place, weight in enumerate(WEIGHTS)
    )
    lines = BackendLines(
        servers, balance=algorithm, cookie=CookieLine("ROUTE"), redispatch=LAST_RETRY
    )
    return ProxyBackend(lines, rng=np.random.default_rng(1))


def balancer_alone(balancer: Balancer, n: int) -> None:
    for place in range(n):
        index = balancer.acquire(CLIENTS[place % len(CLIENTS)])
        assert index is not None
        balancer.release(index)


def one_by_one(backend: ProxyBackend, n: int, cookie: str | None = None) -> None:
    """Requests that are over before the next one comes: arrive, connected, finished."""
    for place in range(n):
        stream = backend.arrive(0.0, CLIENTS[place % len(CLIENTS)], cookie)
        backend.connected(stream)
        backend.finished(stream, 0.0)


def crowded(backend: ProxyBackend, n: int) -> None:
    """Twice as many requests as there are connections: everyone waits before it is served."""
    room = 2 * sum(server.line.maxconn for server in backend.servers)
    waiting = [backend.arrive(0.0, CLIENTS[place % len(CLIENTS)]) for place in range(room)]
    serving = [stream for stream in waiting if stream.stage is Stage.CONNECT]
    for place in range(n):
        serving += backend.finished(serving.pop(0), 0.0)
        stream = backend.arrive(0.0, CLIENTS[place % len(CLIENTS)])
        if stream.stage is Stage.CONNECT:
            serving.append(stream)
    for stream in serving:
        serving += backend.finished(stream, 0.0)


def failing(backend: ProxyBackend, n: int) -> None:
    """The first server refuses every connection; its requests go elsewhere at once."""
    for place in range(n):
        stream = backend.arrive(0.0, CLIENTS[place % len(CLIENTS)])
        if stream.server == 0:
            backend.failed(stream, 0.0)
        backend.connected(stream)
        backend.finished(stream, 0.0)


def compare(algorithm: str, n: int) -> None:
    balancer = make_balancer(algorithm, WEIGHTS, rng=np.random.default_rng(1))
    cases: list[tuple[str, Callable[[], object]]] = [
        ("balancer alone", partial(balancer_alone, balancer, n)),
        ("backend", partial(one_by_one, make_backend(algorithm), n)),
        ("backend, limits", partial(one_by_one, make_backend(algorithm, maxconn=20), n)),
        ("backend, queues", partial(crowded, make_backend(algorithm, maxconn=20), n)),
    ]
    if algorithm != "source":
        cases.append(("backend, one server dead", partial(failing, make_backend(algorithm), n)))
    for label, work in cases:
        report(f"{algorithm}: {label}", rate(n, work))


def main(argv: Sequence[str] | None = None) -> None:
    """Prints a line for each algorithm and situation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=50_000)
    n = parser.parse_args(argv).requests
    for algorithm in ALGORITHMS:
        compare(algorithm, n)
    followed = partial(one_by_one, make_backend("roundrobin"), n, "a=1; ROUTE=c3; b=2")
    report("backend: by cookie", rate(n, followed))


if __name__ == "__main__":
    main()
