"""All measurements in one run: `make bench`. Figures are of this machine, at this hour.

`python -m tests.benchmarks console engine` runs only those.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from tests.benchmarks import (
    bench_balancers,
    bench_console,
    bench_engine,
    bench_persistence,
    bench_traffic,
)

BENCHES: dict[str, Callable[[], None]] = {
    "console": bench_console.main,
    "engine": bench_engine.main,
    "traffic": bench_traffic.main,
    "balancers": bench_balancers.main,
    "persistence": bench_persistence.main,
}


def run(names: list[str]) -> None:
    """Run the named benches, or all of them."""
    for name in names or BENCHES:
        print(f"\n== {name}")
        BENCHES[name]()


if __name__ == "__main__":
    run(sys.argv[1:])
