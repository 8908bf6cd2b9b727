"""Which pods reach which: the plugin's isolation and the links between nodes, for pairs and in matrices.

It is about packets between pods' addresses; whether a process listens at the end is another question.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from cluster.engine.network.isolation import (
    Booleans,
    Both,
    EgressFence,
    Isolation,
    NoIsolation,
    Permission,
    PolicyIsolation,
    VnidIsolation,
    ZoneIsolation,
)
from cluster.engine.network.plugins.facts import BY_POLICY, BY_VNID, BY_ZONE
from cluster.engine.network.view import NetworkView, PodSite
from cluster.engine.network.walk.model import TCP
from cluster.objects.egressnetworkpolicy import EgressNetworkPolicy


@dataclass(frozen=True, slots=True)
class Cell:
    """How many pairs of two groups' pods reach each other, of how many."""

    reached: int
    pairs: int

    @property
    def word(self) -> str:
        """`all`, `none`, `some`, or `-` where there are no pairs."""
        if not self.pairs:
            return "-"
        return "all" if self.reached == self.pairs else "some" if self.reached else "none"


@dataclass(frozen=True, slots=True)
class Matrix:
    """Groups of pods, and a cell from each to each: `cells[source][destination]`."""

    groups: tuple[Hashable, ...]
    sizes: tuple[int, ...]
    cells: tuple[tuple[Cell, ...], ...]


class Reachability:
    """Questions about a network as it is."""

    def __init__(self, view: NetworkView) -> None:
        self.view = view
        self.isolation = isolation_of(view)

    def between(
        self, source: PodSite, destination: PodSite, port: int, protocol: str = TCP
    ) -> Permission:
        """Whether packets of a connection arrive from pod to pod."""
        if not self.view.are_linked(source.node, destination.node):
            return self._broken(source, destination)
        return self.isolation.permits(source, destination, port, protocol)

    def matrix(self, pods: Sequence[PodSite], port: int, protocol: str = TCP) -> Booleans:
        """Rows are sources, columns destinations: shape (n, n)."""
        allowed = self.isolation.matrix(pods, port, protocol)
        return allowed & self._linked(pods)

    def grouped(
        self,
        pods: Sequence[PodSite],
        group_of: Callable[[PodSite], Hashable],
        port: int,
        protocol: str = TCP,
    ) -> Matrix:
        """The matrix summed up by groups of pods, in their order of appearance. Nobody meets itself."""
        place: dict[Hashable, int] = {}
        member = np.array([place.setdefault(group_of(pod), len(place)) for pod in pods], dtype=int)
        reached = self.matrix(pods, port, protocol)
        np.fill_diagonal(reached, val=False)
        size = len(place)
        one_hot = np.zeros((len(pods), size), dtype=np.int64)
        one_hot[np.arange(len(pods)), member] = 1
        sums = one_hot.T @ reached.astype(np.int64) @ one_hot
        sizes = one_hot.sum(axis=0)
        pairs = np.outer(sizes, sizes) - np.diag(sizes)
        cells = tuple(
            tuple(Cell(int(sums[row, column]), int(pairs[row, column])) for column in range(size))
            for row in range(size)
        )
        return Matrix(tuple(place), tuple(int(each) for each in sizes), cells)

    def _linked(self, pods: Sequence[PodSite]) -> Booleans:
        names = list(dict.fromkeys(pod.node for pod in pods))
        place = {name: number for number, name in enumerate(names)}
        sites = [self.view.node(name) for name in names]
        runs = np.array([site is not None and site.is_on for site in sites], dtype=np.bool_)
        links = runs[:, None] & runs[None, :]
        for number, site in enumerate(sites):
            for other in site.cut_from if site is not None else ():
                if other in place:
                    links[number, place[other]] = links[place[other], number] = False
        at = np.array([place[pod.node] for pod in pods], dtype=int)
        return np.asarray(links[np.ix_(at, at)], dtype=np.bool_)

    def _broken(self, source: PodSite, destination: PodSite) -> Permission:
        for name in (source.node, destination.node):
            node = self.view.node(name)
            if node is None or not node.is_on:
                return Permission(False, "machine-off", f"The machine {name} is off.")
        said = f"The network between {source.node} and {destination.node} is broken."
        return Permission(False, "no-link", said)


def isolation_of(view: NetworkView) -> Isolation:
    """The ways in which the cluster's plugin keeps pods apart."""
    within = _isolation_within(view)
    if view.plugin.obeys_egress_policies and view.objects.list(EgressNetworkPolicy):
        return Both(EgressFence(view), within)
    return within


def _isolation_within(view: NetworkView) -> Isolation:
    if view.plugin.isolation == BY_VNID:
        return VnidIsolation(view)
    if view.plugin.isolation == BY_ZONE:
        return Both(ZoneIsolation(), PolicyIsolation(view))
    if view.plugin.isolation == BY_POLICY:
        return PolicyIsolation(view)
    return NoIsolation(view)
