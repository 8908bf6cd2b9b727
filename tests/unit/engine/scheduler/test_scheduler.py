"""Where pods go, why some go nowhere, and when they are tried again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from cluster.objects.node import Taint
from cluster.objects.pod import status_word
from cluster.scenarios.boot import node
from tests.unit.engine.lab import NODE, POD, RC, Lab, controller_document, pod_document


def per_node(lab: Lab) -> Counter[str]:
    return Counter(pod.node_name for pod in lab.pods())


def cordon(lab: Lab, name: str, unschedulable: bool = True) -> None:
    lab.edit(
        NODE,
        name,
        lambda held: replace(held, spec=replace(held.spec, unschedulable=unschedulable)),
    )


def test_pods_of_one_controller_spread_evenly_and_never_to_the_master() -> None:
    lab = Lab(nodes=3)
    lab.create(controller_document(replicas=10))
    lab.run(1)
    assert per_node(lab) == {"node-1": 4, "node-2": 3, "node-3": 3}


def test_each_controller_spreads_whatever_else_runs() -> None:
    lab = Lab(nodes=2)
    lab.create(pod_document("one"), controller_document(replicas=2))
    lab.run(1)
    web = [pod.node_name for pod in lab.pods() if pod.metadata.name.startswith("web-")]
    assert sorted(web) == ["node-1", "node-2"]


def test_after_the_own_pods_the_emptier_node_counts() -> None:
    lab = Lab(nodes=2)
    lab.create(pod_document("one"))
    lab.run(1)
    lab.create(pod_document("two"))
    lab.run(1)
    assert lab.pod("two").node_name == "node-2"


def test_binding_is_told_by_the_scheduler() -> None:
    lab = Lab()
    lab.create(pod_document())
    lab.run(1)
    (event,) = lab.events("Scheduled")
    assert event.message == "Successfully assigned demo/web to node-1"
    assert event.source.component == "default-scheduler"


def test_a_pod_that_fits_nowhere_says_why_in_the_schedulers_words() -> None:
    lab = Lab(nodes=2, pods_per_node=1)
    lab.create(pod_document("one"), pod_document("two"))
    lab.run(1)
    lab.create(pod_document("three"))
    lab.run(1)
    message = (
        "0/3 nodes are available:"
        " 1 node(s) had taints that the pod didn't tolerate, 2 Insufficient pods."
    )
    assert lab.pod("three").status.unschedulable == message
    assert lab.messages("FailedScheduling") == [message]
    assert status_word(lab.pod("three")) == "Pending"


def test_a_pod_that_waits_is_bound_when_another_goes() -> None:
    lab = Lab(nodes=1, pods_per_node=1)
    lab.create(pod_document("one"), pod_document("two"))
    lab.run(10)
    lab.delete(POD, "one", grace=0)
    lab.run(0.1)
    assert lab.pod("two").node_name == "node-1"
    assert lab.pod("two").status.unschedulable == ""


def test_a_pod_that_waits_is_bound_when_a_node_comes() -> None:
    lab = Lab(nodes=0)
    lab.create(pod_document())
    lab.run(5)
    lab.engine.cluster.create(node(lab.engine.config, 1))
    lab.run(0.1)
    assert lab.pod().node_name == "node-1"


def test_a_cordoned_node_gets_no_pods_until_it_is_uncordoned() -> None:
    lab = Lab(nodes=1)
    cordon(lab, "node-1")
    lab.create(pod_document())
    lab.run(1)
    assert "1 node(s) were unschedulable" in lab.pod().status.unschedulable
    cordon(lab, "node-1", unschedulable=False)
    lab.run(0.1)
    assert lab.pod().node_name == "node-1"


def test_a_node_selector_is_obeyed() -> None:
    lab = Lab(nodes=2)
    lab.create(pod_document("two", nodeSelector={"kubernetes.io/hostname": "node-2"}))
    lab.create(pod_document("none", nodeSelector={"disk": "ssd"}))
    lab.run(1)
    assert lab.pod("two").node_name == "node-2"
    assert "3 node(s) didn't match node selector" in lab.pod("none").status.unschedulable


def test_a_toleration_opens_the_master() -> None:
    lab = Lab(nodes=0)
    toleration = {"key": "node-role.kubernetes.io/master", "operator": "Exists"}
    lab.create(pod_document(tolerations=[toleration]))
    lab.run(1)
    assert lab.pod().node_name == "master"


def test_a_taint_with_a_value_wants_that_value() -> None:
    lab = Lab(nodes=1)
    taint = Taint(key="team", value="red", effect="NoSchedule")
    lab.edit(NODE, "node-1", lambda held: replace(held, spec=replace(held.spec, taints=(taint,))))
    red, blue = {"key": "team", "value": "red"}, {"key": "team", "value": "blue"}
    lab.create(pod_document("red", tolerations=[red]), pod_document("blue", tolerations=[blue]))
    lab.run(1)
    assert (lab.pod("red").node_name, lab.pod("blue").node_name) == ("node-1", "")


def test_failures_are_repeated_ever_more_rarely() -> None:
    lab = Lab(nodes=0)
    lab.create(pod_document())
    lab.run(300)
    (event,) = lab.events("FailedScheduling")
    assert 8 <= event.count <= 14


def test_room_that_a_scale_down_makes_is_filled_evenly() -> None:
    lab = Lab(nodes=2)
    lab.create(controller_document(replicas=8))
    lab.run(15)
    lab.scale(RC, "web", 2)
    lab.run(40)
    lab.scale(RC, "web", 6)
    lab.run(1)
    assert per_node(lab) == {"node-1": 3, "node-2": 3}
