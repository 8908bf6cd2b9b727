"""A node that falls silent: 40 s until it is not ready, 300 s more until its pods go, and its return."""

from __future__ import annotations

import pytest

from cluster.objects.document import to_document
from cluster.objects.meta import rfc3339_exact
from cluster.objects.node import (
    EVICTING_SINCE,
    NO_EXECUTE,
    NO_SCHEDULE,
    UNREACHABLE_TAINT,
    Taint,
    status_word,
)
from cluster.objects.pod import restarts
from cluster.objects.pod import status_word as pod_word
from tests.unit.engine.lab import pod_document
from tests.unit.engine.nodes.lab import NodeLab, names

GENERATIONS = ("course", "3.11", "4")


@pytest.fixture(params=GENERATIONS)
def lab(request: pytest.FixtureRequest) -> NodeLab:
    lab = NodeLab(profile=request.param)
    lab.serve(4)
    return lab


def test_a_silent_node_is_not_ready_after_forty_seconds_and_not_before(lab: NodeLab) -> None:
    lab.off("node-1")
    lab.run(39.999)
    assert lab.ready("node-1") == "True"
    lab.run(0.001)
    node = lab.node("node-1")
    assert status_word(node) == "NotReady"
    assert {(each.status, each.reason, each.message) for each in node.status.conditions} == {
        ("Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.")
    }
    (event,) = (
        lab.events("NodeNotReady")
        if lab.engine.config.profile.name != "4"
        else [each for each in lab.events("NodeNotReady") if each.involved_object.kind == "Node"]
    )
    assert event.message == "Node node-1 status is now: NodeNotReady"


def test_the_last_heartbeat_stays_that_of_the_moment_at_which_the_machine_stopped(
    lab: NodeLab,
) -> None:
    lab.off("node-1")
    stopped = lab.engine.now
    lab.run(100)
    beats = {each.last_heartbeat_time for each in lab.node("node-1").status.conditions}
    assert beats == {stopped}


def test_heartbeats_are_implied_and_never_stored(lab: NodeLab) -> None:
    before = [
        each.metadata.resource_version for each in lab.engine.store.list(type(lab.node("master")))
    ]
    lab.run(3600)
    after = [
        each.metadata.resource_version for each in lab.engine.store.list(type(lab.node("master")))
    ]
    assert before == after


def test_its_pods_leave_the_endpoints_as_it_becomes_not_ready(lab: NodeLab) -> None:
    there = names(lab.on_node("node-1"))
    assert len(there) == 2
    lab.off("node-1")
    lab.run(39.9)
    assert there <= lab.serving()
    lab.run(0.1)
    assert lab.serving() == names(lab.on_node("node-2"))
    assert lab.not_serving() == there
    assert {pod_word(each) for each in lab.on_node("node-1")} == {"Running"}


def test_a_pod_that_is_not_ready_for_its_node_says_nothing_of_its_containers(lab: NodeLab) -> None:
    lab.off("node-1")
    lab.run(40)
    conditions = to_document(lab.on_node("node-1")[0])["status"]["conditions"]
    found = {each["type"]: (each["status"], each.get("reason")) for each in conditions}
    assert found["Ready"] == ("False", None)
    assert found["ContainersReady"] == ("True", None)


def test_pods_are_deleted_three_hundred_seconds_later_and_replaced_at_once(lab: NodeLab) -> None:
    old = lab.on_node("node-1")
    addresses = {each.status.pod_ip for each in lab.pods()}
    lab.off("node-1")
    lab.run(339.9)
    assert not any(each.is_terminating for each in lab.pods())
    lab.run(0.1)
    there = lab.on_node("node-1")
    assert names(there) == names(old)
    assert {pod_word(each) for each in there} == {"Terminating"}
    fresh = [each for each in lab.pods() if each.metadata.name not in names(old)]
    assert len(fresh) == 4
    assert {each.node_name for each in fresh} == {"node-2"}
    lab.run(20)
    assert len(lab.serving()) == 4
    fresh = [each for each in lab.on_node("node-2") if each.status.pod_ip not in addresses]
    assert len(fresh) == 2


def test_the_events_of_an_eviction_are_those_of_the_generation(lab: NodeLab) -> None:
    pod = sorted(names(lab.on_node("node-1")))[0]
    lab.off("node-1")
    lab.run(340)
    if lab.engine.config.profile.name == "4":
        assert f"Marking for deletion Pod demo/{pod}" in lab.messages("TaintManagerEviction")
        assert "Node is not ready" in lab.messages("NodeNotReady")
    else:
        assert lab.messages("DeletingAllPods") == [
            "Node node-1 event: Deleting all Pods from Node node-1."
        ]
        assert f"Marking for deletion Pod {pod} from Node node-1" in lab.messages(
            "NodeControllerEviction"
        )


