"""What a kubelet registers: names, addresses, labels, capacity, and what it says of its machine.

Stands for `kubelet_node_status.go: initialNode`. Machines are numbered: the master is 0.
"""

from __future__ import annotations

import ipaddress
import zlib
from collections.abc import Collection

from cluster.engine.config import EngineConfig
from cluster.engine.nodes.conditions import IS_READY, not_ready, posted
from cluster.objects.meta import ObjectMeta, Timestamp
from cluster.objects.node import (
    BOOT_ID,
    NO_SCHEDULE,
    NOT_READY_TAINT,
    ROLE_PREFIX,
    Node,
    NodeAddress,
    NodeSpec,
    NodeStatus,
    Taint,
)

MASTER = "master"
FIRST_NODE_ADDRESS = ipaddress.IPv4Address("192.168.122.11")
"""The master's; workers follow (libvirt's `default` network)."""
HOSTNAME_LABEL = "kubernetes.io/hostname"


def node_name(number: int) -> str:
    """The master is number 0; workers count from 1."""
    return f"node-{number}" if number else MASTER


def node_address(number: int) -> str:
    """The address of a machine by its number."""
    return str(FIRST_NODE_ADDRESS + number)


def next_number(names: Collection[str]) -> int:
    """The number of the next worker: one more than the highest."""
    numbers = [int(name.removeprefix("node-")) for name in names if _is_numbered(name)]
    return max(numbers, default=0) + 1


def free_address(number: int, taken: Collection[str]) -> str:
    """The address of a machine of that number, or the next one that no other has."""
    while node_address(number) in taken:
        number += 1
    return node_address(number)


def _is_numbered(name: str) -> bool:
    digits = name.removeprefix("node-")
    return digits != name and digits.isascii() and digits.isdecimal() and len(digits) < 7


def running_node(config: EngineConfig, number: int) -> Node:
    """A node of a cluster that has been installed: it is ready."""
    status = _status(config, node_name(number), node_address(number))
    since = Timestamp(config.epoch)
    boot = f"{zlib.crc32(node_name(number).encode()):08x}-0000-4000-8000-{number:012x}"
    return Node(
        metadata=ObjectMeta(name=node_name(number), labels=labels(node_name(number), not number)),
        spec=NodeSpec(
            taints=() if number else (Taint(key=f"{ROLE_PREFIX}master", effect=NO_SCHEDULE),)
        ),
        status=NodeStatus(
            addresses=status.addresses,
            conditions=posted((), IS_READY, since),
            capacity=status.capacity,
            allocatable=status.allocatable,
            node_info={**status.node_info, BOOT_ID: boot},
        ),
    )


def labels(name: str, is_master: bool = False) -> dict[str, str]:
    """The labels that a kubelet gives its node."""
    return {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        HOSTNAME_LABEL: name,
        f"{ROLE_PREFIX}{'master' if is_master else 'worker'}": "",
    }


def joining_status(config: EngineConfig, name: str, address: str, now: float) -> NodeStatus:
    """The status of a node that registers now: its network is not there yet."""
    status = _status(config, name, address)
    return NodeStatus(
        addresses=status.addresses,
        conditions=posted((), not_ready(is_modern(config)), now),
        capacity=status.capacity,
        allocatable=status.allocatable,
        node_info=status.node_info,
    )


def joining_taints(config: EngineConfig) -> tuple[Taint, ...]:
    """OpenShift 4 keeps pods away until the node is ready (admission TaintNodesByCondition)."""
    return (Taint(key=NOT_READY_TAINT, effect=NO_SCHEDULE),) if is_modern(config) else ()


def is_modern(config: EngineConfig) -> bool:
    """Whether the nodes are those of OpenShift 4."""
    return config.profile.name == "4"


def _status(config: EngineConfig, name: str, address: str) -> NodeStatus:
    resources = {"cpu": "4", "memory": "16265560Ki", "pods": str(config.pods_per_node)}
    return NodeStatus(
        addresses=addresses(name, address),
        capacity=resources,
        allocatable={**resources, "memory": "16163160Ki"},
        node_info=_node_info(config),
    )


def addresses(name: str, address: str) -> tuple[NodeAddress, ...]:
    """`status.addresses`."""
    return (
        NodeAddress(type="InternalIP", address=address),
        NodeAddress(type="Hostname", address=name),
    )


def _node_info(config: EngineConfig) -> dict[str, str]:
    """What the kubelet reports of its machine, by OpenShift's generation."""
    modern = is_modern(config)
    return {
        "architecture": "amd64",
        "operatingSystem": "linux",
        "osImage": "Red Hat Enterprise Linux CoreOS" if modern else "CentOS Linux 7 (Core)",
        "kernelVersion": "5.14.0-284.el9.x86_64" if modern else "3.10.0-957.el7.x86_64",
        "containerRuntimeVersion": "cri-o://1.27.4" if modern else "docker://1.13.1",
        "kubeletVersion": config.profile.version,
        "kubeProxyVersion": config.profile.version,
    }
