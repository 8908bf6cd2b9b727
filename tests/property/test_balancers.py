"""What holds for every backend: counts equal picks, clients stay put, load and shares even out."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster.engine.routing.balancers import (
    Balancer,
    LeastConn,
    LoadedBalancer,
    RandomRing,
    SourceBase,
    XorShift32,
    make_balancer,
)
from cluster.engine.routing.balancers.cycle import cycle_of
from cluster.engine.routing.balancers.deadlines import DeadlineGroup
from cluster.engine.routing.balancers.loads import Arrivals, Due

WEIGHTS = st.lists(
    st.one_of(st.integers(0, 5), st.sampled_from([42, 85, 113, 128, 255, 256])),
    min_size=1,
    max_size=6,
)
SMALL_WEIGHTS = st.lists(st.integers(1, 12), min_size=1, max_size=6)
RUNS = st.lists(st.one_of(st.integers(0, 70), st.integers(64, 900)), min_size=1, max_size=5)
ADDRESSES = st.lists(
    st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str), min_size=1, max_size=30
)
STATIC = st.sampled_from(["roundrobin", "static-rr", "leastconn"])


def fresh(algorithm: str, weights: list[int]) -> Balancer:
    return make_balancer(algorithm, weights, rng=XorShift32())


def picked(balancer: Balancer, n: int) -> list[int]:
    totals = Counter(balancer.pick() for _ in range(n))
    return [totals[index] for index in range(len(balancer.servers))]


@given(
    st.sampled_from(["roundrobin", "static-rr", "leastconn", "random(1)", "random", "random(3)"]),
    WEIGHTS,
    RUNS,
)
@settings(deadline=None)
def test_counts_equal_picks_for_any_split(
    algorithm: str, weights: list[int], runs: list[int]
) -> None:
    counting, picking = fresh(algorithm, weights), fresh(algorithm, weights)
    for n in runs:
        assert counting.counts(n).tolist() == picked(picking, n)
    assert counting.pick() == picking.pick()


@given(STATIC, SMALL_WEIGHTS, st.lists(st.tuples(st.booleans(), st.integers(0, 400)), max_size=8))
@settings(deadline=None)
def test_counts_and_picks_may_be_mixed(
    algorithm: str, weights: list[int], runs: list[tuple[bool, int]]
) -> None:
    mixed, picking = fresh(algorithm, weights), fresh(algorithm, weights)
    for by_counts, n in runs:
        taken = mixed.counts(n).tolist() if by_counts else picked(mixed, n)
        assert taken == picked(picking, n)


ROUNDROBIN_EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("run"), st.integers(1, 600), st.just(0)),
        st.tuples(st.just("run"), st.sampled_from([16, 32, 64, 96, 128]), st.just(0)),
        st.tuples(st.just("avoid"), st.integers(0, 5), st.just(0)),
        st.tuples(st.just("weight"), st.integers(0, 5), st.integers(0, 12)),
        st.tuples(st.just("usable"), st.integers(0, 5), st.integers(0, 1)),
    ),
    max_size=14,
)


@settings(max_examples=300, deadline=None)
@given(SMALL_WEIGHTS, ROUNDROBIN_EVENTS)
def test_roundrobin_counts_survive_changes_in_the_middle_of_a_cycle(
    weights: list[int], events: list[tuple[str, int, int]]
) -> None:
    counting, picking = fresh("roundrobin", weights), fresh("roundrobin", weights)
    for what, first, second in events:
        index = first % len(weights)
        if what == "run":
            assert counting.counts(first).tolist() == picked(picking, first)
        elif what == "avoid":
            assert counting.pick(avoid=index) == picking.pick(avoid=index)
        for balancer in (counting, picking):
            if what == "weight":
                balancer.set_weight(index, second)
            elif what == "usable":
                balancer.set_usable(index, bool(second))
    assert [counting.pick() for _ in range(50)] == [picking.pick() for _ in range(50)]


@settings(max_examples=200, deadline=None)
@given(SMALL_WEIGHTS, ROUNDROBIN_EVENTS)
def test_roundrobin_picks_are_those_of_the_deadline_scheme(
    weights: list[int], events: list[tuple[str, int, int]]
) -> None:
    balancer = fresh("roundrobin", weights)
    group = DeadlineGroup(weights, range(len(weights)))
    usable = [True] * len(weights)
    for what, first, second in events:
        index = first % len(weights)
        if what == "run":
            assert [balancer.pick() for _ in range(first)] == [group.pick() for _ in range(first)]
        elif what == "avoid":
            assert balancer.pick(avoid=index) == group.pick(avoid=index)
        elif what == "usable" and bool(second) is not usable[index]:
            usable[index] = bool(second)
            balancer.set_usable(index, usable[index])
            if usable[index]:
                group.join(index, 16 * weights[index])
            else:
                group.leave(index)
    assert [balancer.pick() for _ in range(200)] == [group.pick() for _ in range(200)]


@given(st.lists(st.integers(1, 256), min_size=1, max_size=5))
@settings(max_examples=30, deadline=None)
def test_the_table_of_a_cycle_is_the_stepped_order(weights: list[int]) -> None:
    ordered = tuple(sorted(weights, reverse=True))
    cycle = cycle_of(ordered)
    group = DeadlineGroup(ordered, range(len(ordered)))
    assert cycle.slots(0, cycle.length).tolist() == [group.pick() for _ in range(cycle.length)]
    assert group.pick() is not None
    assert group.entering == cycle.successor.tolist()


@pytest.mark.slow
@given(SMALL_WEIGHTS, ADDRESSES, st.sampled_from([None, "map-based wt6 avalanche", "consistent"]))
@settings(deadline=None)
def test_source_sends_a_client_to_the_same_server_again(
    weights: list[int], clients: list[str], hash_type: str | None
) -> None:
    balancer = make_balancer("source", weights, hash_type=hash_type)
    assert isinstance(balancer, SourceBase)
    first = balancer.servers_for(clients).tolist()
    assert [balancer.pick(client) for client in reversed(clients)] == first[::-1]
    assert (
        balancer.counts(len(clients), clients).tolist()
        == np.bincount(first, minlength=len(weights)).tolist()
    )


@pytest.mark.slow
@given(st.lists(st.integers(1, 12), min_size=2, max_size=6), ADDRESSES, st.integers(0, 5))
@settings(deadline=None)
def test_consistent_hashing_moves_only_the_clients_of_the_server_that_went(
    weights: list[int], clients: list[str], gone: int
) -> None:
    balancer = make_balancer("source", weights, hash_type="consistent")
    assert isinstance(balancer, SourceBase)
    gone %= len(weights)
    before = balancer.servers_for(clients).tolist()
    balancer.set_usable(gone, False)
    for old, new in zip(before, balancer.servers_for(clients).tolist(), strict=True):
        assert new == old if old != gone else new != gone
    balancer.set_usable(gone, True)
    assert balancer.servers_for(clients).tolist() == before


@given(st.integers(1, 8), st.lists(st.one_of(st.none(), st.integers(0, 99)), max_size=80))
@settings(deadline=None)
def test_leastconn_never_takes_a_busier_server_at_equal_weights(
    size: int, events: list[int | None]
) -> None:
    balancer = make_balancer("leastconn", [3] * size)
    assert isinstance(balancer, LeastConn)
    held: list[int] = []
    for event in events:
        if event is None or not held:
            least = min(balancer.loads)
            index = balancer.acquire()
            assert index is not None
            assert balancer.loads[index] == least + 1
            held.append(index)
        else:
            balancer.release(held.pop(event % len(held)))
    assert sum(balancer.loads) == len(held)


BATCHES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=10)


@given(st.sampled_from(["leastconn", "random", "random(3)"]), SMALL_WEIGHTS, BATCHES)
@settings(deadline=None)
def test_batches_are_the_same_requests_one_by_one(
    algorithm: str, weights: list[int], batches: list[tuple[int, int]]
) -> None:
    batched, single = fresh(algorithm, weights), fresh(algorithm, weights)
    assert isinstance(batched, LoadedBalancer)
    held: list[int] = []
    for arrivals, departures in batches:
        ended, held = held[:departures], held[departures:]
        batched.release_many(ended)
        for index in ended:
            single.release(index)
        taken = batched.acquire_many(arrivals).tolist()
        assert taken == [single.acquire() for _ in range(arrivals)]
        held += taken


@given(WEIGHTS, st.lists(st.tuples(st.integers(0, 5), st.integers(0, 900)), max_size=6))
@settings(deadline=None)
def test_batches_under_leastconn_look_at_queues_and_start_from_any_load(
    weights: list[int], steps: list[tuple[int, int]]
) -> None:
    batched, single = fresh("leastconn", weights), fresh("leastconn", weights)
    assert isinstance(batched, LeastConn)
    for place, arrivals in steps:
        index = place % len(weights)
        for balancer in (batched, single):
            balancer.take(index, place)
            balancer.set_waiting(index, arrivals % 4)
        one_by_one = [single.acquire() for _ in range(arrivals)]
        if any(weights):
            assert batched.acquire_many(arrivals).tolist() == one_by_one
        assert batched.loads == single.loads  # type: ignore[attr-defined]
    assert [batched.pick() for _ in range(20)] == [single.pick() for _ in range(20)]


@given(
    st.sampled_from(["leastconn", "random", "random(3)"]),
    st.booleans(),
    WEIGHTS,
    st.lists(st.sampled_from([0.0, 0.5, 3.0, 3.25]), min_size=6, max_size=6),
    st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 60)), max_size=5),
)
@settings(deadline=None)
def test_following_requests_is_taking_and_releasing_each_in_time(
    algorithm: str,
    seeded: bool,
    weights: list[int],
    stays: list[float],
    steps: list[tuple[int, bool, int]],
) -> None:
    fast, plain = (
        make_balancer(algorithm, weights, rng=np.random.default_rng(7) if seeded else XorShift32())
        for _ in range(2)
    )
    assert isinstance(fast, LoadedBalancer) and isinstance(plain, LoadedBalancer)
    due: list[Due] = []
    open_: list[Due] = []
    for step, (place, usable, n) in enumerate(steps):
        for balancer in (fast, plain):
            balancer.set_usable(place % len(weights), usable)
        arrivals = Arrivals(start=10.0 * step, gap=0.25, n=n, number=100 * step)
        followed = fast.follow(arrivals, stays, 0.5, due)
        assert followed == LoadedBalancer.follow(plain, arrivals, stays, 0.5, open_)
        assert (sorted(due), fast.loads) == (sorted(open_), plain.loads)


@given(st.sampled_from(["roundrobin", "static-rr"]), SMALL_WEIGHTS, st.integers(1, 100_000))
@settings(deadline=None)
def test_rotation_keeps_to_the_weights(algorithm: str, weights: list[int], n: int) -> None:
    balancer = fresh(algorithm, weights)
    shares = balancer.expected_shares()
    assert np.abs(balancer.counts(n) - n * shares).max() < 4
    # A cycle of roundrobin may leave out a turn or two of its 16 for each unit of weight.
    assert np.abs(shares - np.array(weights) / sum(weights)).max() <= 2 / (16 * sum(weights) - 2)


@given(SMALL_WEIGHTS, st.integers(0, 2**32 - 1), st.lists(st.integers(0, 5), max_size=8))
@settings(max_examples=50, deadline=None)
def test_random_converges_to_its_law_at_any_load(
    weights: list[int], seed: int, loaded: list[int]
) -> None:
    balancer = make_balancer("random", weights, rng=np.random.default_rng(seed))
    assert isinstance(balancer, RandomRing)
    for _ in loaded:
        balancer.acquire()
    law, n = balancer.expected_shares(), 2000
    single = np.bincount([balancer.pick() or 0 for _ in range(n)], minlength=len(weights))
    several = balancer.counts(n)
    for counts in (single, several):
        assert (np.abs(counts - n * law) <= 6 * np.sqrt(n * law * (1 - law)) + 1e-9).all()


@given(st.sampled_from(["roundrobin", "static-rr", "leastconn", "random", "source"]), RUNS)
@settings(deadline=None)
def test_nobody_is_served_when_no_server_is_usable(algorithm: str, runs: list[int]) -> None:
    balancer = fresh(algorithm, [0, 5])
    balancer.set_usable(1, False)
    assert balancer.pick("10.0.0.1") is None
    assert balancer.acquire("10.0.0.1") is None
    for n in runs:
        assert balancer.counts(n, ["10.0.0.1"] * n).tolist() == [0, 0]
    balancer.set_usable(1, True)
    assert balancer.pick("10.0.0.1") == 1