def test_only_openshift_4_taints(lab: NodeLab) -> None:
    lab.off("node-1")
    lab.run(50)
    since = lab.engine.now - 10
    taints = lab.node("node-1").spec.taints
    if lab.engine.config.profile.name != "4":
        assert taints == ()
        assert lab.node("node-1").metadata.annotations[EVICTING_SINCE] == rfc3339_exact(since)
        return
    assert set(taints) == {
        Taint(key=UNREACHABLE_TAINT, effect=NO_SCHEDULE, time_added=since),  # type: ignore[arg-type]
        Taint(key=UNREACHABLE_TAINT, effect=NO_EXECUTE, time_added=since),  # type: ignore[arg-type]
    }


def test_pods_stay_terminating_until_the_kubelet_returns(lab: NodeLab) -> None:
    lab.off("node-1")
    lab.run(2000)
    assert {pod_word(each) for each in lab.on_node("node-1")} == {"Terminating"}
    lab.on("node-1")
    lab.run(29)
    assert len(lab.on_node("node-1")) == 2
    lab.run(2)
    assert lab.on_node("node-1") == []
    assert lab.ready("node-1") == "False"
    lab.run(10)
    node = lab.node("node-1")
    assert status_word(node) == "Ready"
    assert node.spec.taints == ()
    assert EVICTING_SINCE not in node.metadata.annotations
    assert len(lab.serving()) == 4


def test_pods_that_stayed_over_a_reboot_get_new_sandboxes_with_new_addresses(lab: NodeLab) -> None:
    before = {each.metadata.name: each.status.pod_ip for each in lab.on_node("node-1")}
    began = lab.elapsed
    lab.reboot("node-1")
    lab.run(120)
    after = {each.metadata.name: each for each in lab.on_node("node-1")}
    assert after.keys() == before.keys()
    assert not {each.status.pod_ip for each in after.values()} & set(before.values())
    assert [restarts(each) for each in after.values()] == [1, 1]
    last = after[min(after)].status.container_statuses[0]
    assert (last.last_reason, last.last_exit_code) == ("Error", 255)
    assert set(lab.messages("SandboxChanged")) == {
        "Pod sandbox changed, it will be killed and re-created."
    }
    assert after.keys() <= lab.serving()
    assert [each for each in lab.history("Rebooted") if each[2] == "node-1"] == [
        (began + 60, "Rebooted", "node-1")
    ]
    ready = [at for at, _, name in lab.history("NodeReady") if name == "node-1"]
    assert ready == [began + 70]


def test_a_pod_that_never_restarts_fails_with_its_machine() -> None:
    lab = NodeLab(nodes=1)
    lab.create(pod_document("once", restartPolicy="Never"))
    lab.run(20)
    lab.reboot("node-1")
    lab.run(100)
    assert lab.pod("once").status.phase == "Failed"


def test_a_node_that_is_cut_from_the_master_is_silent_but_its_pods_live_on(lab: NodeLab) -> None:
    before = {each.metadata.name: each.status.pod_ip for each in lab.on_node("node-1")}
    lab.cut("node-1", "master")
    lab.run(60)
    assert lab.ready("node-1") == "Unknown"
    lab.cut("node-1")
    lab.engine.settle()
    assert lab.ready("node-1") == "True"
    after = {each.metadata.name: each.status.pod_ip for each in lab.on_node("node-1")}
    assert after == before
    assert [restarts(each) for each in lab.on_node("node-1")] == [0, 0]
    assert after.keys() <= lab.serving()


def test_a_master_may_say_that_it_is_cut_from_a_node(lab: NodeLab) -> None:
    lab.cut("master", "node-1", "node-2")
    lab.run(40)
    assert lab.ready_nodes() == ["master"]
    lab.cut("master")
    lab.engine.settle()
    assert lab.ready_nodes() == ["master", "node-1", "node-2"]


def test_nodes_that_are_cut_from_each_other_only_stay_ready(lab: NodeLab) -> None:
    lab.cut("node-1", "node-2")
    lab.run(400)
    assert lab.ready_nodes() == ["master", "node-1", "node-2"]


def test_a_silence_of_less_than_forty_seconds_leaves_no_trace(lab: NodeLab) -> None:
    lab.cut("node-1", "master")
    lab.run(39)
    lab.cut("node-1")
    lab.run(400)
    assert lab.history("NodeNotReady") == []
    assert len(lab.serving()) == 4


def test_evicted_pods_of_a_node_that_is_reconnected_end_at_once(lab: NodeLab) -> None:
    lab.cut("node-1", "master")
    lab.run(400)
    lab.cut("node-1")
    lab.engine.settle()
    assert lab.on_node("node-1") == []
    assert len(lab.serving()) == 4
