"""Changing the network plugin of a running cluster: the plan, and what then happens."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from cluster.engine.config import OPENSHIFT_4
from cluster.engine.controllers import all_controllers
from cluster.engine.engine import Engine
from cluster.engine.network.plugins.facts import (
    CONTIV,
    FLANNEL_HOST_GW,
    FLANNEL_UDP,
    FLANNEL_VXLAN,
    NUAGE,
    OVN_KUBERNETES,
    OVS_MULTITENANT,
    OVS_NETWORKPOLICY,
    OVS_SUBNET,
    PLUGINS,
)
from cluster.engine.network.plugins.switching import SwitchPlan, plan_switch
from cluster.engine.network.view import NetworkView
from cluster.engine.store import Store
from cluster.objects import kinds
from cluster.objects.clusternetwork import SWITCHING_FROM, ClusterNetwork
from cluster.objects.endpoints import Endpoints
from cluster.objects.errors import Invalid
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.meta import Key
from cluster.objects.node import Node, pod_cidr
from cluster.objects.pod import Pod, restarts
from cluster.scenarios.manifests import service
from tests.unit.engine.lab import NAMESPACE, Lab, controller_document

OTHER_FAMILIES = (FLANNEL_HOST_GW, CONTIV, NUAGE, OVN_KUBERNETES)
DONE = 60.0


def crowded(replicas: int = 8, **config: Any) -> Lab:
    lab = Lab(nodes=3, **config)
    served = service(NAMESPACE, "web", "web")
    served["spec"]["selector"] = {"app": "web"}
    lab.create(controller_document("web", replicas), served)
    lab.run(DONE)
    assert all(pod.status.ready for pod in lab.pods())
    return lab


def give(lab: Lab, plugin: str) -> None:
    lab.edit(
        kinds.CLUSTERNETWORK, "default", lambda each: dataclasses.replace(each, plugin_name=plugin)
    )


def planned(lab: Lab, plugin: str) -> SwitchPlan:
    state = lab.engine.cluster.addresses.lease_state
    return plan_switch(lab.engine.store, lab.engine.config, plugin, lease_state=state)


def held(lab: Lab) -> dict[Key, str]:
    return {pod.metadata.key: pod.status.pod_ip for pod in lab.pods()}


def network(lab: Lab) -> ClusterNetwork:
    found: ClusterNetwork = lab.get(kinds.CLUSTERNETWORK, "default", "")
    return found


@pytest.mark.parametrize("plugin", OTHER_FAMILIES)
def test_a_plan_names_the_addresses_that_pods_then_get(plugin: str) -> None:
    lab = crowded()
    plan = planned(lab, plugin)
    before = held(lab)
    assert not plan.keeps_addresses
    assert plan.restarted == 8
    give(lab, plugin)
    lab.run(DONE)
    after = held(lab)
    for move in plan.moves:
        assert before[move.pod] == move.before
        assert after[move.pod] == move.after
    assert plan.moved == sum(before[key] != after[key] for key in before)
    subnets = {node.metadata.name: pod_cidr(node) for node in lab.engine.store.list(Node)}
    for each in plan.subnet_moves:
        assert subnets[each.node] == each.after


@pytest.mark.parametrize("plugin", OTHER_FAMILIES)
def test_another_family_gives_every_pod_a_new_sandbox(plugin: str) -> None:
    lab = crowded()
    give(lab, plugin)
    lab.run(DONE)
    pods = lab.pods()
    assert all(pod.status.ready for pod in pods)
    assert [restarts(pod) for pod in pods] == [1] * 8
    assert len(set(held(lab).values())) == 8
    assert SWITCHING_FROM not in network(lab).metadata.annotations
    lost = "The pod's network interface has been lost and the pod will be stopped."
    assert set(lab.messages("NetworkFailed")) == {lost}
    again = "Pod sandbox changed, it will be killed and re-created."
    assert lab.messages("SandboxChanged") == [again] * 8
    endpoints = lab.engine.store.get(Endpoints, NAMESPACE, "web")
    assert endpoints is not None
    shown = {each.ip for subset in endpoints.subsets for each in subset.addresses}
    assert shown == set(held(lab).values())
    view = NetworkView(lab.engine.store, lab.engine.config)
    for pod in pods:
        site = view.pod_at(pod.status.pod_ip)
        assert site is not None
        assert site.key == pod.metadata.key


def test_hostsubnets_go_with_the_sdn_and_come_back_with_it() -> None:
    lab = crowded()
    assert lab.engine.store.count(HostSubnet) == 4
    plan = planned(lab, FLANNEL_VXLAN)
    assert (plan.hostsubnets_removed, plan.hostsubnets_created) == (4, 0)
    give(lab, FLANNEL_VXLAN)
    lab.run(DONE)
    assert lab.engine.store.count(HostSubnet) == 0
    [node, *_] = lab.engine.store.list(Node)
    assert node.metadata.annotations["flannel.alpha.coreos.com/backend-type"] == "vxlan"
    assert node.metadata.annotations["flannel.alpha.coreos.com/public-ip"] == "192.168.122.11"
    assert planned(lab, OVS_SUBNET).hostsubnets_created == 4
    give(lab, OVS_SUBNET)
    lab.run(DONE)
    subnets = {each.host: each.subnet for each in lab.engine.store.list(HostSubnet)}
    assert subnets["master"] == "10.128.0.0/23"
    assert subnets["node-1"] == "10.129.0.0/23"
    for node in lab.engine.store.list(Node):
        assert not pod_cidr(node)
        assert not [name for name in node.metadata.annotations if "flannel" in name]


@pytest.mark.parametrize(
    ("before", "after"), [(OVS_SUBNET, OVS_MULTITENANT), (FLANNEL_HOST_GW, FLANNEL_UDP)]
)
def test_within_a_family_pods_keep_their_addresses(before: str, after: str) -> None:
    lab = crowded(plugin=before)
    addresses = held(lab)
    plan = planned(lab, after)
    assert plan.keeps_addresses
    assert (plan.kept, plan.moved, plan.restarted) == (8, 0, 0)
    started = len(lab.messages("Starting"))
    give(lab, after)
    lab.run(DONE)
    assert held(lab) == addresses
    assert [restarts(pod) for pod in lab.pods()] == [0] * 8
    assert sum(each.count for each in lab.events("Starting")) >= started + 4
    assert network(lab).mtu == PLUGINS[after].mtu


def test_switching_back_at_once_leaves_a_working_network() -> None:
    lab = crowded()
    give(lab, OVN_KUBERNETES)
    lab.run(1.0)
    give(lab, OVS_SUBNET)
    lab.run(DONE)
    assert all(pod.status.ready for pod in lab.pods())
    assert lab.engine.store.count(HostSubnet) == 4
    assert SWITCHING_FROM not in network(lab).metadata.annotations


def test_while_the_old_network_goes_no_pod_gets_an_address() -> None:
    lab = crowded()
    give(lab, CONTIV)
    lab.run(4.0)
    assert SWITCHING_FROM in network(lab).metadata.annotations
    lab.create(controller_document("late", 1))
    lab.run(1.0)
    late = next(pod for pod in lab.pods() if pod.metadata.name.startswith("late"))
    assert not late.status.pod_ip
    lab.run(DONE)
    assert len(set(held(lab).values())) == 9


def test_an_unknown_plugin_is_refused_by_name() -> None:
    lab = Lab()
    with pytest.raises(Invalid, match=r'pluginName: Unsupported value: "calico"'):
        give(lab, "calico")
    assert network(lab).plugin_name == OVS_SUBNET


def test_a_plugin_that_cannot_cut_the_network_is_refused_with_its_reason() -> None:
    lab = Lab(nodes=1, cluster_network="10.1.0.0/23", host_subnet_length=8)
    text = "network must be able to accommodate at least four subnets"
    with pytest.raises(Invalid, match=text):
        give(lab, FLANNEL_VXLAN)


def test_a_switch_that_was_cut_short_by_a_crash_is_finished_after_it() -> None:
    lab = crowded()
    give(lab, OVN_KUBERNETES)
    lab.run(2.0)
    assert SWITCHING_FROM in network(lab).metadata.annotations
    saved = json.loads(json.dumps(lab.engine.state()))
    again = recovered(lab.engine, saved)
    again.step(again.now + DONE)
    pods = again.store.list(Pod, NAMESPACE)
    assert all(pod.status.ready for pod in pods)
    assert len({pod.status.pod_ip for pod in pods}) == 8
    assert again.store.count(HostSubnet) == 0


def recovered(engine: Engine, saved: dict[str, Any]) -> Engine:
    again = Engine(
        engine.config,
        all_controllers(engine.config),
        store=Store(engine.store.version),
        now=saved["now"],
    )
    objects = [each for kind in kinds.STORED for each in engine.store.list(kind.cls)]
    again.recover(objects, saved)
    return again


@pytest.mark.parametrize("plugin", list(PLUGINS))
def test_recovery_goes_on_with_the_next_address(plugin: str) -> None:
    lab = crowded(plugin=plugin)
    lab.delete(kinds.POD, lab.pods()[0].metadata.name, grace=0)
    saved = json.loads(json.dumps(lab.engine.state()))
    again = recovered(lab.engine, saved)
    lab.run(DONE)
    again.step(again.now + DONE)
    ours = sorted(held(lab).values())
    assert sorted(pod.status.pod_ip for pod in again.store.list(Pod, NAMESPACE)) == ours


def test_profile_4_runs_ovn_kubernetes() -> None:
    lab = crowded(profile=OPENSHIFT_4)
    assert lab.engine.store.count(HostSubnet) == 0
    node = lab.get(kinds.NODE, "node-1")
    assert pod_cidr(node) == "10.129.0.0/23"
    assert node.metadata.annotations["k8s.ovn.org/node-subnets"] == '{"default":["10.129.0.0/23"]}'
    first = sorted(pod.status.pod_ip for pod in lab.pods() if pod.node_name == "node-1")[0]
    assert first == "10.129.0.3"
    pod = next(pod for pod in lab.pods() if pod.status.pod_ip == first)
    written = json.loads(pod.metadata.annotations["k8s.ovn.org/pod-networks"])["default"]
    assert written["ip_addresses"] == ["10.129.0.3/23"]
    assert written["mac_address"] == "0a:58:0a:81:00:03"
    assert written["gateway_ips"] == ["10.129.0.1"]


def test_a_pod_on_the_hosts_network_has_its_nodes_address_and_takes_none() -> None:
    lab = crowded(1)
    document = controller_document("agent", 1)
    document["spec"]["template"]["spec"]["hostNetwork"] = True
    lab.create(document)
    lab.run(DONE)
    agent = next(pod for pod in lab.pods() if pod.metadata.name.startswith("agent"))
    assert agent.status.pod_ip == agent.status.host_ip
    give(lab, CONTIV)
    lab.run(DONE)
    agent = lab.pod(agent.metadata.name)
    assert agent.status.pod_ip == agent.status.host_ip
    assert restarts(agent) == 0


def test_a_plan_tells_which_projects_and_policies_are_concerned() -> None:
    lab = crowded()
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "deny-by-default", "namespace": NAMESPACE},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": []},
    }
    lab.create(policy)
    plan = planned(lab, OVS_NETWORKPOLICY)
    assert [each.key.name for each in plan.policies_starting] == ["deny-by-default"]
    assert plan.projects_isolated == (NAMESPACE,)
    plan = planned(lab, OVS_MULTITENANT)
    assert NAMESPACE in plan.projects_isolated
    assert "default" not in plan.projects_isolated
    assert plan.netnamespaces_created == len(lab.engine.store.list(kinds.NAMESPACE.cls))
    changed = {each.title: (each.before, each.after) for each in plan.properties}
    assert changed["MTU of pods"] == ("1450", "1450")
    plan = planned(lab, OVN_KUBERNETES)
    changed = {each.title: (each.before, each.after) for each in plan.properties}
    assert changed["Source seen through a service"] == (
        "tun0 of the caller's node",
        "the calling pod",
    )


def test_a_node_for_which_no_lease_is_left_is_told_before_and_stays_without_network() -> None:
    lab = Lab(nodes=3, cluster_network="10.1.0.0/24", host_subnet_length=6)
    lab.create(controller_document("web", 9))
    lab.run(DONE)
    plan = planned(lab, FLANNEL_HOST_GW)
    assert plan.nodes_without_subnet == 1
    assert plan.homeless == 3
    give(lab, FLANNEL_HOST_GW)
    lab.run(DONE)
    assert sum(not address for address in held(lab).values()) == 3
    assert lab.messages("FailedToAllocateSubnet") == ["failed to acquire lease: out of subnets"]
