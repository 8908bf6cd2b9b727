"""Who reaches whom: by plugin, by broken links, pair by pair and summed up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cluster.engine.assembly import build_engine
from cluster.engine.engine import Engine
from cluster.engine.network.plugins.facts import (
    NUAGE,
    OVN_KUBERNETES,
    OVS_MULTITENANT,
    OVS_NETWORKPOLICY,
    OVS_SUBNET,
    PLUGINS,
)
from cluster.engine.network.reachability import Reachability
from cluster.engine.network.view import NetworkView, PodSite
from cluster.objects.meta import ObjectMeta
from cluster.objects.netnamespace import NetNamespace
from cluster.objects.networkpolicy import NetworkPolicy, NetworkPolicySpec
from cluster.objects.node import CUT_FROM, MACHINE, OFF, Node
from cluster.scenarios.boot import cluster_network, node
from tests.builders import a_config, a_namespace, a_pod

VNIDS = {"default": 0, "alpha": 4_000_001, "bravo": 4_000_002, "charlie": 4_000_001}


def network(plugin: str) -> Engine:
    """Two pods a project on two nodes; `charlie` has joined `alpha`."""
    engine = build_engine(a_config())
    store = engine.cluster.store
    store.put(replace(cluster_network(engine.config), plugin_name=plugin))
    for number in range(2):
        store.put(node(engine.config, number))
    names = [each.name for each in NetworkView(store, engine.config).nodes()]
    for place, (project, netid) in enumerate(VNIDS.items()):
        store.put(a_namespace(project))
        meta = ObjectMeta(name=project)
        store.put(NetNamespace(metadata=meta, netname=project, netid=netid))
        for number in range(2):
            ip = f"10.{128 + number}.0.{10 + place}"
            pod = a_pod(f"p{number}", ip=ip, node=names[number])
            store.put(replace(pod, metadata=replace(pod.metadata, namespace=project)))
    return engine


def everything(engine: Engine) -> tuple[Reachability, list[PodSite]]:
    view = NetworkView(engine.store, engine.config)
    pods = [site for each in view.nodes() for site in view.pods_on(each.name)]
    return Reachability(view), pods


def words(engine: Engine) -> dict[tuple[str, str], str]:
    reach, pods = everything(engine)
    matrix = reach.grouped(pods, lambda site: site.namespace, 8080)
    return {
        (str(source), str(destination)): matrix.cells[row][column].word
        for row, source in enumerate(matrix.groups)
        for column, destination in enumerate(matrix.groups)
    }


@pytest.mark.parametrize("plugin", list(PLUGINS))
def test_the_matrix_says_what_the_pairs_say(plugin: str) -> None:
    reach, pods = everything(network(plugin))
    pairs = [[reach.between(one, other, 8080).allowed for other in pods] for one in pods]
    assert np.array_equal(reach.matrix(pods, 8080), np.array(pairs))


def test_ovs_subnet_keeps_nobody_apart() -> None:
    assert set(words(network(OVS_SUBNET)).values()) == {"all"}


def test_multitenant_keeps_projects_apart_unless_they_share_a_network_or_one_is_global() -> None:
    seen = words(network(OVS_MULTITENANT))
    apart = {pair for pair, word in seen.items() if word == "none"}
    assert apart == {
        ("alpha", "bravo"),
        ("bravo", "alpha"),
        ("charlie", "bravo"),
        ("bravo", "charlie"),
    }


def test_nuage_keeps_all_zones_apart_but_the_privileged_one() -> None:
    seen = words(network(NUAGE))
    assert seen["alpha", "charlie"] == "none"
    assert seen["default", "bravo"] == seen["bravo", "default"] == "all"


def test_a_cut_between_nodes_lets_only_neighbours_talk() -> None:
    engine = network(OVS_SUBNET)
    one, other = NetworkView(engine.store, engine.config).nodes()
    held = engine.store.get(Node, "", one.name)
    assert held is not None
    cut = replace(held.metadata, annotations={CUT_FROM: other.name})
    engine.cluster.store.put(replace(held, metadata=cut))
    assert words(engine)["alpha", "bravo"] == "some"
    reach, pods = everything(engine)
    refused = reach.between(pods[0], pods[-1], 8080)
    assert (refused.allowed, refused.reason) == (False, "no-link")
    off = replace(held.metadata, annotations={MACHINE: OFF})
    engine.cluster.store.put(replace(held, metadata=off))
    reach, pods = everything(engine)
    assert reach.between(pods[0], pods[-1], 8080).reason == "machine-off"


def test_a_refusal_names_both_networks() -> None:
    reach, pods = everything(network(OVS_MULTITENANT))
    alpha = next(pod for pod in pods if pod.namespace == "alpha")
    bravo = next(pod for pod in pods if pod.namespace == "bravo")
    said = reach.between(alpha, bravo, 8080).said
    assert "alpha is on the virtual network 4000001" in said
    assert "bravo on 4000002" in said


@pytest.mark.parametrize("plugin", [OVS_NETWORKPOLICY, OVN_KUBERNETES, NUAGE])
def test_a_policy_that_denies_all_empties_its_column(plugin: str) -> None:
    engine = network(plugin)
    spec = NetworkPolicySpec(policy_types=("Ingress",))
    metadata = ObjectMeta(name="deny-by-default", namespace="bravo")
    engine.cluster.store.put(NetworkPolicy(metadata=metadata, spec=spec))
    seen = words(engine)
    assert seen["default", "bravo"] == seen["bravo", "bravo"] == "none"
    assert seen["bravo", "default"] == "all"
    reach, pods = everything(engine)
    assert np.array_equal(
        reach.matrix(pods, 8080),
        np.array([[reach.between(a, b, 8080).allowed for b in pods] for a in pods]),
    )


def test_ovs_subnet_accepts_policies_without_effect() -> None:
    engine = network(OVS_SUBNET)
    spec = NetworkPolicySpec(policy_types=("Ingress",))
    metadata = ObjectMeta(name="deny-by-default", namespace="bravo")
    engine.cluster.store.put(NetworkPolicy(metadata=metadata, spec=spec))
    assert set(words(engine).values()) == {"all"}
