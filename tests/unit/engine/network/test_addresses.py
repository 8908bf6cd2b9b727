"""Addresses and ranges as texts."""

from __future__ import annotations

import pytest

from cluster.engine.network.addresses import AddressError, gateway_of, mac_of, parse_cidr


@pytest.mark.parametrize("text", ["", "10.0.0.0", "10.0.0.0/", "10.0.0.0/-1", "10.0.0/8", "a/8"])
def test_a_malformed_cidr_is_named(text: str) -> None:
    with pytest.raises(AddressError) as refused:
        parse_cidr(text)
    assert str(refused.value) == f"invalid CIDR address: {text}"


def test_gateway_and_mac_follow_from_the_address() -> None:
    assert gateway_of("10.129.2.0/23") == "10.129.2.1"
    assert mac_of("10.128.0.5") == "0a:58:0a:80:00:05"
    with pytest.raises(AddressError, match="must be an IPv4 address"):
        mac_of("::1")
