"""What a pod's call comes to, cause by cause, in the words that programs print."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cluster.engine.network.dns import resolver_for
from cluster.engine.traffic.calls.attempt import Attempt, Attempts
from cluster.engine.traffic.calls.dialling import Dialling
from cluster.objects.endpoints import EndpointAddress, EndpointPort, Endpoints, EndpointSubset
from cluster.objects.meta import Key
from cluster.objects.networkpolicy import NetworkPolicy, NetworkPolicySpec
from cluster.objects.pod import Container, ContainerPort, EnvVar, Pod
from cluster.objects.service import Service
from cluster.objects.validation.calls import call_targets
from tests.builders import metadata
from tests.network_cluster import (
    CLERK,
    OVS_MULTITENANT,
    OVS_NETWORKPOLICY,
    P1,
    P2,
    P3,
    WEB,
    NetworkCluster,
    fixture,
)


def dialled(cluster: NetworkCluster, target: str, pod: Key = P1) -> tuple[Attempts, Dialling]:
    view = cluster.view
    resolver = resolver_for(cluster.config.profile.name, cluster.store)
    attempts = Attempts(view, resolver)
    found = attempts.dialling(pod, call_targets(target)[0])
    assert found is not None
    return attempts, found


def attempted(cluster: NetworkCluster, target: str, pod: Key = P1) -> list[Attempt]:
    """The attempts on all ways."""
    attempts, dialling = dialled(cluster, target, pod)
    if dialling.failure is not None:
        return [Attempt(None, dialling.failure)]
    return [attempts.attempt(pod, dialling, way) for way in dialling.ways]


def texts(cluster: NetworkCluster, target: str, pod: Key = P1) -> set[str]:
    return {each.outcome.text for each in attempted(cluster, target, pod)}


def change_service(cluster: NetworkCluster, key: Key, **spec: Any) -> None:
    held = cluster.store.get(Service, *key)
    assert held is not None
    cluster.store.put(replace(held, spec=replace(held.spec, **spec)))


def test_all_is_well() -> None:
    cluster = fixture()
    assert texts(cluster, "http://web") == {"200 OK"}
    assert texts(cluster, "tcp://web:80") == {"connected"}
    _, dialling = dialled(cluster, "http://web.shop.svc.cluster.local")
    assert dialling.addresses == ("172.30.44.5",)
    assert dialling.service == WEB
    assert [way.endpoint for way in dialling.ways] == ["10.128.0.6:8080", "10.129.0.7:8080"]


def test_names_are_looked_up_from_the_callers_project() -> None:
    cluster = fixture()
    assert texts(cluster, "http://web", pod=CLERK) == {"dial tcp: lookup web: no such host"}
    assert texts(cluster, "http://web.shop", pod=CLERK) == {"200 OK"}


def test_a_name_that_nobody_has() -> None:
    (attempt,) = attempted(fixture(), "tcp://db:5432")
    assert attempt.outcome.text == "dial tcp: lookup db: no such host"
    assert (attempt.outcome.kind, attempt.outcome.reason) == ("name-error", "NXDOMAIN")


def test_a_pod_that_asks_no_server_of_the_cluster_is_told_of_trouble() -> None:
    cluster = fixture()
    pod = cluster.store.get(Pod, *P1)
    assert pod is not None
    cluster.store.put(replace(pod, spec=replace(pod.spec, extra={"dnsPolicy": "None"})))
    (attempt,) = attempted(cluster, "http://web")
    assert attempt.outcome.text == "dial tcp: lookup web: server misbehaving"


def test_a_service_without_endpoints_refuses_at_once() -> None:
    cluster = fixture()
    cluster.service(WEB, "172.30.44.5", [])
    (attempt,) = attempted(cluster, "http://web")
    assert attempt.outcome.text == "dial tcp 172.30.44.5:80: connect: connection refused"
    assert (attempt.outcome.kind, attempt.outcome.reason) == ("refused", "no-endpoints")
    assert attempt.outcome.seconds < 0.1


def test_a_wrong_target_port_is_refused_by_the_pod() -> None:
    cluster = fixture()
    cluster.service(WEB, "172.30.44.5", [P2], target=9999)
    (attempt,) = attempted(cluster, "http://web")
    assert attempt.outcome.text == "dial tcp 172.30.44.5:80: connect: connection refused"
    assert attempt.outcome.reason == "nothing-listens"
    assert "port 9999/TCP of pod shop/p2" in attempt.outcome.said


def test_a_port_that_the_service_has_not_times_out() -> None:
    (attempt,) = attempted(fixture(), "http://web:81")
    assert attempt.outcome.text == "dial tcp 172.30.44.5:81: i/o timeout"
    assert attempt.outcome.kind == "timeout"
    assert attempt.outcome.seconds >= 3


def test_another_virtual_network_times_out() -> None:
    cluster = fixture(OVS_MULTITENANT)
    (attempt,) = attempted(cluster, "http://payroll.hr")
    assert attempt.outcome.text == "dial tcp 172.30.44.6:80: i/o timeout"
    assert attempt.outcome.reason == "other-network"


def test_a_policy_that_admits_nobody_times_out() -> None:
    cluster = fixture(OVS_NETWORKPOLICY)
    assert texts(cluster, "http://web") == {"200 OK"}
    deny = NetworkPolicy(
        metadata=metadata("deny", "shop"), spec=NetworkPolicySpec(policy_types=("Ingress",))
    )
    cluster.add(deny)
    attempts = attempted(cluster, "http://web")
    assert {each.outcome.reason for each in attempts} == {"network-policy"}
    assert {each.outcome.text for each in attempts} == {"dial tcp 172.30.44.5:80: i/o timeout"}


def test_a_broken_link_and_a_machine_that_is_off_time_out() -> None:
    cluster = fixture()
    cluster.node("node-b", "192.168.122.12", "10.129.0.0/23", cut_from="node-a")
    by_way = {each.way.place: each.outcome for each in attempted(cluster, "http://web") if each.way}
    assert by_way["10.128.0.6:8080"].is_ok
    assert by_way["10.129.0.7:8080"].reason == "no-link"
    cluster.node("node-b", "192.168.122.12", "10.129.0.0/23", off=True)
    reasons = {each.outcome.reason for each in attempted(cluster, "http://web")}
    assert reasons == {"delivered", "machine-off"}


def test_an_address_that_no_pod_has_has_no_route() -> None:
    (attempt,) = attempted(fixture(), "http://10.128.0.77:8080")
    assert attempt.outcome.text == "dial tcp 10.128.0.77:8080: connect: no route to host"
    assert attempt.outcome.kind == "no-route"


def test_an_address_outside_answers_unless_an_egress_policy_forbids_it() -> None:
    assert texts(fixture(), "http://203.0.113.9") == {"200 OK"}


def test_a_headless_service_is_spread_over_its_records_without_translating_ports() -> None:
    cluster = fixture()
    cluster.service(WEB, "None", [P2, P3])
    _, dialling = dialled(cluster, "http://web:8080")
    assert {way.ip for way in dialling.ways} == {"10.128.0.6", "10.129.0.7"}
    assert dialling.service == WEB
    assert texts(cluster, "http://web:8080") == {"200 OK"}
    assert {each.outcome.reason for each in attempted(cluster, "http://web")} == {"nothing-listens"}


def test_an_external_name_is_a_cname_that_leads_out() -> None:
    cluster = fixture()
    cluster.service(WEB, "", [], type="ExternalName", external_name="db.example.com", ports=())
    _, dialling = dialled(cluster, "tcp://web:5432")
    assert dialling.canonical == "db.example.com"
    assert dialling.failure is not None
    assert dialling.failure.text == "dial tcp: lookup web: no such host"
    assert "another name for db.example.com" in dialling.failure.said
    name = "payroll.hr.svc.cluster.local"
    cluster.service(WEB, "", [], type="ExternalName", external_name=name, ports=())
    _, dialling = dialled(cluster, "http://web")
    assert dialling.canonical == name
    assert dialling.addresses == ("172.30.44.6",)
    assert texts(cluster, "http://web") == {"200 OK"}


def test_an_external_ip_leads_to_the_endpoints() -> None:
    cluster = fixture()
    change_service(cluster, WEB, external_ips=("203.0.113.80",))
    _, dialling = dialled(cluster, "http://203.0.113.80")
    assert dialling.service == WEB
    assert [way.endpoint for way in dialling.ways] == ["10.128.0.6:8080", "10.129.0.7:8080"]
    assert texts(cluster, "http://203.0.113.80") == {"200 OK"}


def test_a_node_port_leads_to_the_endpoints() -> None:
    cluster = fixture()
    _, dialling = dialled(cluster, "http://192.168.122.12:31080")
    assert dialling.service == WEB
    assert texts(cluster, "http://192.168.122.12:31080") == {"200 OK"}


def test_endpoints_outside_of_a_service_without_selector() -> None:
    cluster = fixture()
    cluster.service(WEB, "172.30.44.5", [])
    subset = EndpointSubset(
        addresses=(EndpointAddress(ip="203.0.113.7"),), ports=(EndpointPort(port=5432),)
    )
    cluster.add(Endpoints(metadata=metadata("web", "shop"), subsets=(subset,)))
    assert texts(cluster, "tcp://web:80") == {"connected"}


def _application(cluster: NetworkCluster, key: Key, image: str, port: int, **env: str) -> None:
    pod = cluster.store.get(Pod, *key)
    assert pod is not None
    container = Container(
        name="main",
        image=image,
        ports=(ContainerPort(container_port=port),),
        env=tuple(EnvVar(name=name, value=value) for name, value in env.items()),
    )
    cluster.store.put(replace(pod, spec=replace(pod.spec, containers=(container,))))


def test_the_applications_latency_and_errors_are_the_calls() -> None:
    cluster = fixture()
    image = "mmumshad/simple-webapp-docker:v1"
    _application(cluster, P2, image, 8080, APP_ERROR_RATE="0.25", APP_LATENCY_MS="400")
    cluster.service(WEB, "172.30.44.5", [P2])
    (attempt,) = attempted(cluster, "http://web")
    assert attempt.error_rate == 0.25
    assert attempt.error is not None
    assert attempt.error.text == "500 Internal Server Error"
    assert 0.4 <= attempt.outcome.seconds < 0.45


def test_a_database_that_is_called_by_http_is_only_connected_to() -> None:
    cluster = fixture()
    _application(cluster, P2, "postgres:10", 5432, POSTGRES_PASSWORD="x")
    cluster.service(WEB, "172.30.44.5", [P2], port=5432, target=5432)
    assert texts(cluster, "http://web:5432") == {"connected"}


def test_pods_that_fare_the_same_are_walked_once() -> None:
    cluster = fixture()
    twin = Key("shop", "p1-twin")
    cluster.pod(twin, "node-a", "10.128.0.9", labels={"app": "p1"})
    attempts, dialling = dialled(cluster, "http://web")
    other = attempts.dialling(twin, dialling.target)
    assert other is not None
    for way in dialling.ways:
        attempts.attempt(P1, dialling, way)
        attempts.attempt(twin, other, way)
    assert attempts.walks == 2
