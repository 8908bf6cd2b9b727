"""A node's pod subnet as a map of addresses: which pod holds which, what is free, what is reserved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from cluster.objects import pod
from cluster.objects.pod import Pod
from cluster.runtime.client import Client
from console.network.blocks import Block, pods_in
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
    """A block of the cluster network drawn address by address."""

    block: Block
    lines: tuple[Line, ...]
    used: int
    capacity: int
    holders: tuple[tuple[str, Pod, str], ...]
    hidden: int


def subnet_map(
    client: Client, block: Block, may_see: Callable[[str], bool] = lambda namespace: True
) -> SubnetMap:
    """The map of a block as it is now. Lines in which nothing lives are left out.

    Pods of projects that the viewer may not see keep their addresses and lose their names.
    """
    network = IPv4Network(block.subnet)
    holders = pods_in(client, block)
    base = int(network.network_address)
    starts = {0} | {(int(IPv4Address(text)) - base) // PER_LINE * PER_LINE for text in holders}
    lines = tuple(_line(start, network, block, holders, may_see) for start in sorted(starts))
    known = [text for text, held in holders.items() if may_see(held.metadata.namespace)]
    ordered = sorted(known, key=IPv4Address)
    return SubnetMap(
        block=block,
        lines=lines,
        used=len(holders),
        capacity=network.num_addresses - 3 - bool(block.second),
        holders=tuple((text, holders[text], url_of(holders[text])) for text in ordered),
        hidden=len(holders) - len(known),
    )


def _line(
    start: int,
    network: IPv4Network,
    block: Block,
    holders: dict[str, Pod],
    may_see: Callable[[str], bool],
) -> Line:
    numbers = range(start, min(start + PER_LINE, network.num_addresses))
    reserved = {
        0: ("network", "network address"),
        2: ("gateway", block.second),
        block.gateway: ("gateway", block.gateway_name),
        network.num_addresses - 1: ("broadcast", "broadcast address"),
    }
    if not block.second:
        reserved = {number: each for number, each in reserved.items() if each[1]}
    cells = tuple(
        _cell(str(network[number]), number, reserved, holders, may_see) for number in numbers
    )
    return Line(str(network[start]), cells)


def _cell(
    address: str,
    number: int,
    reserved: dict[int, tuple[str, str]],
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
    state, said = reserved.get(number, ("free", "free"))
    return Cell(address, state, f"{address} {said}", "", text)


def _state(held: Pod, word: str) -> str:
    if held.is_terminating:
        return "leaving"
    return "pod" if held.status.ready or word == "Completed" else "pending"
