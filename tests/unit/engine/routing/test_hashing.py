"""HAProxy's hashes, map and ring, against the reference's check values."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from cluster.engine.routing.hashing import (
    U32,
    address_hash,
    address_hashes,
    build_ring,
    full_hash,
    full_hashes,
    usable_ring,
    weighted_map,
)


@pytest.mark.parametrize(
    ("value", "hashed"),
    [(0, 2874071335), (1, 881230262), (4096, 1237450891), (0x0A000001, 715288146)],
)
def test_full_hash_gives_the_known_values(value: int, hashed: int) -> None:
    assert full_hash(value) == hashed
    assert full_hashes(np.array([value], dtype=np.uint32)).tolist() == [hashed]


def test_an_ipv4_address_is_its_own_number() -> None:
    assert address_hash("10.0.0.1") == 0x0A000001


def test_an_ipv6_address_is_folded_to_32_bits() -> None:
    assert address_hash("2001:db8::1") == 0x20010DB8 ^ 1
    assert address_hash("1:2:3:4:5:6:7:8") == 0x00010002 ^ 0x00030004 ^ 0x00050006 ^ 0x00070008


def test_many_addresses_hash_as_one_by_one() -> None:
    addresses = ("10.0.0.1", "203.0.113.9", "2001:db8::1")
    assert address_hashes(addresses).tolist() == [address_hash(a) for a in addresses]


def test_what_is_not_an_address_is_named_in_the_error() -> None:
    with pytest.raises(ValueError, match=r'client: Invalid value: "10\.0\.0\.256"'):
        address_hash("10.0.0.256")


@pytest.mark.parametrize(
    ("weights", "letters"),
    [
        ((1, 1, 1), "ABC"),
        ((1, 2, 3), "ACBCBC"),
        ((3, 2, 1), "AABABC"),
        ((5, 3, 2), "AABACABABC"),
        ((4, 1), "AAAAB"),
        ((1, 2, 3, 4), "ABDCDBCDCD"),
        ((0, 0), ""),
    ],
)
def test_the_map_is_laid_out_as_haproxy_does(weights: tuple[int, ...], letters: str) -> None:
    assert "".join("ABCDE"[place] for place in weighted_map(weights)) == letters


def test_a_server_of_weight_zero_has_no_place_on_the_map() -> None:
    without = ["AC"[place] for place in weighted_map((5, 3))]
    assert ["ABC"[place] for place in weighted_map((5, 0, 3))] == without


@pytest.mark.parametrize(
    ("weights", "shares"),
    [
        ((1, 1), [0.4312, 0.5688]),
        ((1, 1, 1), [0.3509, 0.2951, 0.3540]),
        ((1, 2, 3), [0.2146, 0.3213, 0.4641]),
        ((256, 64), [0.7925, 0.2075]),
        ((256, 256, 42, 42, 42), [0.3975, 0.4030, 0.0661, 0.0663, 0.0672]),
        ((1,) * 5, [0.2401, 0.1528, 0.2112, 0.1942, 0.2017]),
    ],
)
def test_the_rings_arcs_have_the_measured_shares(
    weights: tuple[int, ...], shares: list[float]
) -> None:
    ring = build_ring(tuple(range(1, len(weights) + 1)), weights)
    assert ring.shares.tolist() == pytest.approx(shares, abs=6e-5)
    assert ring.shares.sum() == pytest.approx(1)


def nearest(keys: dict[int, int], number: int) -> int:
    """The rule itself: the nearer of the nodes around the number, the one below on a tie."""
    below = min(keys, key=lambda key: (number - key) & U32 or U32 + 1)
    above = min(keys, key=lambda key: (key - number) & U32)
    nearer_below = (number - below) & U32 <= (above - number) & U32
    return keys[below] if nearer_below else keys[above]


@pytest.mark.parametrize("weights", [(1, 1), (2, 0, 1), (1, 3, 2, 1), (1,)])
def test_the_nearest_node_wins_everywhere_on_the_ring(weights: tuple[int, ...]) -> None:
    ids = tuple(range(1, len(weights) + 1))
    ring = build_ring(ids, weights)
    keys = {
        full_hash(ids[index] * 4096 + j): index
        for index, weight in enumerate(weights)
        for j in range(16 * weight)
    }
    ordered = sorted(keys)
    around = [key + step for key in ordered for step in (-1, 0, 1)]
    middles = [(a + b) // 2 + step for a, b in pairwise(ordered) for step in (-1, 0, 1)]
    wrap = (ordered[-1] + ordered[0] + U32 + 1) // 2
    numbers = [n & U32 for n in (*around, *middles, 0, U32, wrap - 1, wrap, wrap + 1)]
    expected = [nearest(keys, number) for number in numbers]
    assert [ring.winner(number) for number in numbers] == expected
    assert ring.winners(np.array(numbers, dtype=np.uint32)).tolist() == expected


def test_avoiding_a_server_walks_up_to_another_one() -> None:
    ring = build_ring((1, 2, 3), (1, 1, 1))
    keys = sorted((full_hash(i * 4096 + j), i - 1) for i in (1, 2, 3) for j in range(16))
    for place, (key, owner) in enumerate(keys):
        upward = [other for _, other in keys[place:] + keys[:place] if other != owner]
        assert ring.winner(key, avoid=owner) == upward[0]


def test_a_lone_server_is_taken_even_if_it_is_to_be_avoided() -> None:
    assert build_ring((1,), (1,)).winner(12345, avoid=0) == 0


def test_without_usable_servers_there_is_no_ring() -> None:
    assert usable_ring([1, 2], [1, 0], [False, True]) is None
