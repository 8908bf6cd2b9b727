"""How the other plugins give out subnets and addresses, beyond the recorded vectors."""

from __future__ import annotations

import ipaddress
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster.engine.network.addresses import AddressError
from cluster.engine.network.plugins import contiv, flannel, nuage, ovn
from cluster.engine.network.pod_addresses import AddressesExhaustedError
from cluster.engine.network.ranges import cidrs_of_block, port_masks
from cluster.engine.rng import RandomStream


def leases(network: str = "10.128.0.0/14", host_bits: int = 9) -> flannel.FlannelLeases:
    config = flannel.config_of_cluster(network, host_bits, "vxlan").ipv4
    assert config is not None
    return flannel.FlannelLeases(config, RandomStream(1))


def test_flannel_never_leases_the_first_subnet_and_takes_one_of_the_next_hundred() -> None:
    subnet = ipaddress.ip_network(leases().acquire("192.168.122.11"))
    number = (int(subnet.network_address) - int(ipaddress.IPv4Address("10.128.0.0"))) >> 9
    assert 1 <= number <= 100


def test_flannel_keeps_a_nodes_lease_and_takes_the_subnet_of_before() -> None:
    held = leases()
    first = held.acquire("192.168.122.11")
    assert held.acquire("192.168.122.11") == first
    assert held.acquire("192.168.122.12", previous="10.130.4.0/23") == "10.130.4.0/23"
    assert held.acquire("192.168.122.13", previous="10.130.4.0/23") != "10.130.4.0/23"


@settings(deadline=None)
@given(seed=st.integers(0, 2**32))
def test_flannel_leases_every_subnet_once_and_then_says_so(seed: int) -> None:
    config = flannel.config_of_cluster("10.5.0.0/16", 12, "udp").ipv4
    assert config is not None
    held = flannel.FlannelLeases(config, RandomStream(seed))
    given_out = [held.acquire(f"10.0.0.{n}") for n in range(held.capacity())]
    assert len(set(given_out)) == held.capacity() == 15
    with pytest.raises(flannel.OutOfSubnetsError, match=r"^out of subnets$"):
        held.acquire("10.0.0.99")
    held.release(given_out[3])
    assert held.acquire("10.0.0.99") == given_out[3]


def test_flannels_keys_name_their_subnet() -> None:
    key = flannel.lease_key("10.5.52.0/24", flannel.UPSTREAM)
    assert key == "/coreos.com/network/subnets/10.5.52.0-24"
    assert flannel.subnet_of_key(key) == "10.5.52.0/24"
    assert flannel.subnet_of_key("/coreos.com/network/config") is None
    assert flannel.subnet_of_key("10.5.52.256-24") is None


def test_contiv_fills_the_lowest_gap_at_once_and_leaves_out_the_gateway() -> None:
    pool = contiv.default_net("10.128.0.0/14")
    assert [pool.allocate(owner) for owner in "abc"] == ["10.128.0.1", "10.128.0.2", "10.128.0.3"]
    pool.release("10.128.0.2")
    assert pool.allocate("d") == "10.128.0.2"
    assert pool.gateway == "10.128.254.254"
    with pytest.raises(AddressError):
        pool.mark("10.128.254.254", "e")


def test_contiv_says_when_its_network_is_full() -> None:
    pool = contiv.default_net("10.1.1.0/29")
    assert [pool.allocate(str(n)) for n in range(5)][-1] == "10.1.1.5"
    text = r"^auto allocation failed - address exhaustion in subnet 10\.1\.1\.0/29$"
    with pytest.raises(AddressesExhaustedError, match=text):
        pool.allocate("one too many")


def test_nuage_gives_each_project_subnets_and_one_more_when_they_are_full() -> None:
    subnets = nuage.ProjectSubnets("10.128.0.0/14", 3)
    shop = [subnets.allocate("shop", f"pod {n}") for n in range(5)]
    hr = subnets.allocate("hr", "pod")
    assert shop == [f"10.128.0.{n}" for n in range(2, 7)]
    assert hr == "10.128.0.10"
    assert subnets.allocate("shop", "pod 5") == "10.128.0.18"
    assert subnets.subnets()["shop"] == ["10.128.0.0/29", "10.128.0.16/29"]
    subnets.drop("hr")
    assert subnets.allocate("new", "pod") == "10.128.0.10"


def test_nuage_recovers_a_projects_subnet_from_a_pods_address() -> None:
    subnets = nuage.ProjectSubnets("10.128.0.0/14", 9)
    subnets.mark("shop", "10.128.3.7", "pod")
    assert subnets.subnets() == {"shop": ["10.128.2.0/23"]}
    assert subnets.allocate("hr", "other") == "10.128.0.2"
    with pytest.raises(AddressError):
        subnets.mark("hr", "10.128.3.8", "third")


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(20, 28), st.booleans()), max_size=30), st.integers(0, 2**20 - 1)
)
def test_the_pools_blocks_never_overlap(asked: list[tuple[int, bool]], number: int) -> None:
    pool, held = nuage.SubnetPool(["10.0.0.0/16"]), []
    certain = ipaddress.ip_network((0x0A000000 | number & 0xFFFF, 28), strict=False)
    pool.allocate_this(str(certain))
    for length, give_back in asked:
        if give_back and held:
            pool.free(str(held.pop(0)))
        try:
            held.append(ipaddress.ip_network(pool.allocate(length)))
        except nuage.SubnetPoolError:
            continue
    blocks = [*held, certain, *map(ipaddress.ip_network, pool)]
    ordered = sorted(blocks, key=lambda block: int(block.network_address))
    assert not any(a.overlaps(b) for a, b in itertools.pairwise(ordered))
    assert sum(block.num_addresses for block in blocks) == 1 << 16


def test_ovn_gives_a_node_that_asks_again_its_own_subnet() -> None:
    subnets = ovn.OwnedSubnets([("10.128.0.0/14", 9)])
    assert [subnets.allocate(name) for name in ("a", "b", "a")] == [
        "10.128.0.0/23",
        "10.129.0.0/23",
        "10.128.0.0/23",
    ]
    with pytest.raises(ovn.SubnetOwnedError, match=r"10\.128\.0\.0/23 already owned by a"):
        subnets.release("b", "10.128.0.0/23")


def test_the_first_pod_of_ovns_nodes_comes_after_the_management_port() -> None:
    pool = ovn.node_pool("10.129.0.0/23")
    assert [pool.allocate(owner) for owner in "ab"] == ["10.129.0.3", "10.129.0.4"]


@settings(deadline=None)
@given(st.integers(0, 65535), st.integers(0, 65535))
def test_port_masks_match_the_range_and_nothing_else(one: int, other: int) -> None:
    first, last = sorted((one, other))
    masks = [(int(m[:6], 16), int(m[7:], 16)) for m in port_masks(first, last)]
    around = {0, first - 1, first, (first + last) // 2, last, last + 1, 65535}
    for port in around & set(range(65536)):
        matched = [port & mask == value for value, mask in masks]
        assert sum(matched) == (first <= port <= last)


def test_a_whole_range_of_ports_is_one_match() -> None:
    assert port_masks(0, 65535) == ["0x0000/0x0000"]
    assert port_masks(8080, 8080) == ["0x1f90/0xffff"]


def test_an_exception_of_the_other_family_excludes_nothing() -> None:
    assert cidrs_of_block("10.0.0.0/8", ["fd01::/48"]) == ["10.0.0.0/8"]
    assert cidrs_of_block("10.0.0.0/8", ["10.0.0.0/8"]) == []
