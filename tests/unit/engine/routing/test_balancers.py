"""Balancers one by one: first choices, avoided servers, refused commands, long-run shares."""

from __future__ import annotations

import numpy as np
import pytest

from cluster.engine.routing.balancers import (
    Balancer,
    SourceBase,
    XorShift32,
    make_balancer,
    runtime_weight,
)
from cluster.engine.routing.balancers.cycle import cycle_of


def first_choices(balancer: Balancer, n: int) -> str:
    picks = [balancer.pick() for _ in range(n)]
    return "".join("-" if index is None else "ABCDEFGHIJ"[index] for index in picks)


@pytest.mark.parametrize(
    ("weights", "choices"),
    [
        ([1, 1], "ABABAB"),
        ([1, 2, 3], "CBCACB"),
        ([3, 1], "AAABAAAB"),
        ([5, 3, 2], "ABACABABAC"),
        ([256, 64], "AAAABAAAAB"),
        ([2, 2, 1], "ABABC"),
        ([256, 256, 42, 42, 42], "ABABABCABABDABABEABABCABABDABA"),
        ([128, 256, 200], "BCBCBABCBACBCBACBBCABCBACBBCAB"),
    ],
)
def test_roundrobin_starts_with_the_heaviest(weights: list[int], choices: str) -> None:
    assert first_choices(make_balancer("roundrobin", weights), len(choices)) == choices


def test_static_rr_has_an_order_of_its_own() -> None:
    assert first_choices(make_balancer("static-rr", [1, 2, 3]), 12) == "ACBCBCACBCBC"


def test_leastconn_rotates_over_idle_servers_whatever_their_weights() -> None:
    assert first_choices(make_balancer("leastconn", [256, 1, 42]), 7) == "ABCABCA"


def test_random_repeats_haproxys_sequence_from_its_own_generator() -> None:
    choices = first_choices(make_balancer("random(2)", [1, 1, 1], rng=XorShift32()), 24)
    assert choices == "BBCAABCBACCCCBACABCBABAA"


def test_at_equal_load_random_takes_the_last_place_drawn() -> None:
    one, two = (make_balancer(f"random({n})", [1, 1, 1], rng=XorShift32()) for n in (1, 2))
    assert first_choices(one, 100)[1::2] == first_choices(two, 50)


def test_the_generator_gives_haproxys_numbers() -> None:
    assert XorShift32().draw_many(3).tolist() == [723471715, 2497366906, 2064144800]


@pytest.mark.parametrize(
    ("client", "by_map", "by_ring"),
    [
        ("10.0.0.1", "C", "A"),
        ("10.0.0.2", "A", "A"),
        ("192.168.1.77", "A", "C"),
        ("203.0.113.9", "B", "A"),
    ],
)
def test_source_sends_known_addresses_to_known_servers(
    client: str, by_map: str, by_ring: str
) -> None:
    mapped = make_balancer("source", [1, 1, 1]).pick(client)
    ringed = make_balancer("source", [1, 1, 1], hash_type="consistent").pick(client)
    assert mapped is not None and ringed is not None
    assert ("ABC"[mapped], "ABC"[ringed]) == (by_map, by_ring)


@pytest.mark.parametrize("algorithm", ["roundrobin", "static-rr", "leastconn", "random"])
def test_an_avoided_server_is_taken_only_when_it_is_the_last(algorithm: str) -> None:
    balancer = make_balancer(algorithm, [5, 1], rng=XorShift32())
    assert {balancer.pick(avoid=0) for _ in range(20)} == {1}
    balancer.set_usable(1, False)
    assert balancer.pick(avoid=0) == 0


def test_map_based_source_knows_no_server_to_avoid_but_the_ring_does() -> None:
    mapped, ringed = (
        make_balancer("source", [1, 1], hash_type=kind) for kind in ("map-based", "consistent")
    )
    for balancer, stays in ((mapped, True), (ringed, False)):
        index = balancer.pick("10.0.0.1")
        assert (balancer.pick("10.0.0.1", avoid=index) == index) is stays


def test_a_cycle_of_roundrobin_may_leave_out_a_turn() -> None:
    balancer = make_balancer("roundrobin", [3, 7, 7])
    assert cycle_of((7, 7, 3)).length == 271
    assert balancer.expected_shares()[0] == pytest.approx(47 / 271)
    assert balancer.counts(2 * 271).tolist() == [94, 224, 224]


@pytest.mark.parametrize("n", [95, 96, 97, 64, 128])
def test_a_change_at_the_very_end_of_a_cycle_finds_the_servers_waiting(n: int) -> None:
    counting, picking = make_balancer("roundrobin", [1, 1]), make_balancer("roundrobin", [1, 1])
    counting.counts(n)
    first_choices(picking, n)
    for balancer in (counting, picking):
        balancer.set_weight(0, 2)
    assert first_choices(counting, 100) == first_choices(picking, 100)


