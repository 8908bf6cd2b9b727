"""What a trial may ask for, and whose addresses its requests come from."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.engine.routing.trial import MAX_REQUESTS, Trial, client_addresses


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("203.0.113.7", ["203.0.113.7"]),
        ("203.0.113.7, 203.0.113.9", ["203.0.113.7", "203.0.113.9"]),
        ("203.0.113.0/29", [f"203.0.113.{n}" for n in range(1, 7)]),
        ("203.0.113.4/31", ["203.0.113.4", "203.0.113.5"]),
        ("203.0.113.0/30 198.51.100.1", ["203.0.113.1", "203.0.113.2", "198.51.100.1"]),
        ("2001:db8::/126", ["2001:db8::1", "2001:db8::2", "2001:db8::3"]),
    ],
)
def test_clients_are_addresses_and_the_hosts_of_networks(text: str, expected: list[str]) -> None:
    assert list(client_addresses(text, 100)) == expected


def test_of_a_huge_network_only_as_many_as_are_wanted_are_made() -> None:
    assert client_addresses("::/0", 3) == ("::1", "::2", "::3")


@pytest.mark.parametrize("text", ["", " , ", "203.0.113", "203.0.113.0/33", "fe80::1%eth0", "web"])
def test_what_is_no_address_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="clients: "):
        client_addresses(text, 10)


def test_a_wrong_word_counts_even_where_it_would_not_be_reached() -> None:
    with pytest.raises(ValueError, match='"nonsense"'):
        client_addresses("203.0.113.0/24 nonsense", 3)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("requests", 0),
        ("requests", MAX_REQUESTS + 1),
        ("in_flight", 0),
        ("hold", -0.1),
        ("clients", ()),
        ("clients", ("web",)),
        ("scheme", "ftp"),
        ("path", "web"),
        ("path", "/a b"),
        ("cookie", "a=1\r\nHost: x"),
    ],
)
def test_an_illegal_trial_names_its_field(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{field}: "):
        Trial(**{field: value})
