"""How many nodes are emptied at a time: one every ten seconds, fewer or none where much is unhealthy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cluster.engine.nodes.eviction import Disruption, disruption, pause, toleration_seconds
from cluster.objects.node import NO_EXECUTE, UNREACHABLE_TAINT, Taint
from cluster.objects.pod import PodSpec
from tests.unit.engine.lab import pod_document
from tests.unit.engine.nodes.lab import NodeLab


def evictions(lab: NodeLab, began: float) -> dict[str, float]:
    """Seconds after `began` at which each node's pods were deleted."""
    found: dict[str, float] = {}
    nodes = {each.metadata.name: each.node_name for each in lab.pods()}
    reasons = ("NodeControllerEviction", "TaintManagerEviction")
    for at, _, name in lab.history(*reasons):
        if name in nodes:
            found.setdefault(nodes[name], round(at - began, 3))
    return found


@pytest.mark.parametrize("profile", ["course", "4"])
def test_nodes_that_fall_silent_together_are_emptied_one_every_ten_seconds(profile: str) -> None:
    lab = NodeLab(nodes=6, profile=profile)
    lab.serve(6)
    began = lab.elapsed
    for name in ("node-3", "node-1", "node-2"):
        lab.off(name)
    lab.run(400)
    assert evictions(lab, began) == {"node-1": 340.0, "node-2": 350.0, "node-3": 360.0}


@pytest.mark.parametrize(
    ("ready", "not_ready", "state", "seconds"),
    [
        (3, 0, Disruption.NORMAL, 10.0),
        (1, 2, Disruption.NORMAL, 10.0),
        (1, 3, Disruption.PARTIAL, None),
        (5, 6, Disruption.NORMAL, 10.0),
        (9, 11, Disruption.PARTIAL, None),
        (22, 28, Disruption.PARTIAL, None),
        (22, 29, Disruption.PARTIAL, 100.0),
        (0, 60, Disruption.FULL, None),
        (0, 1, Disruption.FULL, None),
        (0, 0, Disruption.NORMAL, 10.0),
    ],
)
def test_the_zone_decides_on_the_rate(
    ready: int, not_ready: int, state: Disruption, seconds: float | None
) -> None:
    assert disruption(ready, not_ready) is state
    assert pause(state, ready + not_ready) == seconds


@pytest.mark.parametrize("profile", ["course", "4"])
def test_a_small_zone_that_is_mostly_silent_loses_no_pods(profile: str) -> None:
    lab = NodeLab(nodes=4, profile=profile)
    lab.serve(4)
    for name in ("node-1", "node-2", "node-3"):
        lab.off(name)
    lab.run(2000)
    assert not any(each.is_terminating for each in lab.pods())
    assert len(lab.serving()) == 1
    lab.on("node-3")
    lab.run(400)
    assert {each.node_name for each in lab.pods() if each.is_terminating} == {"node-1", "node-2"}


@pytest.mark.parametrize("profile", ["course", "4"])
def test_when_all_nodes_are_silent_nothing_is_evicted_and_time_starts_anew(profile: str) -> None:
    lab = NodeLab(nodes=2, profile=profile)
    lab.serve(2)
    # Nobody is left who is ready once the master's own kubelet is silent as well.
    for name in ("master", "node-1", "node-2"):
        node = lab.node(name)
        lab.engine.cluster.update(replace(node, metadata=replace(node.metadata, labels={})))
    for name in ("master", "node-1", "node-2"):
        lab.off(name)
    lab.run(1000)
    assert lab.ready_nodes() == []
    assert not any(each.is_terminating for each in lab.pods())
    lab.on("master")
    lab.run(40)
    assert lab.ready_nodes() == ["master"]
    lab.run(299.9)
    assert not any(each.is_terminating for each in lab.pods())
    lab.run(10.2)
    assert {each.node_name for each in lab.pods() if each.is_terminating} == {"node-1", "node-2"}


TAINT = Taint(key=UNREACHABLE_TAINT, effect=NO_EXECUTE)


@pytest.mark.parametrize(
    ("tolerations", "seconds"),
    [
        ((), 300.0),
        (({"key": "other", "operator": "Exists"},), 300.0),
        (({"key": UNREACHABLE_TAINT, "operator": "Exists", "effect": "NoSchedule"},), 300.0),
        (({"operator": "Exists"},), None),
        (({"key": UNREACHABLE_TAINT, "operator": "Exists", "tolerationSeconds": 30},), 30.0),
        (({"key": UNREACHABLE_TAINT, "operator": "Exists", "tolerationSeconds": -1},), 0.0),
        (({"key": UNREACHABLE_TAINT, "effect": "NoExecute"},), None),
        (({"key": UNREACHABLE_TAINT, "value": "x", "tolerationSeconds": 3},), 300.0),
    ],
)
def test_a_toleration_says_how_long_a_pod_stays(
    tolerations: tuple[dict[str, object], ...], seconds: float | None
) -> None:
    assert toleration_seconds(PodSpec(tolerations=tolerations), TAINT) == seconds


def test_openshift_4_heeds_the_seconds_of_a_toleration() -> None:
    lab = NodeLab(nodes=1, profile="4")
    toleration = {
        "key": UNREACHABLE_TAINT,
        "operator": "Exists",
        "effect": NO_EXECUTE,
        "tolerationSeconds": 30,
    }
    lab.create(pod_document("brief", tolerations=[toleration]), pod_document("usual"))
    lab.run(20)
    lab.off("node-1")
    lab.run(69.9)
    assert not lab.pod("brief").is_terminating
    lab.run(0.1)
    assert lab.pod("brief").is_terminating
    assert not lab.pod("usual").is_terminating


def test_a_pod_that_comes_to_a_silent_node_late_is_deleted_as_well() -> None:
    lab = NodeLab(nodes=2)
    lab.off("node-1")
    lab.run(400)
    lab.create(pod_document("late", nodeName="node-1"))
    lab.engine.settle()
    assert lab.pod("late").is_terminating
