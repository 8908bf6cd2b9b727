"""What the console and the data plane ask of the nodes, and the commands that act on them. Part of the
client: reading from any thread; what is done goes through the mailbox as commands."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from cluster.engine.access import Actor
from cluster.engine.commands import Command, Create, Delete, Edit
from cluster.engine.config import EngineConfig
from cluster.engine.nodes import power
from cluster.engine.nodes.conditions import with_heartbeats
from cluster.engine.nodes.drain import DrainOptions, DrainPlan, plan_drain
from cluster.engine.nodes.reach import is_reached
from cluster.engine.nodes.registration import is_modern, next_number, node_name
from cluster.engine.nodes.timeline import Step, When, timeline
from cluster.engine.store import Store
from cluster.engine.transaction import Outcome
from cluster.objects import kinds
from cluster.objects.errors import NotFound
from cluster.objects.meta import Key, ObjectMeta
from cluster.objects.node import Node, cut_from, is_machine_on, is_master
from cluster.objects.pod import Pod

__all__ = ["DrainOptions", "DrainPlan", "NodesPort", "Step", "When"]

ATTEMPTS = 3
"""Times that a drain is planned: a pod of the plan may go by itself before it is carried out."""


class NodesPort:
    """Questions about nodes, and commands for them."""

    def __init__(
        self,
        store: Store,
        config: EngineConfig,
        now: Callable[[], float],
        execute: Callable[[Sequence[Command], Actor], list[Outcome]],
    ) -> None:
        self._store = store
        self._config = config
        self._now = now
        self._execute = execute
        self._cuts: tuple[int, Mapping[str, frozenset[str]]] = (-1, {})

    # --- reading -------------------------------------------------------------------------------------

    @property
    def is_modern(self) -> bool:
        """Whether nodes and `oc` are those of OpenShift 4."""
        return is_modern(self._config)

    def pod_count(self, name: str) -> int:
        """How many pods are bound to a node."""
        return self._store.pod_count_on(name)

    def is_reached(self, name: str) -> bool:
        """Whether the router's packets reach a node."""
        return is_reached(self._store, name)

    def shown(self, node: Node) -> Node:
        """The node as the API shows it now, with the heartbeats that are implied."""
        return with_heartbeats(node, self._now())

    def timeline(self, node: Node) -> list[Step]:
        """What has happened to a node that is not well, and what comes next."""
        pods = self._store.pods_on(node.metadata.name)
        return timeline(node, self._store.list(Node), pods, modern=self.is_modern)

    def cut_from(self, node: Node) -> frozenset[str]:
        """The nodes with which a node exchanges no packets, whoever says so."""
        version = self._store.version
        if self._cuts[0] != version:
            self._cuts = version, _cuts(self._store.list(Node))
        return self._cuts[1].get(node.metadata.name, frozenset())

    def is_last_master(self, node: Node) -> bool:
        """Whether the API runs on this node alone."""
        running = [each for each in self._store.list(Node) if is_master(each)]
        running = [each for each in running if is_machine_on(each)]
        return [each.metadata.name for each in running] == [node.metadata.name]

    def next_name(self) -> str:
        """The name of the node that would be added next."""
        return node_name(next_number([each.metadata.name for each in self._store.list(Node)]))

    def drain_plan(self, name: str, options: DrainOptions) -> DrainPlan:
        """What a drain would do. Raises NotFound."""
        self._node(name)
        return plan_drain(name, self._store.pods_on(name), options, modern=self.is_modern)

    def _node(self, name: str) -> Node:
        node = self._store.get(Node, "", name)
        if node is None:
            raise NotFound(kinds.NODE.resource, name)
        return node

    # --- commands ------------------------------------------------------------------------------------

    def add(self, name: str) -> Command:
        """A new machine joins under a name."""
        return Create(Node(metadata=ObjectMeta(name=name)))

    def cordon(self, name: str, unschedulable: bool) -> Command:
        """Keep new pods away, or let them come again."""
        return _edit(name, lambda node: power.cordoned(node, unschedulable))

    def power_off(self, name: str) -> Command:
        """The machine loses its power."""
        return _edit(name, power.powered_off)

    def power_on(self, name: str) -> Command:
        """The machine starts: its kubelet runs half a minute later."""
        now = self._now()
        return _edit(name, lambda node: power.starting(node, now, power.BOOT))

    def reboot(self, name: str) -> Command:
        """The machine stops and starts again: it answers nothing for a minute."""
        now = self._now()
        return _edit(name, lambda node: power.starting(node, now, power.REBOOT))

    def move(self, name: str, address: str) -> Command:
        """The machine gets another address."""
        return _edit(name, lambda node: power.moved(node, address))

    def cut(self, name: str, others: Collection[str]) -> list[Command]:
        """The node exchanges packets with all nodes but these."""
        wanted = frozenset(others)
        commands = [_edit(name, lambda node: power.cut(node, wanted))]
        for each in self._store.list(Node):
            other = each.metadata.name
            if name in cut_from(each) and other not in wanted:
                commands.append(_edit(other, lambda node: power.reconnected(node, name)))
        return commands

    def drain(self, name: str, options: DrainOptions, actor: Actor) -> DrainPlan:
        """Cordon the node and delete its pods, as one transaction; with refusals nothing is done.

        Raises ApiError.
        """
        for attempt in range(ATTEMPTS):
            plan = self.drain_plan(name, options)
            if plan.refusals:
                return plan
            evictions = [_delete(pod, options.grace) for pod in plan.evictions]
            try:
                self._execute([self.cordon(name, True), *evictions], actor)
            except NotFound:
                self._node(name)
                if attempt == ATTEMPTS - 1:
                    raise
            else:
                return plan
        raise AssertionError("ATTEMPTS must be positive")


def _cuts(nodes: Sequence[Node]) -> Mapping[str, frozenset[str]]:
    """From which nodes each node is cut; names that are no nodes' any more are left out."""
    names = {each.metadata.name for each in nodes}
    found: dict[str, set[str]] = {}
    for each in nodes:
        for other in cut_from(each) & names:
            found.setdefault(each.metadata.name, set()).add(other)
            found.setdefault(other, set()).add(each.metadata.name)
    return {name: frozenset(others) for name, others in found.items()}


def _edit(name: str, change: Callable[[Node], Node]) -> Command:
    return Edit(kinds.NODE, Key("", name), change)


def _delete(pod: Pod, grace: int | None) -> Command:
    return Delete(kinds.POD, pod.metadata.key, grace=grace)
