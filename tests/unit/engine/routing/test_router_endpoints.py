"""Endpoints as the router lists them: slices, restricted addresses, idled services, checks, cookies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from cluster.engine.config import COURSE
from cluster.engine.routing.backends import build_backend
from cluster.engine.routing.cookies import choose_sticky, cookie_value, server_name
from cluster.engine.routing.restricted import restriction
from cluster.engine.routing.router_endpoints import (
    IDLED_AT,
    SliceEndpoint,
    router_endpoints,
    slice_subset,
    usable,
)
from cluster.engine.routing.server_options import is_checked
from cluster.engine.store import Store
from cluster.objects.endpoints import EndpointAddress, EndpointPort, Endpoints, EndpointSubset
from cluster.objects.meta import ObjectMeta
from cluster.objects.service import Service, ServicePort, ServiceSpec
from tests.unit.engine.routing.objects import add_endpoints, add_service, address, route
from tests.unit.engine.routing.vectors import Vector, vector_id, vectors

ENV = COURSE.router_env


def subset_of(document: dict[str, Any]) -> EndpointSubset:
    low = {key.lower(): each for key, each in document.items()}

    def addresses(name: str) -> tuple[EndpointAddress, ...]:
        return tuple(
            address(each.get("ip", each.get("IP")), each.get("pod", ""))
            for each in low.get(name, ())
        )

    return EndpointSubset(
        addresses=addresses("addresses"),
        not_ready_addresses=addresses("notreadyaddresses"),
        ports=tuple(
            EndpointPort(
                name=each.get("name", ""), port=each["port"], protocol=each.get("protocol", "TCP")
            )
            for each in low["ports"]
        ),
    )


def service_of(given: dict[str, Any], name: str) -> Service:
    ports = given.get("servicePorts", ())
    return Service(
        metadata=ObjectMeta(name=name, annotations=given.get("serviceAnnotations", {})),
        spec=ServiceSpec(
            cluster_ip=given.get("clusterIP", ""),
            ports=tuple(
                ServicePort(name=each.get("name", ""), port=each["port"]) for each in ports
            ),
        ),
    )


@pytest.mark.parametrize("vector", vectors("endpoints.servers"), ids=vector_id)
def test_ready_endpoints_become_servers_each_once(vector: Vector) -> None:
    given, expected = vector["input"], vector["expected"]
    name = given["service"].rpartition("/")[2]
    subsets = tuple(subset_of(each) for each in given["subsets"])
    deleted = given.get("event") == "DELETED"
    found = router_endpoints(
        None if deleted else Endpoints(metadata=ObjectMeta(name=name), subsets=subsets),
        service_of(given, name),
        include_udp=given.get("includeUDP", False),
    )
    names = [
        server_name(name, each.port_name, each.address.ip, each.port, pod=each.pod)
        for each in found
    ]
    wanted = [each["name"] if isinstance(each, dict) else each for each in expected["servers"]]
    assert names == wanted
    for each, listed in zip(expected["servers"], names, strict=True):
        if isinstance(each, dict) and "cookie" in each:
            assert cookie_value(listed) == each["cookie"]


@pytest.mark.parametrize(
    "vector",
    [each for each in vectors("endpoints.port_selection") if "endpointPorts" in each["input"]],
    ids=vector_id,
)
def test_every_endpoint_of_the_named_port_is_taken(vector: Vector) -> None:
    given = vector["input"]
    store = Store()
    subsets = [
        EndpointSubset(
            addresses=(address(f"10.0.0.{number}"),),
            ports=(EndpointPort(name=str(port), port=8080),),
        )
        for number, port in enumerate(given["endpointPorts"], start=1)
    ]
    add_endpoints(store, "svc", *subsets)
    servers = build_backend(store, route({"svc": 1}, port=given["routeTargetPort"]), ENV).servers
    assert len(servers) == vector["expected"]["selectedCount"]


@pytest.mark.parametrize("vector", vectors("endpoints.restricted_ip"), ids=vector_id)
def test_restricted_addresses_never_become_servers(vector: Vector) -> None:
    given, expected = vector["input"], vector["expected"]
    if "address" in given:
        assert (restriction(given["address"]) is None) == expected["usedAsServer"]
        return
    for before, after in zip(given["subsets"], expected["subsets"], strict=True):
        for name in ("addresses", "notReadyAddresses"):
            kept = usable(EndpointAddress(ip=each) for each in before[name])
            assert [each.ip for each in kept] == after[name]


def test_a_restriction_says_which_kind_it_is() -> None:
    assert restriction("169.254.169.254") == (
        "IP address 169.254.169.254 is a restricted link-local IP"
    )
    assert restriction("x") == 'address "x" is not a valid IP address'


@pytest.mark.parametrize("vector", vectors("endpoints.endpointslice"), ids=vector_id)
def test_a_slice_becomes_ready_and_unready_addresses(vector: Vector) -> None:
    given, expected = vector["input"], vector["expected"]
    if "endpoint" in given:
        conditions = given["endpoint"].get("conditions") or {}
        entry = SliceEndpoint(tuple(given["endpoint"]["addresses"]), conditions.get("ready"))
        found = slice_subset("IPv4", [entry])
        held = found.addresses if expected["treatedAs"] == "ready" else found.not_ready_addresses
        assert [each.ip for each in held] == given["endpoint"]["addresses"]
        return
    found = slice_subset(given["addressType"], [SliceEndpoint(tuple(given["addresses"]))])
    assert [each.ip for each in found.addresses] == expected["addresses"]


# --- idled services ----------------------------------------------------------------------------------


def idled(cluster_ip: str) -> Store:
    store = Store()
    store.put(
        Service(
            metadata=ObjectMeta(name="s", namespace="demo", annotations={IDLED_AT: "2024"}),
            spec=ServiceSpec(
                cluster_ip=cluster_ip,
                ports=(ServicePort(name="web", port=80, target_port=8080),),
            ),
        )
    )
    add_endpoints(store, "s")
    return store


def test_an_idled_service_is_reached_by_its_cluster_ip_without_checks() -> None:
    backend = build_backend(idled("172.30.0.9"), route({"s": 1}, port="web"), ENV)
    (server,) = backend.servers
    assert (server.name, server.idled) == ("ept:s:web:172.30.0.9:80", True)
    assert not backend.checks(server)
    assert not build_backend(idled("172.30.0.9"), route({"s": 1}, port=8080), ENV).servers
    assert not build_backend(idled("None"), route({"s": 1}, port="web"), ENV).servers


# --- checks and cookies ------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", vectors("health_checks.enabled"), ids=vector_id)
def test_servers_are_checked_when_there_are_several(vector: Vector) -> None:
    given = vector["input"]
    checked = is_checked(given["activeEndpoints"], idled=given["endpointIsIdledServiceIP"])
    assert checked == vector["expected"]["check"]


@dataclass(frozen=True)
class Sticky:
    cookie: str
    weight: int
    up: bool = True


@pytest.mark.parametrize(
    "vector",
    [each for each in vectors("stickiness.behaviour") if "servers" in each["input"]],
    ids=vector_id,
)
def test_a_valid_cookie_keeps_its_server_and_all_else_is_balanced_anew(vector: Vector) -> None:
    given, expected = vector["input"], vector["expected"]
    servers = [
        Sticky(each["cookie"], each["weight"], each.get("up", True)) for each in given["servers"]
    ]
    choice = choose_sticky(
        {each.cookie: each for each in servers},
        given.get("requestCookie"),
        is_up=lambda server: server.up,
        balance=lambda: next((each for each in servers if each.weight and each.up), None),
    )
    assert (choice.server.cookie if choice.server else None) == expected.get("server")
    assert choice.set_cookie == expected.get("setCookie")


@pytest.mark.parametrize(
    "vector",
    [each for each in vectors("stickiness.behaviour") if "services" in each["input"]],
    ids=vector_id,
)
def test_passthrough_leaves_out_what_has_no_weight(vector: Vector) -> None:
    given = vector["input"]
    store = Store()
    for each in given["services"]:
        add_service(store, each["name"], each["endpoints"])
    weights = {each["name"]: each["weight"] for each in given["services"]}
    backend = build_backend(store, route(weights, tls=given["termination"]), ENV)
    found = {server.service for server in backend.servers}
    assert sorted(found) == vector["expected"]["serversConfigured"]


def test_a_server_of_weight_0_keeps_its_clients_but_one_that_is_down_does_not() -> None:
    old, new = Sticky("old", 0), Sticky("new", 1)
    servers = {"old": old, "new": new}
    kept = choose_sticky(servers, "old", is_up=lambda each: True, balance=lambda: new)
    assert (kept.server, kept.set_cookie) == (old, None)
    moved = choose_sticky(servers, "old", is_up=lambda each: each is new, balance=lambda: new)
    assert (moved.server, moved.set_cookie) == (new, "new")
    nobody = choose_sticky(servers, None, is_up=lambda each: True, balance=lambda: None)
    assert (nobody.server, nobody.set_cookie) == (None, None)
