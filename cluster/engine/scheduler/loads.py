"""How many pods run where: the scheduler's cache, an index that follows the commits.

Stands for kubernetes `scheduler/cache` and for the priority SelectorSpread. For each kind of demand the
nodes that suit are kept in the order of their load, so that placing a pod looks at a few nodes and
not at all of them.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter

from cluster.engine.scheduler.fit import (
    FULL,
    TOO_MANY,
    Demands,
    capacity,
    explanation,
    refusals,
)
from cluster.objects.node import Node
from cluster.objects.pod import Pod

Load = tuple[int, str]
_DEMANDS_KEPT = 64


class NodeLoads:
    """Pods per node, and per node and owner."""

    def __init__(self, default_capacity: int, *, modern: bool = False) -> None:
        self._modern = modern
        self._default_capacity = default_capacity
        self._nodes: dict[str, Node] = {}
        self._pods: Counter[str] = Counter()
        self._by_owner: dict[str, dict[str, int]] = {}
        self._suiting: dict[Demands, list[Load]] = {}

    # --- following -----------------------------------------------------------------------------------

    def set_node(self, name: str, node: Node | None) -> None:
        """A node came, changed or went: who suits which demands is worked out anew."""
        if node is None:
            self._nodes.pop(name, None)
        else:
            self._nodes[name] = node
        self._suiting.clear()

    def count(self, pod: Pod, by: int) -> None:
        """A pod takes a place on its node (`by` 1) or leaves it (-1)."""
        name = pod.node_name
        before = self._pods[name]
        self._pods[name] = before + by
        if not self._pods[name]:
            del self._pods[name]
        for loads in self._suiting.values():
            _move(loads, (before, name), (before + by, name))
        owner = owner_of(pod)
        if owner:
            self._count_owner(owner, name, by)

    def _count_owner(self, owner: str, name: str, by: int) -> None:
        held = self._by_owner.setdefault(owner, {})
        left = held.get(name, 0) + by
        if left > 0:
            held[name] = left
        else:
            held.pop(name, None)
            if not held:
                del self._by_owner[owner]

    # --- placing -------------------------------------------------------------------------------------

    def best(self, demands: Demands, owner: str) -> str | None:
        """The node with the fewest pods of the owner, then the fewest pods, then by name."""
        loads = self._loads(demands)
        theirs = self._by_owner.get(owner, {}) if owner else {}
        # No node can have fewer than this: the search ends with the first that has no more.
        floor = 0 if len(theirs) < len(loads) else min(theirs.values(), default=0)
        best: str | None = None
        fewest = -1
        for load, name in loads:
            count = theirs.get(name, 0)
            if (best is None or count < fewest) and load < self._capacity(name):
                best, fewest = name, count
                if count <= floor:
                    break
        return best

    def refusals(self, demands: Demands) -> str:
        """Why no node takes a pod with these demands."""
        reasons: Counter[str] = Counter()
        for name, node in self._nodes.items():
            found = refusals(node, demands, modern=self._modern)
            if not found and self._pods[name] >= self._capacity(name):
                found = (TOO_MANY if self._modern else FULL,)
            reasons.update(found)
        return explanation(len(self._nodes), reasons, modern=self._modern)

    def _capacity(self, name: str) -> int:
        return capacity(self._nodes[name], self._default_capacity)

    def _loads(self, demands: Demands) -> list[Load]:
        """The nodes that suit the demands, least loaded first."""
        loads = self._suiting.get(demands)
        if loads is None:
            if len(self._suiting) >= _DEMANDS_KEPT:
                self._suiting.pop(next(iter(self._suiting)))
            loads = self._suiting[demands] = sorted(
                (self._pods[name], name)
                for name, node in self._nodes.items()
                if not refusals(node, demands, modern=self._modern)
            )
        return loads


def owner_of(pod: Pod) -> str:
    """The uid of a pod's controller, or ""."""
    controller = pod.metadata.controller()
    return controller.uid if controller is not None else ""


def _move(loads: list[Load], before: Load, after: Load) -> None:
    index = bisect_left(loads, before)
    if index < len(loads) and loads[index] == before:
        del loads[index]
        insort(loads, after)
