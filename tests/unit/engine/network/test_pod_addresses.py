"""Pod addresses beyond the recorded vectors."""

from __future__ import annotations

import pytest

from cluster.engine.network.pod_addresses import (
    AddressesExhaustedError,
    AddressNotAvailableError,
    HostLocal,
)

SUBNET = "10.128.0.0/23"


def test_a_node_subnet_holds_509_pods() -> None:
    pool = HostLocal(SUBNET)
    addresses = [pool.allocate(f"pod {n}") for n in range(pool.capacity)]
    assert pool.capacity == 509
    assert addresses[0] == "10.128.0.2"
    assert addresses[-1] == "10.128.1.254"
    assert addresses == list(pool.addresses())
    with pytest.raises(AddressesExhaustedError) as full:
        pool.allocate("one more")
    assert str(full.value) == ("no IP addresses available in range set: 10.128.0.1-10.128.1.254")


def test_the_only_free_address_is_found_wherever_the_cursor_is() -> None:
    pool = HostLocal(SUBNET)
    for n in range(pool.capacity):
        pool.allocate(f"pod {n}")
    pool.release("10.128.0.255")
    assert pool.allocate("late") == "10.128.0.255"
    pool.release("10.128.0.7")
    assert pool.allocate("later") == "10.128.0.7"


def test_a_lease_is_known_by_address_and_by_owner() -> None:
    pool = HostLocal(SUBNET)
    pool.allocate("a")
    pool.allocate("b")
    assert pool.owner_of("10.128.0.3") == "b"
    assert pool.address_of("b") == "10.128.0.3"
    assert dict(pool.holders()) == {"10.128.0.2": "a", "10.128.0.3": "b"}
    assert pool.release("10.128.0.2")
    assert not pool.release("10.128.0.2")
    assert pool.owner_of("10.128.0.2") is None
    assert len(pool) == 1


def test_a_sandbox_gets_one_address_only() -> None:
    pool = HostLocal(SUBNET)
    pool.allocate("a")
    with pytest.raises(AddressNotAvailableError, match="duplicate allocation is not allowed"):
        pool.allocate("a")


def test_a_saved_pool_goes_on_where_it_stopped() -> None:
    pool = HostLocal(SUBNET)
    for owner in ("a", "b", "c"):
        pool.allocate(owner)
    pool.release("10.128.0.4")
    restored = HostLocal(SUBNET)
    for address, owner in pool.holders().items():
        restored.mark(address, owner)
    restored.last_reserved = pool.last_reserved
    assert restored.allocate("d") == pool.allocate("d") == "10.128.0.5"


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("10.128.0.1", "requested ip 10.128.0.1 is subnet's gateway"),
        ("10.128.0.2", "requested IP address 10.128.0.2 is not available in range set"),
        ("10.128.1.255", "10.128.1.255 not in range set 10.128.0.1-10.128.1.254"),
        ("10.129.0.2", "10.129.0.2 not in range set"),
    ],
)
def test_an_address_that_cannot_be_held_is_refused(address: str, message: str) -> None:
    pool = HostLocal(SUBNET)
    pool.allocate("a")
    with pytest.raises(AddressNotAvailableError, match=message):
        pool.mark(address, "b")
    assert dict(pool.holders()) == {"10.128.0.2": "a"}


def test_an_unreadable_last_reserved_address_starts_from_the_beginning() -> None:
    pool = HostLocal(SUBNET)
    pool.last_reserved = "nonsense"
    assert pool.allocate("a") == "10.128.0.2"
