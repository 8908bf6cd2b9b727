"""For any small cluster under any plugin: calls fare as the packets' walks and the matrix say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from cluster.engine.network.dns import resolver_for
from cluster.engine.network.kube_proxy import targets
from cluster.engine.network.reachability import Reachability
from cluster.engine.network.walk.dispatch import walk
from cluster.engine.network.walk.model import DELIVERED, REFUSED, Connection, OfPod, ToAddress
from cluster.engine.traffic.calls import NO_ROUTE, OK, TIMEOUT
from cluster.engine.traffic.calls import REFUSED as CALL_REFUSED
from cluster.engine.traffic.calls.attempt import Attempts
from cluster.objects.meta import Key
from cluster.objects.service import Service
from cluster.objects.validation.calls import call_targets
from tests.network_cluster import NetworkCluster
from tests.property.test_walks import SERVICE, clusters, sites


def made(cluster: NetworkCluster) -> Attempts:
    resolver = resolver_for(cluster.config.profile.name, cluster.store)
    return Attempts(cluster.view, resolver)


def kinds_of(attempts: Attempts, pod: Key, target: str) -> dict[str, str]:
    """The class of the outcome on each way."""
    dialling = attempts.dialling(pod, call_targets(target)[0])
    assert dialling is not None
    assert dialling.failure is None, dialling.failure
    found = [attempts.attempt(pod, dialling, way) for way in dialling.ways]
    return {each.way.place: each.outcome.kind for each in found if each.way is not None}


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(clusters())
def test_a_call_to_a_service_fares_as_the_walk_to_each_endpoint(cluster: NetworkCluster) -> None:
    attempts = made(cluster)
    service = cluster.store.get(Service, *SERVICE)
    assert service is not None
    places = [str(each) for each in targets(cluster.view, service, service.spec.ports[0])]
    expected = {DELIVERED: OK, REFUSED: CALL_REFUSED}
    for site in sites(cluster.view):
        found = kinds_of(attempts, site.key, "tcp://web.shop:80")
        assert list(found) == (places or ["172.30.1.1"])
        for place, kind in found.items():
            to = ToAddress("172.30.1.1", place if places else "")
            asked = Connection(source=OfPod(site.key), destination=to, port=80)
            walked = walk(cluster.view, asked)
            assert kind == expected.get(walked.verdict, TIMEOUT), walked.said


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(clusters())
def test_a_call_to_a_pod_fares_as_the_matrix_says(cluster: NetworkCluster) -> None:
    attempts = made(cluster)
    reachability = Reachability(cluster.view)
    for one in sites(cluster.view):
        for other in sites(cluster.view):
            if one.key == other.key:
                continue
            (kind,) = kinds_of(attempts, one.key, f"http://{other.ip}").values()
            permission = reachability.between(one, other, 80)
            assert (kind == OK) == permission.allowed, permission.said
            assert permission.allowed or kind in (TIMEOUT, NO_ROUTE, CALL_REFUSED)
