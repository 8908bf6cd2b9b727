"""Peers and selectors as bool vectors over classes of ends: each is worked out once for a grid."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cluster.engine.network.policy.ends import End, NamedPort, is_pod
from cluster.engine.network.policy.parts import Anyone, Block, Peer, PodsOf, VnidOf
from cluster.engine.network.policy.projects import Projects
from cluster.engine.network.policy.selectors import Requirement, Selector
from cluster.objects.label_selector import EXISTS, IN, NOT_IN
from cluster.objects.netnamespace import GLOBAL_VNID

Booleans = NDArray[np.bool_]
ABSENT = -1
"""The code of a label that a class does not carry."""


class EndClass(NamedTuple):
    """What policies can see of an end. The namespace is "" for ends without a pod network.

    `blocks` holds one bit for each ipBlock, packed: whether the end's address lies in it.
    """

    namespace: str
    labels: frozenset[tuple[str, str]]
    named_ports: tuple[NamedPort, ...]
    blocks: bytes


def classes_of(
    ends: Sequence[End], addresses: Sequence[str], blocks: Sequence[Block], *, has_names: bool
) -> Iterator[EndClass]:
    """The class of each end with an address. Named ports tell ends apart only where a rule asks for one."""
    members = _members(addresses, blocks)
    packed = np.packbits(members, axis=1)
    for place, end in enumerate(ends):
        inside = packed[place].tobytes()
        if not is_pod(end):
            yield EndClass("", frozenset(), (), inside)
            continue
        named = end.named_ports if has_names else ()
        if end.on_host_network:
            yield EndClass("", frozenset(), named, inside)
        else:
            yield EndClass(end.namespace, frozenset(end.labels.items()), named, inside)


def _members(addresses: Sequence[str], blocks: Sequence[Block]) -> Booleans:
    """bool[address, block]: IPv4 in one go, the few others one by one."""
    found = np.zeros((len(addresses), len(blocks)), dtype=np.bool_)
    if not blocks:
        return found
    numbers = np.fromiter(map(_number, addresses), np.int64, len(addresses))
    others = np.flatnonzero(numbers < 0)
    for column, block in enumerate(blocks):
        if block.version == 4:
            inside = (numbers >= block.low) & (numbers <= block.high)
            for low, high in block.excluded:
                inside &= ~((numbers >= low) & (numbers <= high))
            found[:, column] = inside
        else:
            for row in others:
                found[row, column] = block.contains(addresses[row])
    return found


def _number(address: str) -> int:
    """An IPv4 address as a number, -1 for others."""
    try:
        return int(ipaddress.IPv4Address(address))
    except ValueError:
        return -1


class Masks:
    """bool vectors over classes."""

    def __init__(
        self, projects: Projects, classes: Sequence[EndClass], blocks: Sequence[Block]
    ) -> None:
        self._projects = projects
        self._classes = classes
        self._count = len(classes)
        names = dict.fromkeys(each.namespace for each in classes)
        self._projects_of = {name: place for place, name in enumerate(names)}
        self._project = np.array([self._projects_of[each.namespace] for each in classes])
        self._has_network = np.array([each.namespace != "" for each in classes])
        self._vnids = np.array(
            [projects.vnid(name) if name else GLOBAL_VNID for name in self._projects_of]
        )[self._project]
        self._inside = np.array(
            [np.unpackbits(np.frombuffer(each.blocks, np.uint8)) for each in classes]
        ).astype(np.bool_)
        self._blocks = {block: place for place, block in enumerate(blocks)}
        self._labels = [dict(each.labels) for each in classes]
        self._columns: dict[str, tuple[NDArray[np.intp], dict[str, int]]] = {}
        self._selected: dict[Selector, Booleans] = {}
        self._selected_projects: dict[Selector, Booleans] = {}
        self._peers: dict[Peer, Booleans] = {}

    def pods(self, namespace: str, pods: Selector) -> Booleans:
        """The pods of a project that a selector matches."""
        place = self._projects_of.get(namespace)
        if place is None:
            return np.zeros(self._count, dtype=np.bool_)
        found: Booleans = (self._project == place) & self._has_network
        return found & self._labelled(pods) if pods.requirements else found

    def peers(self, peers: Sequence[Peer]) -> Booleans:
        """The ends that at least one peer admits."""
        found = np.zeros(self._count, dtype=np.bool_)
        for peer in peers:
            held = self._peers.get(peer)
            if held is None:
                held = self._peers[peer] = self._peer(peer)
            found |= held
        return found

    def _peer(self, peer: Peer) -> Booleans:
        if isinstance(peer, PodsOf):
            if peer.namespace is not None:
                return self.pods(peer.namespace, peer.pods)
            return (
                self._has_network & self._in_projects(peer.namespaces) & self._labelled(peer.pods)
            )
        if isinstance(peer, Block):
            return self._inside[:, self._blocks[peer]]
        if isinstance(peer, Anyone):
            return np.ones(self._count, dtype=np.bool_)
        if isinstance(peer, VnidOf):
            same: Booleans = self._vnids == self._projects.vnid(peer.namespace)
            return same
        known = np.unique(self._vnids)
        matched = [
            vnid for vnid in known if self._projects.is_vnid_matched(int(vnid), peer.namespaces)
        ]
        return np.isin(self._vnids, matched)

    def _in_projects(self, namespaces: Selector) -> Booleans:
        """The classes whose project is selected."""
        held = self._selected_projects.get(namespaces)
        if held is None:
            matches = [
                name != "" and namespaces.matches(self._projects.labels(name))
                for name in self._projects_of
            ]
            held = self._selected_projects[namespaces] = np.array(matches)[self._project]
        return held

    def _labelled(self, pods: Selector) -> Booleans:
        """The classes whose labels are selected."""
        held = self._selected.get(pods)
        if held is None:
            held = np.ones(self._count, dtype=np.bool_)
            for requirement in pods.requirements:
                held &= self._fulfilling(requirement)
            self._selected[pods] = held
        return held

    def _fulfilling(self, requirement: Requirement) -> Booleans:
        codes, values = self._column(requirement.key)
        if requirement.operator in (IN, NOT_IN):
            wanted = [values[each] for each in requirement.values if each in values]
            inside = np.isin(codes, wanted)
            return inside if requirement.operator == IN else ~inside
        present: Booleans = codes != ABSENT
        return present if requirement.operator == EXISTS else ~present

    def _column(self, key: str) -> tuple[NDArray[np.intp], dict[str, int]]:
        """A label's value in each class as a code, and the codes of the values."""
        held = self._columns.get(key)
        if held is None:
            values: dict[str, int] = {}
            codes = [
                values.setdefault(labels[key], len(values)) if key in labels else ABSENT
                for labels in self._labels
            ]
            held = self._columns[key] = np.array(codes, dtype=np.intp), values
        return held
