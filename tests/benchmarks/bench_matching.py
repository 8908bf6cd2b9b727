"""Requests per second for which a route is found, and what another table of routes costs."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from cluster.engine.routing.maps import MapRoute
from cluster.engine.routing.matching import RoutingTable

POLICIES = ("", "Allow", "Redirect")


def routes(count: int, paths: int) -> list[MapRoute]:
    """Edge and plain routes on hosts with so many paths each."""
    return [
        MapRoute(
            name=f"project:route-{number}",
            host=f"web-{number // paths}.apps.localhost",
            path=f"/part-{number % paths}" if number % paths else "",
            termination="edge" if number % 2 else "",
            insecure_policy=POLICIES[number % 3] if number % 2 else "",
        )
        for number in range(count)
    ]


def requests(count: int, paths: int) -> list[tuple[str, str, str]]:
    """Scheme, host and URL: every host, known and unknown paths, one unknown host in ten."""
    hosts = max(1, count // paths)
    return [
        (
            ("http", "https")[number % 2],
            f"web-{number * 7 % (hosts + hosts // 10 + 1)}.apps.localhost:8080",
            f"/part-{number % (paths + 1)}/page?x={number}",
        )
        for number in range(10_000)
    ]


def main(argv: Sequence[str] | None = None) -> None:
    """Prints the time of a table and the rate of look-ups for some sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args(argv).rounds
    for count, paths in ((100, 1), (1_000, 1), (1_000, 20), (10_000, 4)):
        held = routes(count, paths)
        start = time.perf_counter()
        table = RoutingTable(held)
        built = time.perf_counter() - start
        asked = requests(count, paths)
        start = time.perf_counter()
        for _ in range(rounds):
            for scheme, host, url in asked:
                table.decide(scheme, host, url, None)
        rate = rounds * len(asked) / (time.perf_counter() - start)
        label = f"{count:,} routes, {paths} to a host"
        print(f"{label:<32} table in {1000 * built:>7.1f} ms, {rate:>12,.0f} look-ups/s")


if __name__ == "__main__":
    main()
