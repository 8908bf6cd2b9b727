"""The engine's random streams."""

from __future__ import annotations

import re
import uuid
from collections import Counter

import pytest

from cluster.engine.rng import SUFFIX_ALPHABET, RandomStream


def test_the_stream_is_splitmix64() -> None:
    # Published check values for seed 1234567.
    stream = RandomStream(1234567)
    assert [stream.bits64() for _ in range(3)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]


def test_children_differ_by_name_and_do_not_depend_on_what_was_drawn() -> None:
    parent = RandomStream(5)
    first = parent.child("pods").bits64()
    parent.bits64()
    assert parent.child("pods").bits64() == first
    assert parent.child("services").bits64() != first
    assert RandomStream(6).child("pods").bits64() != first


def test_whole_numbers_are_equally_likely() -> None:
    stream = RandomStream(11)
    counts = Counter(stream.randrange(7) for _ in range(70_000))
    assert set(counts) == set(range(7))
    assert all(abs(count - 10_000) < 500 for count in counts.values())


def test_fractions_fill_the_unit_interval() -> None:
    stream = RandomStream(3)
    values = [stream.random() for _ in range(20_000)]
    assert 0 <= min(values) < 0.001
    assert 0.999 < max(values) < 1
    assert abs(sum(values) / len(values) - 0.5) < 0.01


@pytest.mark.parametrize("length", [0, 1, 5, 12, 13, 40])
def test_suffixes_use_the_alphabet_of_kubernetes(length: int) -> None:
    suffix = RandomStream(2).choices_suffix(length)
    assert len(suffix) == length
    assert set(suffix) <= set(SUFFIX_ALPHABET)


def test_suffixes_use_every_character_in_every_place() -> None:
    stream = RandomStream(4)
    suffixes = [stream.choices_suffix() for _ in range(3000)]
    assert all({s[place] for s in suffixes} == set(SUFFIX_ALPHABET) for place in range(5))


def test_uuids_are_version_4_and_differ() -> None:
    stream = RandomStream(9)
    texts = [stream.uuid() for _ in range(500)]
    assert len(set(texts)) == 500
    for text in texts:
        parsed = uuid.UUID(text)
        assert (parsed.version, parsed.variant) == (4, uuid.RFC_4122)
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text)


def test_choice_takes_every_item_and_refuses_an_empty_sequence() -> None:
    stream = RandomStream(8)
    assert {stream.choice("abc") for _ in range(100)} == set("abc")
    with pytest.raises(IndexError):
        stream.choice([])


@pytest.mark.parametrize("stop", [0, -1, 2**64 + 1])
def test_an_impossible_range_is_refused(stop: int) -> None:
    with pytest.raises(ValueError, match="stop"):
        RandomStream(1).randrange(stop)


@pytest.mark.parametrize("state", [-1, 1 << 128])
def test_an_impossible_state_is_refused(state: int) -> None:
    with pytest.raises(ValueError, match="state"):
        RandomStream.from_state(state)
