"""All measurements in one run: `make bench`. Figures are of this machine, at this hour.

`python -m tests.benchmarks console engine` runs only those.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from tests.benchmarks import (
    bench_balancers,
    bench_console,
    bench_dataplane,
    bench_dns,
    bench_engine,
    bench_matching,
    bench_matrix,
    bench_persistence,
    bench_policy,
    bench_proxy,
    bench_switch,
    bench_traffic,
    bench_walk,
)

BENCHES: dict[str, Callable[[], None]] = {
    "console": bench_console.main,
    "engine": bench_engine.main,
    "switch": bench_switch.main,
    "traffic": bench_traffic.main,
    "balancers": lambda: bench_balancers.main([]),
    "matching": lambda: bench_matching.main([]),
    "proxy": lambda: bench_proxy.main([]),
    "dataplane": lambda: asyncio.run(bench_dataplane.main()),
    "dns": lambda: asyncio.run(bench_dns.main()),
    "persistence": bench_persistence.main,
    "matrix": bench_matrix.main,
    "policy": bench_policy.main,
    "walk": bench_walk.main,
}


def run(names: list[str]) -> None:
    """Run the named benches, or all of them."""
    for name in names or BENCHES:
        print(f"\n== {name}")
        BENCHES[name]()


if __name__ == "__main__":
    run(sys.argv[1:])
