"""What the node page says of the past and of the future: always what the loops then do."""

from __future__ import annotations

from cluster.engine.nodes.timeline import timeline
from cluster.objects.node import Node, evicting_since
from tests.unit.engine.nodes.lab import NodeLab


def told(lab: NodeLab, name: str = "node-1") -> list[tuple[str, float | None, str]]:
    """Steps with their times from now."""
    nodes = lab.engine.store.list(Node)
    modern = lab.engine.config.profile.name == "4"
    steps = timeline(lab.node(name), nodes, lab.on_node(name), modern=modern)
    now = lab.engine.now
    return [
        (each.when.value, None if each.at is None else round(each.at - now, 3), each.text)
        for each in steps
    ]


def test_a_node_that_is_well_has_no_timeline() -> None:
    lab = NodeLab()
    assert told(lab) == []


def test_a_machine_without_power_waits_for_forty_seconds_then_for_its_pods() -> None:
    lab = NodeLab()
    lab.serve(4)
    lab.off("node-1")
    lab.run(10)
    assert told(lab) == [
        ("past", -10.0, "The machine stopped: the kubelet reports no more"),
        ("now", None, "The machine is off until somebody switches it on"),
        ("coming", 30.0, "The node becomes NotReady; its pods leave the endpoints"),
        ("coming", 330.0, "2 pods are evicted, if the node is silent until then"),
    ]
    lab.run(40)
    assert told(lab) == [
        ("past", -50.0, "The machine stopped: the kubelet reports no more"),
        ("past", -10.0, "The node is NotReady; its pods have left the endpoints"),
        ("now", None, "The machine is off until somebody switches it on"),
        ("coming", 290.0, "2 pods are evicted and replaced on other nodes"),
    ]
    lab.run(290)
    texts = [text for _, _, text in told(lab)]
    assert "2 pods are to be deleted: Terminating until the kubelet answers again" in texts


def test_a_boot_says_when_the_machine_and_when_the_node_is_there() -> None:
    lab = NodeLab()
    lab.reboot("node-1")
    lab.run(20)
    assert (
        "coming",
        40.0,
        "The machine has started; its pods get new sandboxes with new addresses",
    ) in told(lab)
    lab.run(42)
    assert ("coming", 8.0, "The node is Ready, once its network plugin runs") in told(lab)
    lab.run(8)
    assert told(lab) == []


def test_where_nothing_is_evicted_it_says_why() -> None:
    lab = NodeLab(nodes=4)
    lab.serve(4)
    for name in ("node-1", "node-2", "node-3"):
        lab.off(name)
    lab.run(60)
    text = "3 of 5 nodes are not ready: as long as it is that many, nothing is evicted"
    assert ("now", None, text) in told(lab)


def test_a_cut_is_named_and_a_node_that_waits_its_turn_says_so() -> None:
    lab = NodeLab(nodes=6)
    lab.serve(6)
    lab.cut("node-1", "master")
    lab.cut("node-2", "master")
    lab.run(45)
    assert ("now", None, "The network between the node and the masters is cut") in told(lab)
    assert evicting_since(lab.node("node-2")) is None
    text = "Pods are evicted after those of other nodes, one node at a time"
    assert ("now", None, text) in told(lab, "node-2")
