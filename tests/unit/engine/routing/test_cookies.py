"""Routing cookies and the names of backends and servers."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.engine.routing.cookies import (
    COOKIE_NAME_ANNOTATION,
    SAME_SITE_ANNOTATION,
    RouteCookie,
    backend_name,
    cookie_name,
    cookie_value,
    go_true,
    route_cookie,
    server_name,
)
from tests.unit.engine.routing.vectors import Vector, vector_id, vectors


def cookie_of(given: dict[str, Any]) -> RouteCookie | None:
    return route_cookie(
        namespace=given["namespace"],
        route=given["route"],
        termination=given["termination"],
        insecure_policy=given["insecurePolicy"],
        annotations=given["annotations"],
        router_env=given.get("routerEnv", {}),
    )


@pytest.mark.parametrize("vector", vectors("stickiness.cookie"), ids=vector_id)
def test_the_cookie_is_the_routers(vector: Vector) -> None:
    cookie, expected = cookie_of(vector["input"]), vector["expected"]["cookie"]
    if expected is None:
        assert cookie is None
        return
    assert cookie is not None
    assert {
        "name": cookie.name,
        "path": cookie.path,
        "httpOnly": cookie.http_only,
        "secure": cookie.secure,
        "sameSite": cookie.same_site,
    } == expected


@pytest.mark.parametrize("vector", vectors("naming.backend"), ids=vector_id)
def test_backends_are_named_by_termination(vector: Vector) -> None:
    given = vector["input"]
    name = backend_name(given["namespace"], given["route"], given["termination"])
    assert name == vector["expected"]["backend"]


def test_an_unknown_termination_has_no_backend() -> None:
    with pytest.raises(ValueError, match='termination: Unsupported value: "tls"'):
        backend_name("demo", "web", "tls")


@pytest.mark.parametrize("vector", vectors("naming.server"), ids=vector_id)
def test_servers_are_named_by_their_endpoint(vector: Vector) -> None:
    given = vector["input"]
    pod = given["pod"] if given["targetRefKind"] == "Pod" else None
    name = server_name(given["service"], given["portName"], given["ip"], given["port"], pod=pod)
    assert name == vector["expected"]["serverName"]
    assert cookie_value(name) == vector["expected"]["cookieValue"]


def test_an_endpoint_without_pod_and_port_name_leaves_both_out() -> None:
    assert server_name("db", "", "1.1.1.1", 345, pod=None) == "ept:db::1.1.1.1:345"


def test_the_hashed_name_is_the_one_seen_on_real_clusters() -> None:
    name = cookie_name("openshift-console", "console", {}, {})
    assert name == "1e2670d92730b515ce3a1bb65da45062"


def test_the_annotation_beats_the_routers_cookie_name() -> None:
    env = {"ROUTER_COOKIE_NAME": "stick"}
    assert cookie_name("demo", "web", {COOKIE_NAME_ANNOTATION: "my-cookie_1"}, env) == "my-cookie_1"
    assert cookie_name("demo", "web", {COOKIE_NAME_ANNOTATION: "bad name"}, env) == "stick"


def test_the_header_has_the_attributes_in_haproxys_order() -> None:
    cookie = route_cookie(
        namespace="demo",
        route="web",
        termination="edge",
        insecure_policy="Redirect",
        annotations={COOKIE_NAME_ANNOTATION: "c", SAME_SITE_ANNOTATION: "Strict"},
        router_env={},
    )
    assert cookie is not None
    value = cookie_value("pod:a")
    assert cookie.header("pod:a") == f"c={value}; path=/; HttpOnly; Secure; SameSite=Strict"


def test_an_unknown_same_site_value_means_none() -> None:
    cookie = route_cookie(
        namespace="demo",
        route="web",
        termination="reencrypt",
        insecure_policy="",
        annotations={SAME_SITE_ANNOTATION: "lax"},
        router_env={},
    )
    assert cookie is not None
    assert (cookie.secure, cookie.same_site) == (True, "None")


@pytest.mark.parametrize("value", ["1", "t", "T", "true", "TRUE", "True"])
def test_go_reads_these_as_true(value: str) -> None:
    assert go_true(value)


@pytest.mark.parametrize("value", ["0", "false", "yes", "on", " true", "tRUE", "", None])
def test_go_does_not_read_these_as_true(value: str | None) -> None:
    assert not go_true(value)
