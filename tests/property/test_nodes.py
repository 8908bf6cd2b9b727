"""Whatever happens to the nodes: no address is held twice, no silent node's pod is served, and a cluster
that is healed or recovered is the one that it would have been."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster.engine.access import SYSTEM_ADMIN
from cluster.engine.commands import Command, Delete
from cluster.engine.controllers import all_controllers
from cluster.engine.engine import Engine
from cluster.engine.nodes import power
from cluster.engine.nodes.drain import DrainOptions, plan_drain
from cluster.engine.rng import RandomStream
from cluster.engine.store import Store
from cluster.objects import kinds
from cluster.objects.document import to_document
from cluster.objects.errors import ApiError
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.node import BOOT_ID, Node, is_ready
from cluster.objects.pod import Pod
from tests.unit.engine.lab import NODE, RC
from tests.unit.engine.nodes.lab import NodeLab

REPLICAS = 5
WORKERS = ("node-1", "node-2", "node-3", "node-4")
VERBS = ("off", "on", "reboot", "cut", "reconnect", "cordon", "uncordon", "drain", "add", "remove")
Act = tuple[float, str, str]
acts = st.lists(
    st.tuples(
        st.floats(0.5, 400, allow_nan=False, width=32),
        st.sampled_from(VERBS),
        st.sampled_from(WORKERS),
    ),
    max_size=10,
)
profiles = st.sampled_from(("course", "4"))


def do(lab: NodeLab, verb: str, name: str) -> None:
    """Do something to a node; what the API refuses does not happen."""
    try:
        match verb:
            case "off":
                lab.off(name)
            case "on":
                if lab.node(name).metadata.annotations.get("shiftlab.io/machine"):
                    lab.on(name)
            case "reboot":
                lab.reboot(name)
            case "cut":
                lab.cut(name, "master")
            case "reconnect":
                lab.cut(name)
            case "cordon" | "uncordon":
                lab.cordon(name, verb == "cordon")
            case "drain":
                drain(lab, name)
            case "add":
                lab.join(name)
            case "remove":
                lab.delete(NODE, name, namespace="")
    except (ApiError, AssertionError):
        return


def drain(lab: NodeLab, name: str) -> None:
    """Cordon and delete, as one transaction."""
    plan = plan_drain(name, lab.on_node(name), DrainOptions())
    assert plan.refusals == ()
    lab.cordon(name)
    commands: list[Command] = [Delete(kinds.POD, each.metadata.key) for each in plan.evictions]
    lab.engine.execute(commands, SYSTEM_ADMIN)


def check(lab: NodeLab) -> None:
    """What holds at every moment at which nobody has anything left to do."""
    pods = [each for each in lab.engine.store.list(Pod) if not each.is_finished]
    held = [each.status.pod_ip for each in pods if each.status.pod_ip]
    assert len(held) == len(set(held))
    subnets = [each.subnet for each in lab.engine.store.list(HostSubnet)]
    assert len(subnets) == len(set(subnets))
    ready = {each.metadata.name for each in lab.engine.store.list(Node) if is_ready(each)}
    homes = {each.metadata.name: each.node_name for each in pods}
    assert {homes[name] for name in lab.serving()} <= ready


def heal(lab: NodeLab) -> None:
    """Everything is switched on, connected and schedulable again."""
    for each in lab.engine.store.list(Node):
        name = each.metadata.name
        lab.cut(name)
        if each.spec.unschedulable:
            lab.cordon(name, False)
        if "shiftlab.io/machine" in each.metadata.annotations:
            lab.on(name)
    for name in WORKERS[:2]:
        if lab.engine.store.get(Node, "", name) is None:
            lab.join(name)


@settings(max_examples=30, deadline=None)
@given(history=acts, profile=profiles)
def test_a_healed_cluster_has_all_its_pods(history: Sequence[Act], profile: str) -> None:
    lab = NodeLab(nodes=3, profile=profile)
    lab.serve(REPLICAS)
    for wait, verb, name in history:
        lab.run(wait)
        check(lab)
        do(lab, verb, name)
        lab.engine.settle()
        check(lab)
    heal(lab)
    lab.run(1000)
    check(lab)
    assert len(lab.serving()) == REPLICAS
    assert lab.get(RC, "web").status.ready_replicas == REPLICAS
    assert len(lab.pods()) == REPLICAS
    assert all(is_ready(each) for each in lab.engine.store.list(Node))


def recovered(lab: NodeLab) -> NodeLab:
    """The same cluster after a restart: from its objects and the state that is kept beside them."""
    state: dict[str, Any] = json.loads(json.dumps(lab.engine.state()))
    twin = object.__new__(NodeLab)
    config = lab.engine.config
    rng = RandomStream.from_state(int(state["rng"]))
    store = Store(lab.engine.store.version)
    twin.engine = Engine(config, all_controllers(config), store=store, now=state["now"], rng=rng)
    objects = [each for kind in kinds.STORED for each in lab.engine.store.list(kind.cls)]
    twin.engine.recover(objects, state)
    return twin


def future(lab: NodeLab, seconds: int) -> list[Any]:
    """What the nodes go through, second by second: conditions, taints, pods, and who is served."""
    seen: list[Any] = []
    for _ in range(seconds):
        lab.run(1)
        now = [story(lab, each) for each in lab.engine.store.list(Node)]
        if not seen or seen[-1] != now:
            seen.append(now)
    return seen


def story(lab: NodeLab, node: Node) -> Any:
    document = to_document(node)
    document["metadata"].pop("resourceVersion")
    document["status"]["nodeInfo"].pop(BOOT_ID, None)
    there = lab.on_node(node.metadata.name)
    leaving = sum(each.is_terminating for each in there)
    return document, len(there) - leaving, leaving


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(history=acts, profile=profiles, wait=st.integers(0, 400))
def test_a_restart_at_any_moment_changes_nothing_of_what_comes(
    history: Sequence[Act], profile: str, wait: int
) -> None:
    lab = NodeLab(nodes=3, profile=profile)
    lab.serve(REPLICAS)
    for pause, verb, name in history[:6]:
        lab.run(pause)
        do(lab, verb, name)
    lab.run(wait)
    twin = recovered(lab)
    assert future(twin, 450) == future(lab, 450)
    check(twin)


@pytest.mark.parametrize("profile", ["course", "4"])
@pytest.mark.parametrize("wait", [0, 20, 40, 41, 200, 340, 341, 365])
def test_a_restart_in_the_middle_of_an_outage_changes_nothing(profile: str, wait: int) -> None:
    lab = NodeLab(nodes=3, profile=profile)
    lab.serve(REPLICAS)
    lab.off("node-1")
    lab.off("node-2")
    lab.run(1)
    lab.edit(NODE, "node-3", lambda node: power.cordoned(node, True))
    lab.run(wait)
    assert future(recovered(lab), 450) == future(lab, 450)
