"""A node's pod subnet as a map of addresses: which pod holds which, what is free, what is reserved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network

from cluster.objects import kinds, pod
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.pod import Pod
from cluster.runtime.client import Client
from console.urls_for import url_of

PER_LINE = 32


@dataclass(frozen=True, slots=True)
class Cell:
    """One address: `state` is network, gateway, broadcast, pod, pending, leaving or free."""

    address: str
    state: str
    label: str
    href: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """Thirty-two addresses."""

    first: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class SubnetMap:
    """A HostSubnet drawn address by address."""

    subnet: HostSubnet
    node_url: str
    lines: tuple[Line, ...]
    used: int
    capacity: int
    holders: tuple[tuple[str, Pod, str], ...]
    hidden: int


def subnet_map(
    client: Client, subnet: HostSubnet, may_see: Callable[[str], bool] = lambda namespace: True
) -> SubnetMap:
    """The map of a node's subnet as it is now. Lines in which nothing lives are left out.

    Pods of projects that the viewer may not see keep their addresses and lose their names.
    """
    network = IPv4Network(subnet.subnet)
    holders = {
        each.status.pod_ip: each for each in client.pods_on(subnet.host) if each.status.pod_ip
    }

    lines = []
    for start in range(0, network.num_addresses, PER_LINE):
        numbers = range(start, min(start + PER_LINE, network.num_addresses))
        cells = tuple(
            _cell(str(network[number]), number, network, holders, may_see) for number in numbers
        )
        if start == 0 or any(cell.state not in ("free", "broadcast") for cell in cells):
            lines.append(Line(str(network[start]), cells))
    known = [text for text, held in holders.items() if may_see(held.metadata.namespace)]
    ordered = sorted(known, key=lambda text: int(IPv4Network(text).network_address))
    return SubnetMap(
        subnet=subnet,
        node_url=f"/k8s/cluster/{kinds.NODE.plural}/{subnet.host}",
        lines=tuple(lines),
        used=len(holders),
        capacity=network.num_addresses - 3,
        holders=tuple((text, holders[text], url_of(holders[text])) for text in ordered),
        hidden=len(holders) - len(known),
    )


def _cell(
    address: str,
    number: int,
    network: IPv4Network,
    holders: dict[str, Pod],
    may_see: Callable[[str], bool],
) -> Cell:
    short = "." + ".".join(address.split(".")[2:]) if number % PER_LINE == 0 else ""
    text = short or address.rsplit(".", 1)[1]
    held = holders.get(address)
    if held is not None:
        word = pod.status_word(held)
        if not may_see(held.metadata.namespace):
            label = f"{address} pod of another project, {word}"
            return Cell(address, _state(held, word), label, "", text)
        name = f"{held.metadata.namespace}/{held.metadata.name}"
        return Cell(address, _state(held, word), f"{address} {name} {word}", url_of(held), text)
    if number == 0:
        return Cell(address, "network", f"{address} network address", "", text)
    if number == 1:
        return Cell(address, "gateway", f"{address} gateway (tun0)", "", text)
    if number == network.num_addresses - 1:
        return Cell(address, "broadcast", f"{address} broadcast address", "", text)
    return Cell(address, "free", f"{address} free", "", text)


def _state(held: Pod, word: str) -> str:
    if held.is_terminating:
        return "leaving"
    return "pod" if held.status.ready or word == "Completed" else "pending"
