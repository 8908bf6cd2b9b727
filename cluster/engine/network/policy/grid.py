"""Many verdicts at once: ends grouped into classes that no policy can tell apart, and bool matrices.

Ten thousand pods of a few hundred workloads are a few hundred classes: peers and selectors are matched
against classes as bool vectors, and the small matrix of classes is spread over the ends at last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cluster.engine.network.policy.compiling import CompiledPolicy
from cluster.engine.network.policy.ends import End, PolicyPod, is_pod, node_of, source_ip
from cluster.engine.network.policy.masks import EndClass, Masks, classes_of
from cluster.engine.network.policy.parts import Block, Ports, Rule
from cluster.engine.network.policy.semantics import KUBERNETES
from cluster.objects.meta import Key
from cluster.objects.networkpolicy import EGRESS, INGRESS

if TYPE_CHECKING:
    from cluster.engine.network.policy.index import PolicyIndex

Booleans = NDArray[np.bool_]


class Grid:
    """One question of a grid: `sources` to `destinations` on one port."""

    def __init__(
        self,
        index: PolicyIndex,
        sources: Sequence[End],
        destinations: Sequence[End],
        port: int,
        protocol: str,
    ) -> None:
        self._index = index
        self._sources = sources
        self._destinations = destinations
        self._port = port
        self._protocol = protocol
        self._policies = {
            EGRESS: _policies(index, sources, EGRESS),
            INGRESS: _policies(index, destinations, INGRESS),
        }

    def allowed(self) -> Booleans:
        """bool[sources, destinations]."""
        shape = (len(self._sources), len(self._destinations))
        if not self._index.is_enforced or 0 in shape:
            return np.ones(shape, dtype=np.bool_)
        rows, columns, classes = self._classify()
        masks = Masks(self._index.projects, classes, self._blocks())
        small = self._side(EGRESS, masks, classes) & self._side(INGRESS, masks, classes).T
        allowed: Booleans = small[np.ix_(rows, columns)]
        self._free(allowed)
        return allowed

    def _rules(self) -> Iterable[Rule]:
        for direction, policies in self._policies.items():
            for policy in policies:
                yield from policy.rules(direction) or ()

    def _blocks(self) -> list[Block]:
        blocks = {
            peer: None for rule in self._rules() for peer in rule.peers if isinstance(peer, Block)
        }
        return list(blocks)

    def _classify(self) -> tuple[NDArray[np.intp], NDArray[np.intp], list[EndClass]]:
        """The class of each source and destination, and the classes."""
        has_names = any(rule.ports.names for rule in self._rules())
        blocks = self._blocks()
        numbers: dict[EndClass, int] = {}

        def numbered(ends: Sequence[End], addresses: list[str]) -> NDArray[np.intp]:
            classes = classes_of(ends, addresses, blocks, has_names=has_names)
            return np.fromiter(
                (numbers.setdefault(each, len(numbers)) for each in classes), np.intp, len(ends)
            )

        rows = numbered(self._sources, list(map(source_ip, self._sources)))
        # A node's own network comes with another address than it is dialled at.
        same = self._destinations is self._sources and not blocks
        targets = [end.ip for end in self._destinations]
        columns = rows if same else numbered(self._destinations, targets)
        return rows, columns, list(numbers)

    def _side(self, direction: str, masks: Masks, classes: list[EndClass]) -> Booleans:
        """bool[pod, other]: what the policies of the pods' side let pass, class by class."""
        count = len(classes)
        allowed = np.zeros((count, count), dtype=np.bool_)
        isolated = np.zeros(count, dtype=np.bool_)
        for policy in self._policies[direction]:
            pods = masks.pods(policy.key.namespace, policy.pods)
            if not pods.any():
                continue
            isolated |= pods
            for rule in policy.rules(direction) or ():
                others = masks.peers(rule.peers)
                ends = pods if direction == INGRESS else others
                reached = self._with_port(rule.ports, ends, classes)
                pair = (reached, others) if direction == INGRESS else (pods, reached)
                allowed[np.ix_(*pair)] = True
        allowed[~isolated] = True
        return allowed

    def _with_port(self, ports: Ports, ends: Booleans, classes: list[EndClass]) -> Booleans:
        """The destinations among `ends` whose port a rule admits."""
        if ports.admit_number(self._port, self._protocol):
            return ends
        found = np.zeros_like(ends)
        if ports.names:
            for place in np.flatnonzero(ends):
                named = classes[place].named_ports
                found[place] = ports.admit_name(self._port, self._protocol, named)
        return found

    def _free(self, allowed: Booleans) -> None:
        """What passes whatever the policies say: a pod and itself, a node and its own pods."""
        from_nodes, from_pods = _places(self._sources)
        to_nodes, to_pods = _places(self._destinations)
        for node, rows in from_nodes.items():
            allowed[_square(rows, to_pods.get(node, []))] = True
        if self._index.semantics == KUBERNETES:
            for node, columns in to_nodes.items():
                allowed[_square(from_pods.get(node, []), columns)] = True
        own: dict[Key, list[int]] = {}
        for row, pod in _pods(self._sources):
            own.setdefault(pod.key, []).append(row)
        for column, pod in _pods(self._destinations):
            allowed[own.get(pod.key, []), column] = True


def _pods(ends: Sequence[End]) -> Iterator[tuple[int, PolicyPod]]:
    """The pods among some ends, with their places."""
    for place, end in enumerate(ends):
        if is_pod(end):
            yield place, end


def _places(ends: Sequence[End]) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """By node: the places of ends in the node's own network, and those of the node's pods."""
    own: dict[str, list[int]] = {}
    pods: dict[str, list[int]] = {}
    for place, end in enumerate(ends):
        if is_pod(end):
            pods.setdefault(end.node, []).append(place)
        node = node_of(end)
        if node is not None:
            own.setdefault(node, []).append(place)
    return own, pods


def _square(rows: list[int], columns: list[int]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The places where some rows and some columns meet."""
    return np.array(rows, dtype=np.intp)[:, None], np.array(columns, dtype=np.intp)[None, :]


def _policies(index: PolicyIndex, ends: Sequence[End], direction: str) -> list[CompiledPolicy]:
    """The policies about a direction in the projects of some pods."""
    names = dict.fromkeys(pod.namespace for _, pod in _pods(ends) if not pod.on_host_network)
    return [
        policy
        for name in names
        for policy in index.policies(name)
        if policy.rules(direction) is not None
    ]
