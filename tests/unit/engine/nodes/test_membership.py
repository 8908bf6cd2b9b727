"""Nodes that join and leave, move, run out of addresses, and what the masters refuse."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cluster.engine.access import SYSTEM_ADMIN
from cluster.engine.commands import Create
from cluster.engine.nodes import power
from cluster.objects import kinds
from cluster.objects.errors import ApiError, Invalid
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.meta import ObjectMeta
from cluster.objects.node import (
    NO_SCHEDULE,
    NOT_READY_TAINT,
    UNSCHEDULABLE_TAINT,
    Node,
    internal_ip,
    roles,
    status_word,
)
from cluster.objects.pod import status_word as pod_word
from tests.unit.engine.lab import NODE, pod_document
from tests.unit.engine.nodes.lab import NodeLab, names


def test_a_node_that_joins_gets_the_next_subnet_and_is_ready_ten_seconds_later() -> None:
    lab = NodeLab()
    began = lab.elapsed
    lab.join("node-3")
    lab.engine.settle()
    node = lab.node("node-3")
    assert (internal_ip(node), roles(node)) == ("192.168.122.14", "worker")
    assert node.metadata.labels["kubernetes.io/hostname"] == "node-3"
    assert lab.get(kinds.HOSTSUBNET, "node-3").subnet == "10.131.0.0/23"
    assert status_word(node) == "NotReady"
    lab.run(9.9)
    assert status_word(lab.node("node-3")) == "NotReady"
    lab.run(0.1)
    assert status_word(lab.node("node-3")) == "Ready"
    told = [
        each
        for each in lab.history("RegisteredNode", "Starting", "NodeReady")
        if each[2] == "node-3"
    ]
    assert [(at, reason) for at, reason, _ in told] == [
        (began, "RegisteredNode"),
        (began, "Starting"),
        (began, "Starting"),
        (began + 10, "NodeReady"),
    ]
    assert "Node node-3 event: Registered Node node-3 in Controller" in lab.messages(
        "RegisteredNode"
    )
    assert lab.events("Rebooted") == []


def test_a_waiting_pod_goes_to_the_node_that_joins() -> None:
    lab = NodeLab(nodes=1, pods_per_node=1)
    lab.create(pod_document("first"))
    lab.run(5)
    lab.create(pod_document("second"))
    lab.run(5)
    assert lab.pod("second").node_name == ""
    lab.join("node-2")
    lab.run(30)
    assert lab.pod("second").node_name == "node-2"
    assert lab.pod("second").status.ready


def test_openshift_4_keeps_pods_off_a_node_that_is_not_ready_yet() -> None:
    lab = NodeLab(profile="4")
    lab.join("node-3")
    lab.engine.settle()
    held = {(each.key, each.effect) for each in lab.node("node-3").spec.taints}
    assert (NOT_READY_TAINT, NO_SCHEDULE) in held
    lab.run(11)
    assert lab.node("node-3").spec.taints == ()


def test_a_node_that_leaves_gives_up_its_subnet_and_its_pods_come_back_elsewhere() -> None:
    lab = NodeLab()
    lab.serve(4)
    gone = names(lab.on_node("node-2"))
    lab.delete(NODE, "node-2", namespace="")
    lab.engine.settle()
    assert {each.host for each in lab.engine.store.list(HostSubnet)} == {"master", "node-1"}
    assert not gone & names(lab.pods())
    assert lab.messages("RemovingNode") == [
        "Node node-2 event: Removing Node node-2 from Controller"
    ]
    lab.run(20)
    assert len(lab.serving()) == 4
    assert {each.node_name for each in lab.pods()} == {"node-1"}


def test_a_name_that_comes_again_gets_another_subnet() -> None:
    lab = NodeLab()
    lab.delete(NODE, "node-2", namespace="")
    lab.engine.settle()
    lab.join("node-2")
    lab.run(15)
    assert internal_ip(lab.node("node-2")) == "192.168.122.13"
    assert lab.get(kinds.HOSTSUBNET, "node-2").subnet == "10.131.0.0/23"


def test_a_machine_that_gets_another_address_keeps_its_subnet() -> None:
    lab = NodeLab()
    lab.edit(NODE, "node-1", lambda node: power.moved(node, "192.168.122.99"))
    lab.engine.settle()
    assert internal_ip(lab.node("node-1")) == "192.168.122.99"
    subnet = lab.get(kinds.HOSTSUBNET, "node-1")
    assert (subnet.host_ip, subnet.subnet) == ("192.168.122.99", "10.129.0.0/23")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("10.129.4.4", "node IP 10.129.4.4 conflicts with cluster network 10.128.0.0/14"),
        ("172.30.0.9", "node IP 172.30.0.9 conflicts with service network 172.30.0.0/16"),
        ("127.0.0.5", "node IP 127.0.0.5 can't be a loopback address"),
        ("192.168.122.13", "node node-2 has this address"),
        ("nonsense", "must be a valid IP address"),
    ],
)
def test_an_impossible_address_is_refused(address: str, message: str) -> None:
    lab = NodeLab()
    with pytest.raises(Invalid, match=message):
        lab.edit(NODE, "node-1", lambda node: power.moved(node, address))
    assert internal_ip(lab.node("node-1")) == "192.168.122.12"


def test_a_node_without_a_subnet_is_not_ready_until_one_is_free() -> None:
    lab = NodeLab(nodes=3, cluster_network="10.128.0.0/21")
    lab.join("node-4")
    lab.run(30)
    node = lab.node("node-4")
    assert status_word(node) == "NotReady"
    assert "network plugin is not ready" in node.status.conditions[-1].message
    lab.delete(NODE, "node-1", namespace="")
    lab.run(61)
    assert status_word(lab.node("node-4")) == "Ready"


def test_a_subnet_that_is_full_leaves_pods_waiting_for_an_address() -> None:
    # Two bits for hosts: four addresses, of which one is a pod's.
    lab = NodeLab(nodes=1, cluster_network="10.128.0.0/24", host_subnet_length=2)
    lab.create(pod_document("one"))
    lab.run(20)
    subnet = lab.get(kinds.HOSTSUBNET, "node-1").subnet
    lab.create(pod_document("two"))
    lab.run(20)
    assert pod_word(lab.pod("two")) == "ContainerCreating"
    assert lab.pod("two").node_name == "node-1"
    (event,) = lab.events("FailedCreatePodSandBox")
    first = subnet.removesuffix("/30").rpartition(".")
    assert event.message.startswith("Failed create pod sandbox: rpc error: code = Unknown desc =")
    assert 'NetworkPlugin cni failed to set up pod "two_demo" network' in event.message
    assert event.message.endswith(
        "failed to run CNI IPAM ADD: no IP addresses available in range set:"
        f" {first[0]}.{int(first[2]) + 1}-{first[0]}.{int(first[2]) + 2}"
    )
    assert event.count == 2
    assert status_word(lab.node("node-1")) == "Ready"
    lab.delete(kinds.POD, "one", grace=0)
    lab.run(30)
    assert lab.pod("two").status.ready


# --- cordon and scheduling -------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["course", "4"])
def test_a_cordoned_node_keeps_its_pods_and_gets_no_more(profile: str) -> None:
    lab = NodeLab(profile=profile)
    lab.serve(2)
    lab.cordon("node-1")
    lab.engine.settle()
    assert status_word(lab.node("node-1")) == "Ready,SchedulingDisabled"
    taints = {(each.key, each.effect) for each in lab.node("node-1").spec.taints}
    assert taints == ({(UNSCHEDULABLE_TAINT, NO_SCHEDULE)} if profile == "4" else set())
    assert lab.messages("NodeNotSchedulable") == ["Node node-1 status is now: NodeNotSchedulable"]
    lab.scale(kinds.REPLICATIONCONTROLLER, "web", 6)
    lab.run(20)
    assert len(lab.on_node("node-1")) == 1
    assert len(lab.on_node("node-2")) == 5
    lab.cordon("node-1", False)
    lab.engine.settle()
    assert lab.node("node-1").spec.taints == ()
    assert lab.messages("NodeSchedulable") == ["Node node-1 status is now: NodeSchedulable"]


def test_the_taints_of_users_stay() -> None:
    lab = NodeLab(profile="4")
    mine = replace(lab.node("master").spec.taints[0], key="mine")
    lab.edit(NODE, "node-1", lambda node: replace(node, spec=replace(node.spec, taints=(mine,))))
    lab.cordon("node-1")
    lab.off("node-1")
    lab.run(50)
    lab.cordon("node-1", False)
    lab.on("node-1")
    lab.run(60)
    assert lab.node("node-1").spec.taints == (mine,)


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        (
            "3.11",
            "0/3 nodes are available: 1 node(s) had taints that the pod didn't tolerate,"
            " 1 node(s) were not ready, 1 node(s) were unschedulable.",
        ),
        (
            "4",
            "0/3 nodes are available:"
            " 1 node(s) had untolerated taint {node-role.kubernetes.io/master: },"
            " 1 node(s) had untolerated taint {node.kubernetes.io/unreachable: },"
            " 1 node(s) were unschedulable."
            " preemption: 0/3 nodes are available:"
            " 3 Preemption is not helpful for scheduling..",
        ),
    ],
)
def test_a_pod_without_a_node_says_why_in_the_words_of_the_generation(
    profile: str, message: str
) -> None:
    lab = NodeLab(profile=profile)
    lab.cordon("node-1")
    lab.off("node-2")
    lab.run(41)
    lab.create(pod_document())
    lab.run(1)
    assert lab.messages("FailedScheduling")[-1] == message
    assert lab.pod().status.unschedulable == message


def test_a_full_node_is_named_so() -> None:
    for profile, words in (
        ("3.11", "1 Insufficient pods, 1 node(s) had taints that the pod didn't tolerate."),
        ("4", "1 No preemption victims found for incoming pod, 1 Preemption is not helpful"),
    ):
        lab = NodeLab(nodes=1, profile=profile, pods_per_node=1)
        lab.create(pod_document("one"))
        lab.run(5)
        lab.create(pod_document("two"))
        lab.run(5)
        assert words in lab.messages("FailedScheduling")[-1]


# --- what is refused -------------------------------------------------------------------------------


def test_the_only_master_stays_where_it_is() -> None:
    lab = NodeLab()
    with pytest.raises(Invalid, match="master is the only master that runs"):
        lab.off("master")
    with pytest.raises(ApiError, match="master is the only master that runs"):
        lab.delete(NODE, "master", namespace="")
    second = ObjectMeta(name="master-2", labels={"node-role.kubernetes.io/master": ""})
    lab.engine.execute([Create(Node(metadata=second))], SYSTEM_ADMIN)
    lab.run(20)
    lab.off("master")
    lab.run(60)
    assert lab.ready_nodes() == ["node-1", "node-2", "master-2"]


def test_a_node_can_be_cut_from_existing_others_only() -> None:
    lab = NodeLab()
    with pytest.raises(Invalid, match='Not found: "node-9"'):
        lab.cut("node-1", "node-9")
    with pytest.raises(Invalid, match="a node is always connected with itself"):
        lab.cut("node-1", "node-1")


@pytest.mark.parametrize(
    ("annotation", "value", "message"),
    [
        ("shiftlab.io/machine", "Sleeping", 'supported values: "Off"'),
        ("shiftlab.io/machine-starts-at", "soon", "must be a time"),
    ],
)
def test_a_machine_is_described_in_known_words(annotation: str, value: str, message: str) -> None:
    lab = NodeLab()
    with pytest.raises(Invalid, match=message):
        lab.edit(
            NODE,
            "node-1",
            lambda node: replace(
                node, metadata=replace(node.metadata, annotations={annotation: value})
            ),
        )


@pytest.mark.parametrize("plugin", ["flannel/vxlan", "OVNKubernetes"])
def test_nodes_come_and_boot_under_plugins_without_host_subnets(plugin: str) -> None:
    lab = NodeLab()
    lab.serve(4)
    lab.edit(kinds.CLUSTERNETWORK, "default", lambda network: replace(network, plugin_name=plugin))
    lab.run(120)
    lab.join("node-3")
    lab.reboot("node-1")
    lab.run(120)
    assert lab.ready_nodes() == ["master", "node-1", "node-2", "node-3"]
    assert len(lab.serving()) == 4
