"""Services of every type: node ports, ingress IPs, session affinity, EndpointSlices."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cluster.engine.access import SYSTEM_ADMIN
from cluster.engine.assembly import build_engine
from cluster.engine.commands import Create, Delete, Edit
from cluster.engine.config import OPENSHIFT_4
from cluster.engine.engine import Engine
from cluster.objects import kinds
from cluster.objects.document import from_document
from cluster.objects.endpointslice import SERVICE_NAME, EndpointSlice
from cluster.objects.errors import ApiError
from cluster.objects.meta import Key
from cluster.objects.service import (
    Service,
    affinity_seconds,
    ingress_addresses,
    node_ports,
)
from tests.builders import a_config
from tests.running_cluster import SETTLED, demo_engine


def manifest(name: str, **spec: Any) -> Service:
    document = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "demo"},
        "spec": {"ports": [{"port": 80}], "selector": {"app": "web"}, **spec},
    }
    obj, unknown = from_document(document)
    assert not unknown
    return obj


def made(engine: Engine, name: str, **spec: Any) -> Service:
    engine.execute([Create(manifest(name, **spec))], SYSTEM_ADMIN)
    engine.settle()
    return stored(engine, name)


def stored(engine: Engine, name: str) -> Service:
    found = engine.store.get(Service, "demo", name)
    assert found is not None
    return found


def edit(engine: Engine, name: str, **spec: Any) -> Service:
    def change(old: Service) -> Service:
        return replace(old, spec=replace(old.spec, **spec))

    engine.execute([Edit(kinds.SERVICE, Key("demo", name), change)], SYSTEM_ADMIN)
    engine.settle()
    return stored(engine, name)


@pytest.fixture
def engine() -> Engine:
    engine = demo_engine()
    engine.step(engine.now + SETTLED)
    return engine


def test_a_node_port_is_given_from_the_range_and_goes_back(engine: Engine) -> None:
    [port] = node_ports(made(engine, "till", type="NodePort"))
    assert 30000 <= port <= 32767
    assert port in engine.cluster.addresses.node_ports
    engine.execute([Delete(kinds.SERVICE, Key("demo", "till"))], SYSTEM_ADMIN)
    assert port not in engine.cluster.addresses.node_ports


def test_a_requested_node_port_is_taken_once(engine: Engine) -> None:
    ports = [{"port": 80, "nodePort": 30080}]
    assert node_ports(made(engine, "till", type="NodePort", ports=ports)) == {30080}
    with pytest.raises(ApiError) as refused:
        made(engine, "other", type="NodePort", ports=ports)
    assert (
        "spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated"
        in str(refused.value)
    )
    assert engine.store.get(Service, "demo", "other") is None


def test_a_refused_transaction_gives_its_node_ports_back(engine: Engine) -> None:
    before = engine.cluster.addresses.node_ports.used
    ports = [{"name": "a", "port": 80}, {"name": "b", "port": 81, "nodePort": 30080}]
    made(engine, "till", type="NodePort", ports=[{"port": 80, "nodePort": 30080}])
    with pytest.raises(ApiError):
        made(engine, "other", type="NodePort", ports=ports)
    assert engine.cluster.addresses.node_ports.used == before + 1


def test_a_manifest_without_node_ports_keeps_those_of_the_service(engine: Engine) -> None:
    service = made(engine, "till", type="NodePort")
    plain = tuple(replace(port, node_port=0) for port in service.spec.ports)
    assert node_ports(edit(engine, "till", ports=plain)) == node_ports(service)


def test_a_service_that_becomes_clusterip_gives_them_up(engine: Engine) -> None:
    [port] = node_ports(made(engine, "till", type="NodePort"))
    changed = edit(engine, "till", type="ClusterIP", external_traffic_policy="")
    assert node_ports(changed) == frozenset()
    assert port not in engine.cluster.addresses.node_ports


def test_a_load_balancer_gets_an_ingress_ip_in_openshift_3(engine: Engine) -> None:
    first, second = (made(engine, name, type="LoadBalancer") for name in ("one", "two"))
    addresses = {*ingress_addresses(first), *ingress_addresses(second)}
    assert len(addresses) == 2
    assert all(each.startswith("172.29.") for each in addresses)
    assert len(node_ports(first)) == 1


def test_a_load_balancer_without_a_cloud_stays_pending_in_openshift_4() -> None:
    engine = build_engine(a_config(profile=OPENSHIFT_4))
    column = next(each for each in kinds.SERVICE.columns if each.name == "EXTERNAL-IP")
    service = manifest("till", type="LoadBalancer")
    engine.cluster.create(service)
    engine.settle()
    assert column.value(stored(engine, "till"), 0.0) == "<pending>"


def test_session_affinity_lasts_three_hours_unless_told_otherwise(engine: Engine) -> None:
    assert affinity_seconds(made(engine, "plain")) == 0
    assert affinity_seconds(made(engine, "till", sessionAffinity="ClientIP")) == 10_800
    config = {"clientIP": {"timeoutSeconds": 60}}
    own = made(engine, "own", sessionAffinity="ClientIP", sessionAffinityConfig=config)
    assert affinity_seconds(own) == 60


@pytest.mark.parametrize("seconds", [0, -1, 86_401, True, "60"])
def test_a_timeout_out_of_range_is_refused(engine: Engine, seconds: Any) -> None:
    config = {"clientIP": {"timeoutSeconds": seconds}}
    with pytest.raises(ApiError) as refused:
        made(engine, "till", sessionAffinity="ClientIP", sessionAffinityConfig=config)
    assert "must be greater than 0 and less than 86400" in str(refused.value)


# --- EndpointSlices ----------------------------------------------------------------------------------


def slices(engine: Engine, name: str) -> list[EndpointSlice]:
    return [
        each
        for each in engine.store.list(EndpointSlice, "demo")
        if each.metadata.labels.get(SERVICE_NAME) == name
    ]


def addresses(engine: Engine, name: str) -> set[str]:
    return {
        ip for each in slices(engine, name) for point in each.endpoints for ip in point.addresses
    }


def test_a_services_slices_hold_its_endpoints(engine: Engine) -> None:
    name = "simple-webapp-docker"
    [endpoints] = [
        each
        for each in engine.store.list(kinds.ENDPOINTS.cls, "demo")
        if each.metadata.name == name
    ]
    assert addresses(engine, name) == {each.ip for each in endpoints.subsets[0].addresses}
    [only] = slices(engine, name)
    assert only.ports[0].port == 8080
    assert all(each.conditions.ready for each in only.endpoints)


def test_slices_hold_a_hundred_and_change_as_little_as_they_can(engine: Engine) -> None:
    name = "simple-webapp-docker"
    engine.execute([_scaled(name, 230)], SYSTEM_ADMIN)
    engine.step(engine.now + 120)
    before = {each.metadata.name: each for each in slices(engine, name)}
    assert sorted(len(each.endpoints) for each in before.values()) == [30, 100, 100]
    engine.execute([_scaled(name, 231)], SYSTEM_ADMIN)
    engine.step(engine.now + 60)
    after = {each.metadata.name: each for each in slices(engine, name)}
    assert after.keys() == before.keys()
    assert sum(after[key] is not before[key] for key in after) == 1


def _scaled(name: str, replicas: int) -> Edit:
    def change(old: Any) -> Any:
        return replace(old, spec=replace(old.spec, replicas=replicas))

    return Edit(kinds.DEPLOYMENTCONFIG, Key("demo", name), change)


def test_slices_go_with_their_service(engine: Engine) -> None:
    name = "simple-webapp-docker"
    engine.execute([Delete(kinds.SERVICE, Key("demo", name))], SYSTEM_ADMIN)
    engine.settle()
    assert slices(engine, name) == []