def test_random_over_two_equal_servers_is_not_half_and_half() -> None:
    balancer = make_balancer("random", [1, 1], rng=np.random.default_rng(1))
    assert balancer.expected_shares().tolist() == pytest.approx([0.4312, 0.5688], abs=1e-4)


def test_random_turns_away_from_the_busier_server() -> None:
    balancer = make_balancer("random", [1, 1], rng=np.random.default_rng(1))
    idle = balancer.expected_shares()
    for index in [balancer.acquire() for _ in range(20)]:
        if index == 0:
            balancer.release(0)
    assert balancer.expected_shares()[1] < idle[1]


def test_a_population_of_clients_is_mapped_once_per_configuration() -> None:
    balancer = make_balancer("source", [1, 1, 1])
    assert isinstance(balancer, SourceBase)
    clients = [f"10.0.0.{host}" for host in range(1, 30)]
    first = balancer.servers_for(clients)
    assert balancer.servers_for(clients) is first
    balancer.set_usable(int(first[0]), False)
    assert balancer.servers_for(clients)[0] != first[0]


def test_a_backend_without_servers_serves_nobody() -> None:
    for algorithm in ("roundrobin", "static-rr", "leastconn", "random", "source"):
        balancer = make_balancer(algorithm, [], rng=XorShift32())
        assert balancer.pick("10.0.0.1") is None
        assert balancer.counts(1, ["10.0.0.1"]).tolist() == []
        assert balancer.expected_shares().tolist() == []


def test_servers_carry_their_present_weights() -> None:
    balancer = make_balancer("roundrobin", [1, 2], names=["a", "b"])
    balancer.set_weight(1, 7)
    assert [(s.name, s.weight, s.id) for s in balancer.servers] == [("a", 1, 1), ("b", 7, 2)]


# Bad input


@pytest.mark.parametrize("weight", [-1, 257])
def test_a_weight_out_of_range_is_refused_and_changes_nothing(weight: int) -> None:
    balancer = make_balancer("roundrobin", [1, 2])
    with pytest.raises(ValueError, match=f"weight: Invalid value: {weight}"):
        balancer.set_weight(0, weight)
    assert balancer.servers[0].weight == 1


@pytest.mark.parametrize("algorithm", ["static-rr", "source"])
def test_static_algorithms_refuse_weights_but_0_and_the_configured(algorithm: str) -> None:
    balancer = make_balancer(algorithm, [10, 20])
    with pytest.raises(ValueError, match="only accepts weights '0%' and '100%'"):
        balancer.set_weight(0, 5)
    balancer.set_weight(0, 0)
    assert balancer.pick("10.0.0.1") == 1
    balancer.set_weight(0, 10)


@pytest.mark.parametrize("algorithm", ["leastconn", "random"])
def test_a_request_that_is_not_open_cannot_end(algorithm: str) -> None:
    balancer = make_balancer(algorithm, [1, 1], rng=XorShift32())
    with pytest.raises(ValueError, match="index: Invalid value: 1: s2 has 0 open requests"):
        balancer.release(1)


def test_source_asks_for_addresses() -> None:
    balancer = make_balancer("source", [1, 1])
    with pytest.raises(ValueError, match="client: Required value"):
        balancer.pick()
    with pytest.raises(ValueError, match="clients: Required value: the addresses of all 3"):
        balancer.counts(3, ["10.0.0.1"])


@pytest.mark.parametrize("algorithm", ["uri", "random(0)", "random(x)", ""])
def test_an_unknown_algorithm_is_named(algorithm: str) -> None:
    with pytest.raises(ValueError, match="algorithm: Unsupported value"):
        make_balancer(algorithm, [1], rng=XorShift32())


def test_an_unknown_hash_type_is_named() -> None:
    with pytest.raises(ValueError, match='hash-type: Invalid value: "consistent md5"'):
        make_balancer("source", [1], hash_type="consistent md5")


def test_random_needs_a_source_of_numbers() -> None:
    with pytest.raises(ValueError, match="rng: Required value"):
        make_balancer("random", [1])


@pytest.mark.parametrize(
    ("value", "weight"), [("0", 0), ("256", 256), ("50%", 15), ("100%", 31), ("1000%", 256)]
)
def test_runtime_weights_are_numbers_or_percentages(value: str, weight: int) -> None:
    assert runtime_weight(value, 31) == weight


@pytest.mark.parametrize("value", ["257", "-1", "x", "", "%", "1.5", "²"])
def test_other_runtime_weights_are_refused(value: str) -> None:
    with pytest.raises(ValueError, match="weight: Invalid value"):
        runtime_weight(value, 1)
