"""Virtual networks of projects: given, joined, isolated, made global, taken back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cluster.engine.access import SYSTEM_ADMIN
from cluster.engine.assembly import build_engine
from cluster.engine.commands import Create, Delete, Replace
from cluster.engine.engine import Engine
from cluster.engine.network.network_change import MalformedChangeError, parse_change
from cluster.engine.network.plugins.facts import OVS_MULTITENANT, OVS_NETWORKPOLICY, OVS_SUBNET
from cluster.objects import kinds
from cluster.objects.clusternetwork import ClusterNetwork
from cluster.objects.errors import ApiError
from cluster.objects.meta import Key, ObjectMeta
from cluster.objects.namespace import Project
from cluster.objects.netnamespace import CHANGE_NETWORK, NetNamespace
from cluster.scenarios.boot import cluster_network
from tests.builders import a_config


def run_with(plugin: str, *projects: str) -> Engine:
    engine = build_engine(a_config())
    network = replace(cluster_network(engine.config), plugin_name=plugin)
    engine.cluster.create(network, intent=True)
    for name in ("default", *projects):
        project = Project(metadata=ObjectMeta(name=name))
        engine.execute([Create(project)], SYSTEM_ADMIN)
    engine.settle()
    return engine


def netids(engine: Engine) -> dict[str, int]:
    return {each.netname: each.netid for each in engine.store.list(NetNamespace)}


def ask(engine: Engine, project: str, change: str) -> None:
    held = engine.store.get(NetNamespace, "", project)
    assert held is not None
    metadata = replace(held.metadata, annotations={CHANGE_NETWORK: change})
    engine.execute([Replace(replace(held, metadata=metadata))], SYSTEM_ADMIN)
    engine.settle()


@pytest.mark.parametrize("plugin", [OVS_MULTITENANT, OVS_NETWORKPOLICY])
def test_every_project_gets_a_vnid_of_its_own_and_default_gets_0(plugin: str) -> None:
    given = netids(run_with(plugin, "alpha", "bravo"))
    assert given["default"] == 0
    assert len({given["alpha"], given["bravo"], 0}) == 3
    assert all(10 <= given[name] < 1 << 24 for name in ("alpha", "bravo"))


def test_ovs_subnet_knows_no_netnamespaces() -> None:
    assert netids(run_with(OVS_SUBNET, "alpha")) == {}


def test_the_upstream_story_of_joining_and_isolating() -> None:
    engine = run_with(OVS_MULTITENANT, "alpha", "bravo", "charlie")

    def in_use() -> int:
        return len(set(netids(engine).values()) - {0})

    assert in_use() == 3
    ask(engine, "alpha", "join:bravo")
    assert in_use() == 2
    assert netids(engine)["alpha"] == netids(engine)["bravo"]
    ask(engine, "alpha", "global")
    ask(engine, "charlie", "global")
    assert in_use() == 1
    ask(engine, "alpha", "isolate")
    alone = netids(engine)
    ask(engine, "bravo", "isolate")
    assert in_use() == 2
    assert netids(engine) == alone


def test_the_master_takes_the_request_away_once_it_is_carried_out() -> None:
    engine = run_with(OVS_MULTITENANT, "alpha", "bravo")
    ask(engine, "alpha", "join:bravo")
    held = engine.store.get(NetNamespace, "", "alpha")
    assert held is not None
    assert CHANGE_NETWORK not in held.metadata.annotations


@pytest.mark.parametrize(
    ("project", "change", "error"),
    [
        ("alpha", "join:nobody", 'netid not found for namespace "nobody"'),
        ("default", "isolate", 'network isolation for project "default" is forbidden'),
        ("alpha", "divorce", "invalid change pod network annotation value: 'divorce'"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    project: str, change: str, error: str
) -> None:
    engine = run_with(OVS_MULTITENANT, "alpha")
    before = netids(engine)
    with pytest.raises(ApiError) as refused:
        ask(engine, project, change)
    assert error in str(refused.value)
    assert netids(engine) == before


def test_only_multitenant_manages_pod_networks() -> None:
    engine = run_with(OVS_NETWORKPOLICY, "alpha")
    with pytest.raises(ApiError) as refused:
        ask(engine, "alpha", "global")
    assert (
        f'using plugin: "{OVS_NETWORKPOLICY}", managing pod network is only supported for'
        " openshift multitenant network plugin"
    ) in str(refused.value)


def test_a_project_that_goes_gives_its_vnid_back() -> None:
    engine = run_with(OVS_MULTITENANT, "alpha", "bravo")
    engine.execute([Delete(kinds.PROJECT, Key("", "alpha"))], SYSTEM_ADMIN)
    engine.step(engine.now + 60)
    assert sorted(netids(engine)) == ["bravo", "default"]


def test_switching_the_plugin_makes_and_removes_them() -> None:
    engine = run_with(OVS_SUBNET, "alpha", "bravo")

    def switch(plugin: str) -> None:
        network = engine.store.get(ClusterNetwork, "", "default")
        assert network is not None
        engine.cluster.update(replace(network, plugin_name=plugin), intent=True)
        engine.settle()

    switch(OVS_MULTITENANT)
    assert sorted(netids(engine)) == ["alpha", "bravo", "default"]
    switch(OVS_SUBNET)
    assert netids(engine) == {}


def test_a_recovered_master_goes_on_with_the_same_vnids() -> None:
    first = run_with(OVS_MULTITENANT, "alpha", "bravo")
    second = build_engine(first.config)
    kept = [obj for kind in kinds.STORED for obj in first.store.list(kind.cls)]
    second.recover(kept, first.state())
    for engine in (first, second):
        engine.execute([Create(Project(metadata=ObjectMeta(name="charlie")))], SYSTEM_ADMIN)
        engine.settle()
    assert {name: netid for name, netid in netids(second).items() if name != "charlie"} == {
        name: netid for name, netid in netids(first).items() if name != "charlie"
    }
    assert len(set(netids(second).values())) == 4


@pytest.mark.parametrize("text", ["", "join", "join:", "join:a:b", "global:x", "isolated"])
def test_nonsense_is_malformed(text: str) -> None:
    with pytest.raises(MalformedChangeError):
        parse_change(text)
