"""A lab whose nodes fail: what is done to them, and what is to be seen of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cluster.engine.access import SYSTEM_ADMIN
from cluster.engine.commands import Create
from cluster.engine.config import PROFILES
from cluster.engine.nodes import power
from cluster.objects.endpoints import Endpoints
from cluster.objects.meta import ObjectMeta
from cluster.objects.node import Node, condition, is_ready
from cluster.objects.pod import Pod
from cluster.scenarios.manifests import service
from tests.unit.engine.lab import NAMESPACE, NODE, Lab, controller_document


class NodeLab(Lab):
    """`profile` is the name of an OpenShift generation."""

    def __init__(self, nodes: int = 2, profile: str = "course", **config: Any) -> None:
        super().__init__(nodes, profile=PROFILES[profile], **config)

    def serve(self, replicas: int = 4, name: str = "web") -> None:
        """A service and its pods, up and running."""
        found = service(NAMESPACE, name, name)
        found["spec"]["selector"] = {"app": name}
        self.create(controller_document(name, replicas), found)
        self.run(20)

    def off(self, name: str) -> None:
        self.edit(NODE, name, power.powered_off)

    def on(self, name: str) -> None:
        self.edit(NODE, name, lambda node: power.starting(node, self.engine.now, power.BOOT))

    def reboot(self, name: str) -> None:
        self.edit(NODE, name, lambda node: power.starting(node, self.engine.now, power.REBOOT))

    def cut(self, name: str, *others: str) -> None:
        self.edit(NODE, name, lambda node: power.cut(node, others))

    def cordon(self, name: str, unschedulable: bool = True) -> None:
        self.edit(NODE, name, lambda node: power.cordoned(node, unschedulable))

    def join(self, name: str) -> None:
        self.engine.execute([Create(Node(metadata=ObjectMeta(name=name)))], SYSTEM_ADMIN)

    def node(self, name: str) -> Node:
        held = self.engine.store.get(Node, "", name)
        assert held is not None
        return held

    def ready(self, name: str) -> str:
        found = condition(self.node(name))
        assert found is not None
        return found.status

    def ready_nodes(self) -> list[str]:
        return [each.metadata.name for each in self.engine.store.list(Node) if is_ready(each)]

    def on_node(self, name: str) -> list[Pod]:
        return self.engine.store.pods_on(name)

    def serving(self, name: str = "web") -> set[str]:
        """The names of the pods in a service's ready addresses."""
        return set(self._referred(name, "addresses"))

    def not_serving(self, name: str = "web") -> set[str]:
        return set(self._referred(name, "not_ready_addresses"))

    def _referred(self, name: str, part: str) -> Iterator[str]:
        held = self.engine.store.get(Endpoints, NAMESPACE, name)
        for subset in held.subsets if held is not None else ():
            for each in getattr(subset, part):
                assert each.target_ref is not None
                yield each.target_ref.name

    def history(self, *reasons: str) -> list[tuple[float, str, str]]:
        """When what happened, to whom, as far as the events tell."""
        found = [
            (
                round((each.first_timestamp or 0.0) - self.engine.config.epoch, 3),
                each.reason,
                each.involved_object.name,
            )
            for each in self.events()
            if each.reason in reasons
        ]
        return sorted(found)


def names(pods: list[Pod]) -> set[str]:
    return {each.metadata.name for each in pods}
