"""Namespaces that go, owners that go, nodes that come and go, and the first boot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cluster.engine.assembly import build_engine
from cluster.engine.config import EngineConfig
from cluster.objects import kinds
from cluster.objects.endpoints import Endpoints
from cluster.objects.event import Event
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.node import NodeAddress, roles
from cluster.objects.pod import Pod, status_word
from cluster.objects.rolebinding import RoleBinding
from cluster.objects.route import status_word as route_word
from cluster.objects.service import Service
from cluster.scenarios import SCENARIOS, first_boot
from cluster.scenarios.boot import node
from tests.unit.engine.lab import EPOCH, NAMESPACE, Lab, config_document, pod_document


def subnets(lab: Lab) -> dict[str, str]:
    return {each.host: each.subnet for each in lab.engine.store.list(HostSubnet)}


def test_a_deleted_project_takes_its_content_along_and_then_goes() -> None:
    lab = Lab()
    lab.create(config_document())
    lab.run(20)
    lab.delete(kinds.PROJECT, NAMESPACE, namespace="")
    lab.run(10)
    assert lab.get(kinds.NAMESPACE, NAMESPACE).status.phase == "Terminating"
    assert lab.words() == ["Terminating", "Terminating"]
    lab.run(21)
    assert lab.get(kinds.NAMESPACE, NAMESPACE) is None
    left = [
        obj
        for kind in kinds.STORED
        if kind.namespaced
        for obj in lab.engine.store.list(kind.cls, NAMESPACE)
    ]
    assert left == []


def test_an_empty_project_goes_at_once() -> None:
    lab = Lab()
    lab.delete(kinds.PROJECT, NAMESPACE, namespace="")
    lab.engine.settle()
    assert lab.get(kinds.NAMESPACE, NAMESPACE) is None
    assert lab.engine.store.list(RoleBinding, NAMESPACE) == []


def test_nodes_get_their_subnets_in_the_real_order() -> None:
    assert subnets(Lab(nodes=4)) == {
        "master": "10.128.0.0/23",
        "node-1": "10.129.0.0/23",
        "node-2": "10.130.0.0/23",
        "node-3": "10.131.0.0/23",
        "node-4": "10.128.2.0/23",
    }


def test_a_deleted_node_gives_its_subnet_back_and_loses_its_pods() -> None:
    lab = Lab(nodes=2)
    lab.create(pod_document())
    lab.run(10)
    lab.delete(kinds.NODE, "node-1", namespace="")
    lab.engine.settle()
    assert set(subnets(lab)) == {"master", "node-2"}
    assert lab.pods() == []
    lab.engine.cluster.create(node(lab.engine.config, 3))
    lab.engine.settle()
    assert subnets(lab)["node-3"] == "10.131.0.0/23"


def test_a_node_that_moves_keeps_its_subnet() -> None:
    lab = Lab(nodes=1)
    held = lab.get(kinds.NODE, "node-1")
    addresses = (NodeAddress(type="InternalIP", address="192.168.122.99"),)
    lab.engine.cluster.update(replace(held, status=replace(held.status, addresses=addresses)))
    lab.engine.settle()
    subnet = lab.get(kinds.HOSTSUBNET, "node-1")
    assert (subnet.host_ip, subnet.subnet) == ("192.168.122.99", "10.129.0.0/23")
    uid = subnet.metadata.annotations["pod.network.openshift.io/node-uid"]
    assert uid == held.metadata.uid


def test_a_node_beyond_the_last_subnet_waits_for_one() -> None:
    lab = Lab(nodes=3, cluster_network="10.128.0.0/21")
    lab.engine.cluster.create(node(lab.engine.config, 4))
    lab.engine.settle()
    assert "node-4" not in subnets(lab)
    assert lab.messages("FailedToAllocateSubnet") == [
        "error allocating network for node node-4: no subnets available."
    ]
    lab.delete(kinds.NODE, "node-1", namespace="")
    lab.run(61)
    assert subnets(lab)["node-4"] == "10.128.2.0/23"


def test_the_first_boot_makes_a_cluster_that_lives() -> None:
    engine = build_engine(EngineConfig(epoch=EPOCH))
    first_boot(engine)
    nodes = {each.metadata.name: roles(each) for each in engine.store.list(kinds.NODE.cls)}
    assert nodes == {"master": "master", "node-1": "worker", "node-2": "worker"}
    kubernetes = engine.store.get(Service, "default", "kubernetes")
    assert kubernetes is not None
    assert kubernetes.spec.cluster_ip == "172.30.0.1"
    master = engine.store.get(Endpoints, "default", "kubernetes")
    assert master is not None
    assert master.subsets[0].addresses[0].ip == "192.168.122.11"
    pods = engine.store.list(Pod, "demo")
    assert [status_word(pod) for pod in pods] == ["Running"] * 4
    assert all(pod.status.ready for pod in pods)
    (route,) = engine.store.list(kinds.ROUTE.cls, "demo")
    assert [(each.name, each.weight) for each in route.spec.backends] == [
        ("simple-webapp-docker", 80),
        ("simple-webapp-docker-green", 20),
    ]
    assert route_word(route) == "Accepted"
    (binding,) = engine.store.list(RoleBinding, "demo")
    assert (binding.role_ref.name, binding.subjects[0].name) == ("admin", "developer")


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_boots(name: str) -> None:
    engine = build_engine(EngineConfig(epoch=EPOCH))
    first_boot(engine, nodes=3, scenario=name)
    engine.step(engine.now + 1)
    warnings = [each for each in engine.store.list(Event) if each.type == "Warning"]
    assert warnings == []


def test_an_unknown_scenario_or_too_many_nodes_change_nothing() -> None:
    engine = build_engine(EngineConfig(epoch=EPOCH))
    with pytest.raises(ValueError, match="scenario: 'nonsense' is not one of demo, empty, big"):
        first_boot(engine, scenario="nonsense")
    with pytest.raises(ValueError, match="nodes: 512 is not between 0 and 511"):
        first_boot(engine, nodes=512)
    assert engine.store.version == 0
