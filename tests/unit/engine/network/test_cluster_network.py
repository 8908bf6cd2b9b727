"""Texts of ClusterNetwork and HostSubnet validation."""

from __future__ import annotations

import pytest

from cluster.engine.network.addresses import AddressError, gateway_of, mac_of, parse_cidr
from cluster.engine.network.cluster_network import validate_cluster_network, validate_host_subnet

NETWORKS = [("10.128.0.0/14", 9)]


def test_the_installed_default_is_valid() -> None:
    assert not validate_cluster_network(
        NETWORKS,
        "172.30.0.0/16",
        network="10.128.0.0/14",
        host_subnet_length=9,
        vxlan_port=4789,
        name="default",
    )


def test_every_fault_is_reported_with_its_field() -> None:
    faults = validate_cluster_network(
        [("10.128.0.1/14", 9), ("10.0.0.0/8", 30), ("10.4.0.0/16", 1)],
        "10.5.0.0/16",
        vxlan_port=0,
    )
    assert [str(fault) for fault in faults] == [
        'clusterNetworks[0].cidr: Invalid value: "10.128.0.1/14": CIDR network specification '
        '"10.128.0.1/14" is not in canonical form '
        "(should be 10.128.0.0/14 or 10.128.0.1/32?)",
        "clusterNetworks[1].hostSubnetLength: Invalid value: 30: "
        "subnet length is too large for clusterNetwork",
        'serviceNetwork: Invalid value: "10.5.0.0/16": '
        "service network overlaps with cluster network cidr: 10.0.0.0/8",
        "clusterNetworks[2].hostSubnetLength: Invalid value: 1: subnet length must be at least 2",
        'clusterNetworks[2].cidr: Invalid value: "10.4.0.0/16": '
        'cidr range overlaps with another cidr "10.0.0.0/8"',
        "vxlanPort: Invalid value: 0: must be between 1 and 65535, inclusive",
    ]


def test_the_object_named_default_must_repeat_its_first_network() -> None:
    faults = validate_cluster_network(NETWORKS, "172.30.0.0/16", name="default")
    assert [fault.field for fault in faults] == ["network", "hostsubnetlength"]
    assert not validate_cluster_network(NETWORKS, "172.30.0.0/16")


def test_the_old_form_needs_both_of_its_fields() -> None:
    assert not validate_cluster_network(
        [], "172.30.0.0/16", network="10.1.0.0/16", host_subnet_length=8
    )
    [fault] = validate_cluster_network([], "172.30.0.0/16", network="10.1.0.0/16")
    assert str(fault) == (
        "hostsubnetlength: Required value: "
        "hostsubnetlength must be set (if clusterNetworks is empty)"
    )


def test_a_hostsubnet_may_wait_for_its_subnet_when_annotated() -> None:
    assert not validate_host_subnet(
        name="f5", host="f5", host_ip="10.0.0.9", subnet="", subnet_to_be_assigned=True
    )
    faults = validate_host_subnet(name="a", host="b", host_ip="x", subnet="10.0.0.1/23")
    assert [fault.field for fault in faults] == ["host", "subnet", "hostIP"]


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
