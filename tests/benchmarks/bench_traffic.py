"""One step with 100 routes under traffic, 1,000 requests/s each, and the cost of a look at the split.

Run: `python -m tests.benchmarks.bench_traffic`
"""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from typing import Any

from cluster.engine.config import COURSE, PROFILES, Profile
from cluster.engine.routing.split import split
from cluster.objects.route import BALANCE, Route
from tests.unit.engine.traffic.lab import Lab, backend

ROUTES, RATE, TICKS = 100, 1000.0, 40
Case = tuple[Profile, int, dict[str, str], dict[str, Any]]
CASES: dict[str, Case] = {
    "course: source, 3 pods": (COURSE, 1, {}, {}),
    "A/B roundrobin, 2 × 3 pods": (COURSE, 2, {}, {}),
    "A/B, half keep cookies": (COURSE, 2, {}, {"cookie_percent": 50}),
    "profile 4: random": (PROFILES["4"], 1, {}, {}),
    "profile 3.11: leastconn": (PROFILES["3.11"], 1, {}, {}),
    "leastconn, held for 2 s": (COURSE, 1, {BALANCE: "leastconn"}, {"hold_milliseconds": 2000}),
}


def milliseconds(action: Callable[[], object], times: int) -> float:
    """Mean CPU time of an action: other processes on the machine do not count."""
    begin = process_time()
    for _ in range(times):
        action()
    return (process_time() - begin) * 1000 / times


def routes_under_traffic(case: Case, routes: int = ROUTES, pods: int = 3) -> Lab:
    profile, services, annotations, visitors = case
    lab = Lab(profile)
    lab.service("a", pods)
    lab.service("b", pods)
    chosen = [backend("a", 80), backend("b", 20)][:services]
    for number in range(routes):
        lab.route(*chosen, name=f"web-{number}", annotations=annotations)
        lab.visit(f"crowd-{number}", route=f"web-{number}", requests_per_second=RATE, **visitors)
    lab.engine.step(lab.now + 5)
    return lab


def main() -> None:
    print(f"{ROUTES} routes, {RATE:.0f} requests/s each, ticks of 0.25 s")
    for name, case in CASES.items():
        lab = routes_under_traffic(case)
        took = milliseconds(lambda lab=lab: lab.engine.step(lab.now + 0.25), TICKS)  # type: ignore[misc]
        print(f"  {name:28} {took:7.2f} ms per tick")
    print("1,000 routes × 10 pods, 1,000 requests/s each")
    for name in ("course: source, 3 pods", "A/B roundrobin, 2 × 3 pods", "profile 4: random"):
        lab = routes_under_traffic(CASES[name], routes=1000, pods=10)
        took = milliseconds(lambda lab=lab: lab.engine.step(lab.now + 0.25), 8)  # type: ignore[misc]
        print(f"  {name.partition(',')[0]:28} {took / 250 * 100:7.1f} % of a core")
    lab = routes_under_traffic(CASES["A/B roundrobin, 2 × 3 pods"])
    route = lab.engine.store.get(Route, "demo", "web-0")
    assert route is not None
    env = COURSE.router_env
    took = milliseconds(lambda: split(lab.engine.store, route, env), 500)
    print(f"  {'split() of one route':28} {took:7.2f} ms")
    lab.visit("crowd-0", route="web")
    lab.route(backend("a", 80), backend("b", 20))
    lab.engine.step(lab.now + 600)
    print(f"  {'snapshot()':28} {milliseconds(lambda: lab.seen, 200):7.2f} ms")
    seen = lab.seen
    print(f"  {'series() of ten minutes':28} {milliseconds(seen.series, 50):7.2f} ms")


if __name__ == "__main__":
    main()
