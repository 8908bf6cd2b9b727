"""Texts of ClusterNetwork and HostSubnet validation."""

from __future__ import annotations

from typing import Any

from cluster.objects.clusternetwork import ClusterNetwork, ClusterNetworkEntry
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.meta import ObjectMeta
from cluster.objects.validation import validate_clusternetwork, validate_hostsubnet
from cluster.objects.validation.hostsubnet import ASSIGN_SUBNET


def network(*entries: tuple[str, int], name: str = "some", **fields: Any) -> ClusterNetwork:
    given = tuple(ClusterNetworkEntry(cidr=cidr, host_subnet_length=n) for cidr, n in entries)
    return ClusterNetwork(
        metadata=ObjectMeta(name=name),
        cluster_networks=given,
        **{"service_network": "172.30.0.0/16", **fields},
    )


INSTALLED = ("10.128.0.0/14", 9)


def test_the_installed_default_is_valid() -> None:
    given = network(INSTALLED, name="default", network=INSTALLED[0], hostsubnetlength=INSTALLED[1])
    assert not validate_clusternetwork(given)


def test_every_fault_is_reported_with_its_field() -> None:
    given = network(
        ("10.128.0.1/14", 9),
        ("10.0.0.0/8", 30),
        ("10.4.0.0/16", 1),
        service_network="10.5.0.0/16",
        vxlan_port=0,
    )
    assert [str(error) for error in validate_clusternetwork(given)] == [
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
    errors = validate_clusternetwork(network(INSTALLED, name="default"))
    assert [error.path for error in errors] == ["network", "hostsubnetlength"]
    assert not validate_clusternetwork(network(INSTALLED))


def test_the_old_form_needs_both_of_its_fields() -> None:
    assert not validate_clusternetwork(network(network="10.1.0.0/16", hostsubnetlength=8))
    [error] = validate_clusternetwork(network(network="10.1.0.0/16"))
    assert str(error) == (
        "hostsubnetlength: Required value: "
        "hostsubnetlength must be set (if clusterNetworks is empty)"
    )


def test_ipv6_is_not_for_openshift_sdn() -> None:
    [error] = validate_clusternetwork(network(("fe80:1234::/64", 8)))
    assert str(error).endswith("must be an IPv4 network")


def test_a_hostsubnet_may_wait_for_its_subnet_when_annotated() -> None:
    metadata = ObjectMeta(name="f5", annotations={ASSIGN_SUBNET: "true"})
    assert not validate_hostsubnet(HostSubnet(metadata=metadata, host="f5", host_ip="10.0.0.9"))
    wrong = HostSubnet(metadata=ObjectMeta(name="a"), host="b", host_ip="x", subnet="10.0.0.1/23")
    assert [error.path for error in validate_hostsubnet(wrong)] == ["host", "subnet", "hostIP"]
