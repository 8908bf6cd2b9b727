"""Why a node is not Ready."""

from __future__ import annotations

from collections.abc import Iterator

from cluster.engine.routing.backends import Objects
from cluster.engine.why.model import Chain, Fact, chain
from cluster.objects.meta import Key
from cluster.objects.node import Node, is_machine_on, is_ready


def why_node(objects: Objects, name: str) -> Chain:
    """The facts about a node."""
    return chain(node_facts(objects, name))


def node_facts(objects: Objects, name: str) -> Iterator[Fact]:
    """It is there, its machine runs, its kubelet reports."""
    key = Key("", name)
    node = objects.get(Node, "", name)
    if node is None:
        yield Fact(f"Node {name} does not exist.", False, "Node", key, "Add the node again.")
        return
    if not is_machine_on(node):
        said = f"The machine of node {name} is off."
        yield Fact(said, False, "Node", key, "Switch the machine on.")
        return
    if not is_ready(node):
        condition = next((each for each in node.status.conditions if each.type == "Ready"), None)
        told = f": {condition.message}" if condition is not None and condition.message else "."
        fix = "Reconnect it to the cluster's network, and wait for its kubelet to report."
        yield Fact(f"Node {name} is not Ready{told}", False, "Node", key, fix)
        return
    yield Fact(f"Node {name} runs and is Ready.", True, "Node", key)
