"""The network view: nodes, pods and services found by name and by address."""

from __future__ import annotations

import dataclasses
import ipaddress

import pytest

from cluster.engine.engine import Engine
from cluster.engine.network.plugins.facts import OVS_SUBNET, PLUGINS
from cluster.engine.network.view import NetworkView
from cluster.objects.meta import Key
from cluster.objects.node import CUT_FROM, MACHINE, OFF, Node
from cluster.objects.pod import Pod
from cluster.objects.service import Service
from tests.running_cluster import SETTLED, demo_engine


@pytest.fixture
def engine() -> Engine:
    engine = demo_engine()
    engine.step(engine.now + SETTLED)
    return engine


def annotate(engine: Engine, name: str, given: dict[str, str]) -> None:
    node = engine.store.get(Node, "", name)
    assert node is not None

    metadata = dataclasses.replace(
        node.metadata, annotations={**node.metadata.annotations, **given}
    )
    engine.cluster.update(dataclasses.replace(node, metadata=metadata))


def view(engine: Engine) -> NetworkView:
    return NetworkView(engine.store, engine.config)


def test_every_pod_is_found_by_its_address_on_its_node(engine: Engine) -> None:
    seen = view(engine)
    assert seen.plugin is PLUGINS[OVS_SUBNET]
    pods = engine.store.list(Pod, "demo")
    assert len(pods) == 4
    for pod in pods:
        site = seen.pod_at(pod.status.pod_ip)
        assert site is not None
        assert (site.key, site.node) == (pod.metadata.key, pod.node_name)
        assert site.mac.startswith("0a:58:0a:")


def test_pods_of_a_node_have_ports_of_their_own_after_the_bridges(engine: Engine) -> None:
    seen = view(engine)
    for node in seen.nodes():
        assert node.subnet is not None
        ports = [seen.port_of(site) for site in seen.pods_on(node.name)]
        assert len(set(ports)) == len(ports)
        assert all(port >= 3 for port in ports)
        first = next(node.subnet.hosts())
        assert node.gateway == str(first)


def test_nobody_holds_an_address_outside_the_cluster(engine: Engine) -> None:
    seen = view(engine)
    assert seen.pod_at("203.0.113.9") is None
    assert seen.pod_at("no address") is None
    assert not seen.is_cluster_address("203.0.113.9")
    assert seen.is_cluster_address("10.131.255.254")


def test_services_are_found_by_cluster_ip_and_nodes_by_internal_ip(engine: Engine) -> None:
    seen = view(engine)
    for service in engine.store.list(Service):
        assert seen.service_at(service.spec.cluster_ip) is service
        assert seen.is_service_address(service.spec.cluster_ip)
    for node in seen.nodes():
        assert seen.node_at(node.ip) == node


def test_a_machine_without_power_and_a_cut_network_break_links(engine: Engine) -> None:
    one, other, third = (node.name for node in view(engine).nodes()[:3])
    assert view(engine).are_linked(one, other)
    annotate(engine, one, {CUT_FROM: other})
    seen = view(engine)
    assert not seen.are_linked(one, other)
    assert not seen.are_linked(other, one)
    assert seen.are_linked(other, third)
    annotate(engine, third, {MACHINE: OFF})
    assert not view(engine).are_linked(other, third)


def test_without_netnamespaces_every_project_is_on_network_zero(engine: Engine) -> None:
    assert view(engine).vnid("demo") == 0


def test_an_unknown_pod_has_no_place(engine: Engine) -> None:
    assert view(engine).pod(Key("demo", "nobody")) is None
    assert ipaddress.IPv4Network("10.128.0.0/14") in view(engine).cluster_networks
