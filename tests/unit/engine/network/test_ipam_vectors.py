"""Recorded behaviour of address management, through the product's own allocators."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.engine.network.addresses import AddressError, gateway_of, mac_of
from cluster.engine.network.cluster_network import validate_cluster_network, validate_host_subnet
from cluster.engine.network.node_subnets import (
    NodeSubnetAllocator,
    NoSubnetsAvailableError,
    SubnetOutOfRangeError,
)
from cluster.engine.network.pod_addresses import AddressesExhaustedError, HostLocal
from cluster.engine.network.vnids import VnidError, VnidRange
from tests.shared_data import load_json

VECTORS: list[dict[str, Any]] = load_json("vectors", "ipam.json")["vectors"]

OUT_OF_SCOPE = {
    "flannel-config": "Flannel is a plugin of its own, not built yet",
    "flannel-lease": "Flannel is a plugin of its own, not built yet",
    "subnet-split": "Nuage VSP is a plugin of its own, not built yet",
    "contiv-ip-arith": "Contiv is a plugin of its own, not built yet",
    "node-subnet-allocation-owned": "OVN-Kubernetes is a plugin of its own, not built yet",
    "ipblock-to-cidrs": "flows of NetworkPolicy, not of address management; not built yet",
    "port-range-to-masks": "flows of NetworkPolicy, not of address management; not built yet",
}


def _repeated(ops: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [op for op in ops for _ in range(op.get("repeat", 1))]


def _node_subnets(vector: dict[str, Any]) -> list[dict[str, Any]]:
    cidrs = vector["cidr"] if isinstance(vector["cidr"], list) else [vector["cidr"]]
    try:
        allocator = NodeSubnetAllocator((cidr, vector["hostSubnetLength"]) for cidr in cidrs)
    except AddressError as error:
        assert str(error) == vector.get("message", str(error))
        return [{"error": "invalid"}]
    return [_node_subnet_op(allocator, op) for op in _repeated(vector["ops"])]


def _node_subnet_op(allocator: NodeSubnetAllocator, op: dict[str, Any]) -> dict[str, Any]:
    try:
        match op["op"]:
            case "allocate":
                return {"subnet": allocator.allocate()}
            case "mark":
                allocator.mark(op["subnet"])
            case "release":
                allocator.release(op["subnet"])
            case "restart":
                allocator.restart()
            case "set_next":
                allocator.set_cursor(op.get("range", 0), op["value"])
            case other:
                raise NotImplementedError(other)
    except NoSubnetsAvailableError:
        return {"error": "full"}
    except SubnetOutOfRangeError:
        return {"error": "not_in_range"}
    except AddressError:
        return {"error": "invalid"}
    return {"result": "ok"}


def _pod_addresses(vector: dict[str, Any]) -> list[dict[str, Any]]:
    cidrs = vector["cidr"] if isinstance(vector["cidr"], list) else [vector["cidr"]]
    pool = HostLocal(*cidrs)
    for address in vector["initial_reserved"]:
        pool.mark(address, f"earlier {address}")
    pool.last_reserved = vector["last_reserved_ip"]
    results = []
    for number, op in enumerate(_repeated(vector["ops"])):
        owner = op.get("owner", f"sandbox {number}")
        if op["op"] == "release":
            address = op.get("ip") or pool.address_of(owner)
            assert address is not None
            assert pool.release(address)
            results.append({"result": "ok"})
            continue
        assert op["op"] == "allocate"
        try:
            results.append({"ip": pool.allocate(owner)})
        except AddressesExhaustedError as error:
            assert str(error) == f"no IP addresses available in range set: {pool.range_set}"
            results.append({"error": "exhausted"})
    return results


def _vnid_range(vector: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        vnids = VnidRange(*vector["range"])
    except VnidError:
        return [{"error": "invalid"}]
    return [
        {"result": "ok"} if op["op"] == "construct" else {"contains": op["vnid"] in vnids}
        for op in vector["ops"]
    ]


def _cluster_network(vector: dict[str, Any]) -> list[dict[str, Any]]:
    given = vector["object"]
    faults = validate_cluster_network(
        [(n["cidr"], n["hostSubnetLength"]) for n in given.get("clusterNetworks", [])],
        given.get("serviceNetwork", ""),
        network=given.get("network", ""),
        host_subnet_length=given.get("hostSubnetLength", given.get("hostsubnetlength", 0)),
        vxlan_port=given.get("vxlanPort"),
    )
    return [{"valid": not faults}]


def _host_subnet(vector: dict[str, Any]) -> list[dict[str, Any]]:
    given = vector["object"]
    faults = validate_host_subnet(
        name=given.get("name", given.get("host", "")),
        host=given.get("host", ""),
        host_ip=given.get("hostIP", ""),
        subnet=given.get("subnet", ""),
    )
    return [{"valid": not faults}]


RUNNERS = {
    "node-subnet-allocation": _node_subnets,
    "pod-ip-allocation": _pod_addresses,
    "node-gateway": lambda v: [{"ip": gateway_of(v["cidr"])}],
    "pod-mac": lambda v: [{"mac": mac_of(op["ip"])} for op in v["ops"]],
    "vnid-range": _vnid_range,
    "clusternetwork-validation": _cluster_network,
    "hostsubnet-validation": _host_subnet,
}


@pytest.mark.parametrize(
    "vector",
    [pytest.param(v, id=v["id"]) for v in VECTORS if v["kind"] not in OUT_OF_SCOPE],
)
def test_recorded_address_management_is_reproduced(vector: dict[str, Any]) -> None:
    assert vector["kind"] in RUNNERS, f"no runner for {vector['kind']}"
    assert RUNNERS[vector["kind"]](vector) == vector["expected"]
