"""Node subnets beyond the recorded vectors."""

from __future__ import annotations

import pytest

from cluster.engine.network.addresses import AddressError
from cluster.engine.network.node_subnets import NodeSubnetAllocator, NoSubnetsAvailableError

DEFAULT = ("10.128.0.0/14", 9)


def test_the_default_cluster_network_has_512_different_subnets() -> None:
    allocator = NodeSubnetAllocator([DEFAULT])
    subnets = {allocator.allocate() for _ in range(allocator.capacity())}
    assert len(subnets) == 512
    with pytest.raises(NoSubnetsAvailableError, match=r"^no subnets available\.$"):
        allocator.allocate()


def test_cluster_networks_are_used_in_order() -> None:
    allocator = NodeSubnetAllocator([("10.1.0.0/16", 15), ("10.2.0.0/16", 15)])
    assert [allocator.allocate() for _ in range(4)] == [
        "10.1.0.0/17",
        "10.1.128.0/17",
        "10.2.0.0/17",
        "10.2.128.0/17",
    ]


def test_a_subnet_of_another_size_does_not_block_the_one_it_overlaps() -> None:
    allocator = NodeSubnetAllocator([DEFAULT])
    allocator.mark("10.128.0.0/24")
    assert allocator.allocate() == "10.128.0.0/23"


def test_a_subnet_outside_every_cluster_network_is_named_in_the_error() -> None:
    allocator = NodeSubnetAllocator([DEFAULT])
    message = "network 192.168.0.0/23 does not belong to any known range"
    with pytest.raises(AddressError, match=message):
        allocator.release("192.168.0.0/23")


def test_restart_marks_only_the_hostsubnets_that_exist() -> None:
    allocator = NodeSubnetAllocator([DEFAULT])
    for _ in range(3):
        allocator.allocate()
    allocator.restart(["10.128.0.0/23"])
    assert allocator.cursors() == (0,)
    assert allocator.allocate() == "10.129.0.0/23"


def test_ipv6_leaves_out_subnet_numbers_that_compression_would_hide() -> None:
    allocator = NodeSubnetAllocator([("fd01::/48", 64)])
    assert [allocator.allocate() for _ in range(2)] == ["fd01:0:0:1::/64", "fd01:0:0:2::/64"]


@pytest.mark.parametrize(
    ("cidr", "length", "message"),
    [
        ("10.1.0.0/16", 0, "host capacity cannot be zero."),
        ("10.1.0.0/16", 17, "subnet capacity cannot be larger than number of networks available."),
        ("10.1.0.0", 8, "invalid CIDR address: 10.1.0.0"),
        ("10.1.0.0/255.255.0.0", 8, "invalid CIDR address: 10.1.0.0/255.255.0.0"),
    ],
)
def test_a_network_that_cannot_be_cut_is_refused(cidr: str, length: int, message: str) -> None:
    with pytest.raises(AddressError) as refused:
        NodeSubnetAllocator([(cidr, length)])
    assert str(refused.value) == message
