"""Readers on other threads while the engine's thread counts."""

from __future__ import annotations

import threading

from cluster.engine.traffic import RouteTraffic
from tests.unit.engine.traffic.lab import ROUTE, Lab, backend


def check(seen: RouteTraffic) -> None:
    statuses = seen.totals.statuses
    served = statuses.get(200, 0) + statuses.get(500, 0)
    assert sum(seen.totals.pods.values()) == sum(seen.totals.services.values()) == served
    assert served + statuses.get(503, 0) == sum(seen.totals.groups.values())
    series = seen.series()
    assert all(len(rates) == len(series.times) for rates in series.pods.values())


def test_every_snapshot_is_consistent_in_itself_while_time_and_weights_move() -> None:
    lab = Lab()
    lab.service("a", 2)
    lab.service("b", 2)
    lab.service("c", 1)
    lab.route(backend("a", 80), backend("b", 20))
    lab.visit(requests_per_second=100, cookie_percent=20)
    lab.engine.step(lab.now + 1)
    done, failures, looks = threading.Event(), [], []

    def read() -> None:
        while not done.is_set() or not looks:
            try:
                seen = lab.traffic.snapshot(ROUTE)
                assert seen is not None
                check(seen)
                looks.append(seen.now)
            except Exception as error:
                failures.append(error)
                return

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(150):
        lab.engine.step(lab.now + 3)
        lab.scale("a", number % 4)
        lab.reweigh(backend("a", number % 256), backend("bc"[number % 2], 20))
        lab.engine.settle()
    done.set()
    reader.join()
    assert not failures
    assert looks == sorted(looks)
    check(lab.seen)
