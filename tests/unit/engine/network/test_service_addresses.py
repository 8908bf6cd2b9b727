"""Cluster IPs of services."""

from __future__ import annotations

import pytest

from cluster.engine.network.addresses import AddressError
from cluster.engine.network.service_addresses import (
    ServiceAddresses,
    ServiceAddressOutOfRangeError,
    ServiceAddressTakenError,
    ServiceRangeFullError,
)
from cluster.engine.rng import RandomStream


class Starting:
    """A random stream that always says the same."""

    def __init__(self, value: int) -> None:
        self.value = value

    def randrange(self, stop: int, /) -> int:
        assert self.value < stop
        return self.value


def test_a_slash_16_has_65534_addresses_and_the_first_is_kubernetes() -> None:
    services = ServiceAddresses("172.30.0.0/16", RandomStream(1))
    assert services.capacity == 65_534
    assert services.kubernetes == "172.30.0.1"
    assert "172.30.0.1" in services
    assert services.used == 1


def test_the_search_goes_forward_from_a_random_place_and_wraps() -> None:
    services = ServiceAddresses("172.30.0.0/29", Starting(4))
    assert [services.allocate() for _ in range(5)] == [
        "172.30.0.5",
        "172.30.0.6",
        "172.30.0.2",
        "172.30.0.3",
        "172.30.0.4",
    ]
    with pytest.raises(ServiceRangeFullError, match=r"^range is full$"):
        services.allocate()


def test_a_requested_address_is_taken_once_and_free_after_release() -> None:
    services = ServiceAddresses("172.30.0.0/16", RandomStream(1))
    services.allocate_requested("172.30.7.7")
    with pytest.raises(ServiceAddressTakenError, match=r"^provided IP is already allocated$"):
        services.allocate_requested("172.30.7.7")
    services.release("172.30.7.7")
    services.allocate_requested("172.30.7.7")


@pytest.mark.parametrize("address", ["172.31.0.1", "172.30.0.0", "172.30.255.255", "fd00::1"])
def test_an_address_outside_the_usable_range_is_refused(address: str) -> None:
    services = ServiceAddresses("172.30.0.0/16", RandomStream(1))
    with pytest.raises(ServiceAddressOutOfRangeError) as refused:
        services.allocate_requested(address)
    assert str(refused.value) == (
        "provided IP is not in the valid range. The range of valid IPs is 172.30.0.0/16"
    )


def test_a_malformed_address_is_refused_in_the_api_servers_words() -> None:
    services = ServiceAddresses("172.30.0.0/16", RandomStream(1))
    with pytest.raises(AddressError, match="must be empty, 'None', or a valid IP address"):
        services.allocate_requested("nonsense")


def test_the_address_of_kubernetes_is_never_given_away() -> None:
    services = ServiceAddresses("172.30.0.0/30", RandomStream(1))
    services.release("172.30.0.1")
    assert services.allocate() == "172.30.0.2"
    with pytest.raises(ServiceRangeFullError):
        services.allocate()


def test_marking_an_existing_service_may_be_repeated() -> None:
    services = ServiceAddresses("172.30.0.0/16", RandomStream(1))
    services.mark("172.30.0.1")
    services.mark("172.30.9.9")
    services.mark("172.30.9.9")
    assert list(services) == ["172.30.0.1", "172.30.9.9"]
