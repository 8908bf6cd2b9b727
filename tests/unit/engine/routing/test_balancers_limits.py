"""Balancers among servers that may be full: who is passed over, and what a choice moves."""

from __future__ import annotations

import pytest

from cluster.engine.routing.balancers import Balancer, XorShift32, make_balancer

ALGORITHMS = ["roundrobin", "static-rr", "leastconn", "random", "source"]


def make(algorithm: str, weights: list[int]) -> Balancer:
    return make_balancer(algorithm, weights, rng=XorShift32())


@pytest.mark.parametrize("algorithm", ["roundrobin", "static-rr", "leastconn"])
def test_full_servers_are_passed_over(algorithm: str) -> None:
    balancer = make(algorithm, [1, 1, 1])
    picks = [balancer.choose(is_full=lambda index: index != 1) for _ in range(4)]
    assert picks == [1] * 4
    assert balancer.choose(is_full=lambda index: True) is None
    assert balancer.choose(avoid=1, is_full=lambda index: index == 0) == 2
    assert balancer.choose(avoid=1, is_full=lambda index: index != 1) == 1


def test_random_does_not_look_for_another_when_the_one_drawn_is_full() -> None:
    full, free = make("random(1)", [1, 1, 1]), make("random(1)", [1, 1, 1])
    for _ in range(20):
        drawn = free.choose()
        expected = None if drawn == 1 else drawn
        assert full.choose(is_full=lambda index: index == 1) == expected


def test_source_keeps_to_its_server_full_or_not() -> None:
    balancer = make("source", [1, 1, 1])
    assert balancer.choose("10.0.0.1", is_full=lambda index: True) == balancer.choose("10.0.0.1")


def test_in_roundrobin_full_servers_have_had_their_turn() -> None:
    balancer = make("roundrobin", [1, 1, 1])
    assert balancer.choose(is_full=lambda index: index == 0) == 1
    assert [balancer.choose() for _ in range(3)] == [2, 0, 1]


@pytest.mark.parametrize("algorithm", ["static-rr", "leastconn"])
def test_a_vain_choice_moves_nothing(algorithm: str) -> None:
    balancer, untouched = make(algorithm, [1, 2, 3]), make(algorithm, [1, 2, 3])
    for _ in range(5):
        assert balancer.choose(is_full=lambda index: True) is None
        assert balancer.acquire() == untouched.acquire()


def test_leastconn_moves_a_server_when_its_requests_change_not_when_it_is_chosen() -> None:
    balancer = make("leastconn", [1, 1])
    assert [balancer.choose() for _ in range(3)] == [0, 0, 0]
    balancer.take(0)
    assert balancer.choose() == 1


def test_leastconn_counts_the_waiting_at_the_next_take_or_release() -> None:
    balancer = make("leastconn", [1, 1])
    for index in (0, 0, 1, 1):
        balancer.take(index)
    balancer.set_waiting(0, 5)
    assert balancer.choose() == 0
    balancer.release(0)
    assert balancer.choose() == 1
    balancer.set_waiting(0, 0)
    balancer.take(0)
    balancer.release(1)
    assert balancer.choose() == 1


def test_a_release_followed_by_one_from_the_queue_leaves_the_order_as_it_was() -> None:
    balancer = make("leastconn", [1, 1])
    balancer.take(0)
    balancer.take(1)
    balancer.set_waiting(0, 1)
    balancer.release(0)
    balancer.set_waiting(0, 0)
    balancer.take(0)
    assert balancer.choose() == 0


@pytest.mark.parametrize("algorithm", ["roundrobin", "leastconn"])
def test_a_cold_server_has_a_part_of_its_weight(algorithm: str) -> None:
    cold, light = make(algorithm, [16, 16]), make(algorithm, [16, 4])
    cold.set_warmth(1, 4)
    picks = [[balancer.acquire() for _ in range(400)] for balancer in (cold, light)]
    assert picks[0].count(1) == pytest.approx(picks[1].count(1), abs=2)
    cold.set_warmth(1, 16)
    assert cold.servers[1].weight == 16
    with pytest.raises(ValueError, match="sixteenths: Invalid value: 17"):
        cold.set_warmth(1, 17)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_those_left_out_at_the_start_take_part_once_they_are_put_in(algorithm: str) -> None:
    balancer = make_balancer(algorithm, [1, 1, 1], rng=XorShift32(), members=[1])
    assert [balancer.pick("10.0.0.1") for _ in range(3)] == [1, 1, 1]
    balancer.set_usable(0, True)
    balancer.set_usable(1, False)
    assert balancer.pick("10.0.0.1") == 0


def test_roundrobin_over_some_members_starts_as_if_there_were_no_others() -> None:
    part = make_balancer("roundrobin", [9, 1, 2, 3], members=[1, 2, 3])
    whole = make("roundrobin", [1, 2, 3])
    picks = [whole.pick() for _ in range(100)]
    assert [part.pick() for _ in range(100)] == [index + 1 for index in picks if index is not None]
