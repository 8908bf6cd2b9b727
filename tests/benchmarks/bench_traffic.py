"""One step with 100 routes under traffic, 1,000 requests/s each, and the cost of a look at the split.
All figures are CPU time, of the best of some runs: other processes on the machine do not count.

Run: `python -m tests.benchmarks.bench_traffic`
"""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from typing import Any

from cluster.engine.config import COURSE, PROFILES, Profile
from cluster.engine.routing.split import split
from cluster.engine.traffic.dispatcher import FOLLOWED_IN_ALL
from cluster.objects.route import BALANCE, Route
from tests.unit.engine.traffic.lab import Lab, backend

ROUTES, RATE, TICKS = 100, 1000.0, 40
Case = tuple[Profile, int, dict[str, str], dict[str, Any]]
CASES: dict[str, Case] = {
    "course: source": (COURSE, 1, {}, {}),
    "A/B roundrobin": (COURSE, 2, {}, {}),
    "A/B, half keep cookies": (COURSE, 2, {}, {"cookie_percent": 50}),
    "profile 4: random": (PROFILES["4"], 1, {}, {}),
    "profile 3.11: leastconn": (PROFILES["3.11"], 1, {}, {}),
    "leastconn, held for 2 s": (COURSE, 1, {BALANCE: "leastconn"}, {"hold_milliseconds": 2000}),
}


def milliseconds(action: Callable[[], object], times: int) -> float:
    """Mean CPU time of an action."""
    begin = process_time()
    for _ in range(times):
        action()
    return (process_time() - begin) * 1000 / times


def per_tick(lab: Lab, ticks: int = TICKS) -> float:
    """Milliseconds of a tick: the best of four parts, as busy neighbours slow a core down as well."""

    def tick() -> None:
        lab.engine.step(lab.now + 0.25)

    return min(milliseconds(tick, ticks // 4) for _ in range(4))


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


def hundred_routes() -> None:
    """A tick in each case, and what it is made of."""
    print(f"{ROUTES} routes × 3 pods (A/B: 2 × 3), {RATE:.0f} requests/s each, ticks of 0.25 s")
    took: dict[str, float] = {}
    for name, case in CASES.items():
        took[name] = per_tick(routes_under_traffic(case))
        requests = ROUTES * RATE * 0.25 / took[name] * 1000
        print(f"  {name:28} {took[name]:7.2f} ms per tick   {requests:12,.0f} requests/s of CPU")
    base = took["course: source"] / ROUTES * 1000
    each = (took["profile 3.11: leastconn"] - took["course: source"]) / FOLLOWED_IN_ALL * 1000
    print(
        f"What limits: a visited route costs {base:.0f} µs a tick whatever its rate, some dozen calls of"
        f" Python and NumPy.\nleastconn and random follow {FOLLOWED_IN_ALL:,} requests a tick one by one,"
        f" {each:.1f} µs each, and let those stand for the rest.\nCookies cost array operations as"
        " long as the list of clients."
    )


def thousand_routes() -> None:
    print("1,000 routes × 10 pods, 1,000 requests/s each")
    for name in CASES:
        if "held" in name:
            continue
        took = per_tick(routes_under_traffic(CASES[name], routes=1000, pods=10), ticks=12)
        print(f"  {name:28} {took / 250 * 100:7.1f} % of a core")


def cookies_of_one_route() -> None:
    """Clients that all keep cookies, on a route with leastconn; each comes once a tick."""
    clients = 50_000
    visitors = {"cookie_percent": 100, "clients": clients, "network": "10.0.0.0/8"}
    case = (COURSE, 1, {BALANCE: "leastconn"}, visitors)
    lab = routes_under_traffic(case, routes=1)
    lab.visit("crowd-0", requests_per_second=4.0 * clients)
    lab.engine.step(lab.now + 5)
    requests = clients / per_tick(lab) * 1000
    print(f"  {'one route, all keep cookies':28} {'':26}{requests:9,.0f} requests/s of CPU")


def main() -> None:
    hundred_routes()
    cookies_of_one_route()
    thousand_routes()
    lab = routes_under_traffic(CASES["A/B roundrobin"])
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
