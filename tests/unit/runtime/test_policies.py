"""What the console asks about policies: affected pods, and what saving one would change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from cluster.engine.engine import Engine
from cluster.objects.clusternetwork import ClusterNetwork
from cluster.objects.networkpolicy import NetworkPolicy
from cluster.runtime.network import NetworkPort
from tests.policy_cluster import policy
from tests.running_cluster import SETTLED, demo_engine

DENY = policy("demo", "deny", {"podSelector": {}, "ingress": []})
NO_WAY_OUT = policy("demo", "no-way-out", {"podSelector": {}, "policyTypes": ["Egress"]})


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = demo_engine()
    engine.step(engine.now + SETTLED)
    for each in engine.store.list(NetworkPolicy):
        engine.cluster.remove(each)
    yield engine


def port_of(engine: Engine, plugin: str) -> NetworkPort:
    network = engine.store.get(ClusterNetwork, "", "default")
    assert network is not None
    engine.cluster.update(replace(network, plugin_name=plugin))
    return NetworkPort(engine.store, engine.config)


def test_saving_deny_all_would_close_every_way_in(engine: Engine) -> None:
    port = port_of(engine, "OVNKubernetes")
    effect = port.policy_effect("demo", DENY, outside=["203.0.113.9"])
    count = len(effect.pods)
    assert count == 4
    assert effect.into_before.shape == (count + 1, count)
    assert effect.into_before.all()
    assert effect.into_after.sum() == count  # each pod reaches itself
    assert effect.out_of_after.all()
    assert effect.changes == count * count
    assert port.enforces_policies


def test_taking_a_policy_away_is_an_effect_too(engine: Engine) -> None:
    port = port_of(engine, "OVNKubernetes")
    engine.cluster.create(DENY)
    effect = port.policy_effect("demo", None, DENY.metadata.key)
    assert not effect.into_before.all()
    assert effect.into_after.all()


def test_egress_is_judged_towards_other_projects_and_outside(engine: Engine) -> None:
    port = port_of(engine, "OVNKubernetes")
    effect = port.policy_effect("demo", NO_WAY_OUT, outside=["203.0.113.9", "8.8.8.8"])
    assert effect.out_of_before.shape == (4, 2)
    assert not effect.out_of_after.any()


def test_where_nothing_is_enforced_openshift_sdns_reading_is_shown(engine: Engine) -> None:
    port = port_of(engine, "redhat/openshift-ovs-subnet")
    assert not port.enforces_policies
    assert port.policy_effect("demo", DENY).semantics == "3.11"
    assert port.count_affected(DENY) == 4
    assert port.count_affected(NO_WAY_OUT) == 0
    assert [site.key for site in port.affected_pods(DENY)] == sorted(
        site.key for site in port.selected_pods(NO_WAY_OUT)
    )


def test_the_index_lives_until_the_next_commit_and_hands_on_what_it_compiled(
    engine: Engine,
) -> None:
    port = port_of(engine, "OVNKubernetes")
    stored = engine.cluster.create(DENY)
    first = port.policies()
    compiled = first.policies("demo")[0]
    assert port.policies() is first
    engine.cluster.create(NO_WAY_OUT)
    second = port.policies()
    assert second is not first
    assert compiled.policy is stored
    assert second.policies("demo")[0] is compiled
