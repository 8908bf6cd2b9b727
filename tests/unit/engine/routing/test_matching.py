"""Which backend a request gets."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cluster.engine.routing import maps
from cluster.engine.routing.error_pages import Body, Failure, answer_to, unavailable_page
from cluster.engine.routing.maps import MapRoute
from cluster.engine.routing.matching import RoutingTable, served_routes
from cluster.objects.meta import ObjectMeta
from cluster.objects.route import (
    Route,
    RouteIngress,
    RouteIngressCondition,
    RouteSpec,
    RouteStatus,
    TLSConfig,
)
from tests.unit.engine.routing.vectors import Vector, vector_id, vectors


def map_route(document: dict[str, Any]) -> MapRoute:
    return MapRoute(
        name=f"{document['ns']}:{document['name']}",
        host=document["host"],
        path=document.get("path", ""),
        wildcard=document.get("wildcard", False) or document.get("wildcardPolicy") == "Subdomain",
        termination=document["termination"],
        insecure_policy=document.get("insecurePolicy", ""),
    )


@pytest.mark.parametrize("vector", vectors("routing.request"), ids=vector_id)
def test_a_request_gets_the_backend_redirect_or_page_of_the_router(vector: Vector) -> None:
    table = RoutingTable(map_route(each) for each in vector["input"]["routes"])
    for request, expected in zip(
        vector["input"]["requests"], vector["expected"]["results"], strict=True
    ):
        host = request.get("host") or ""
        sni = request.get("sni", host.partition(":")[0])
        decision = table.decide(request["scheme"], host, request["url"], sni)
        found = {
            "backend": decision.backend,
            "status": decision.status,
            "location": decision.location,
        }
        assert {name: found[name] for name in expected if name in found} == expected, request


def route(name: str, host: str, **fields: Any) -> MapRoute:
    return MapRoute(name=f"n:{name}", host=host, **fields)


def test_hosts_are_compared_without_case_port_and_last_dot_but_paths_exactly() -> None:
    table = RoutingTable([route("a", "www.test", path="/Sub")])
    assert table.http("WWW.Test.:8080", "/Sub/x").backend == "be_http:n:a"
    assert table.http("www.test", "/sub/x").backend == "openshift_default"
    assert table.http("", "/Sub").backend == "openshift_default"


def test_the_longest_path_wins_and_an_exact_host_goes_before_a_wildcard() -> None:
    table = RoutingTable(
        [
            route("root", "www.acme.test"),
            route("deep", "www.acme.test", path="/a/b"),
            route("short", "www.acme.test", path="/a"),
            route("wild", "x.acme.test", path="/a/b/c", wildcard=True),
        ]
    )
    found = {url: table.http("www.acme.test", url).route for url in ("/", "/a", "/a/b/c", "/ab")}
    assert found == {"/": "n:root", "/a": "n:short", "/a/b/c": "n:deep", "/ab": "n:root"}
    assert table.http("other.acme.test", "/a/b/c").route == "n:wild"
    assert table.http("two.labels.acme.test", "/a/b/c").route == ""


def test_a_passthrough_route_is_found_by_server_name_and_the_rest_by_host_header() -> None:
    table = RoutingTable(
        [
            route("sealed", "sealed.test", termination="passthrough"),
            route("edge", "edge.test", termination="edge"),
            route("again", "again.test", termination="reencrypt"),
        ]
    )
    sealed = table.decide("https", "edge.test", "/", sni="SEALED.test")
    assert (sealed.backend, sealed.passthrough) == ("be_tcp:n:sealed", True)
    assert (
        table.decide("https", "edge.test", "/", sni="other.test").backend == "be_edge_http:n:edge"
    )
    assert table.decide("https", "edge.test", "/").route == "n:edge"
    assert table.decide("https", "again.test", "/", sni="again.test").backend == "be_secure:n:again"
    assert table.decide("https", "sealed.test", "/").status == 503


def test_a_redirect_keeps_path_and_query_and_drops_the_port() -> None:
    table = RoutingTable([route("a", "www.test", termination="edge", insecure_policy="Redirect")])
    decision = table.http("WWW.test:8080", "/a%20b?c=/d")
    assert (decision.status, decision.location) == (302, "https://www.test/a%20b?c=/d")


def test_certificates_are_chosen_by_server_name_exact_before_wildcard() -> None:
    table = RoutingTable(
        [
            route("one", "one.acme.test", termination="edge", certificate="1"),
            route("all", "x.acme.test", termination="edge", certificate="2", wildcard=True),
            route("none", "none.test", termination="edge"),
        ]
    )
    found = [
        table.certificate(each) for each in ("ONE.acme.test", "two.acme.test", "none.test", None)
    ]
    assert found == ["n:one", "n:all", "", ""]


def test_why_nobody_answers_is_said_in_words() -> None:
    table = RoutingTable(
        [
            route("plain", "plain.test", path="/a"),
            route("edge", "edge.test", termination="edge"),
            route("sealed", "sealed.test", termination="passthrough"),
        ]
    )
    assert "No admitted route has the host nobody.test" in table.why("http", "nobody.test", "/")
    assert "none for the path /b" in table.why("http", "plain.test", "/b")
    assert "insecure policy is None" in table.why("http", "edge.test", "/")
    assert "no TLS block" in table.why("https", "plain.test", "/a")
    assert "(SNI)" in table.why("https", "sealed.test", "/")
    assert table.why("http", "plain.test", "/a") == ""


def test_routers_with_pages_of_their_own_answer_404_for_unknown_hosts() -> None:
    assert RoutingTable([], custom_404=True).http("a.test", "/").status == 404


def test_only_routes_that_this_router_admitted_are_served() -> None:
    def ingress(router: str, status: str) -> RouteIngress:
        condition = RouteIngressCondition(status=status)
        return RouteIngress(host=f"{router}.test", router_name=router, conditions=(condition,))

    routes = [
        Route(
            metadata=ObjectMeta(name=name, namespace="demo"),
            spec=RouteSpec(host="spec.test", path="/p", tls=TLSConfig(termination="edge")),
            status=RouteStatus(ingress=tuple(entries)),
        )
        for name, entries in (
            ("yes", [ingress("default", "True"), ingress("other", "True")]),
            ("no", [ingress("default", "False")]),
            ("pending", []),
        )
    ]
    (only,) = served_routes(routes, "default")
    assert (only.name, only.host, only.path) == ("demo:yes", "default.test", "/p")


def test_look_ups_agree_with_the_lines_of_the_maps() -> None:
    """The index is a short cut: HAProxy tries all lines in order."""
    hosts = ("a.test", "b.test", "x.a.test", "y.a.test")
    routes = [
        route(
            f"r{number}",
            hosts[number % 4],
            path=("", "/", "/a", "/a/", "/a/b", "/a/!b")[number % 6],
            termination=("", "edge", "reencrypt")[number % 3],
            insecure_policy=("", "Allow", "Redirect")[number // 4 % 3],
            wildcard=number % 5 == 0,
        )
        for number in range(60)
    ]
    table = RoutingTable(routes)
    lines = [each.rsplit(" ", 1) for each in maps.map_lines(maps.EDGE_REENCRYPT, routes)]
    for host in (*hosts, "z.a.test", "test", "a.test:80", "a.test."):
        for url in ("/", "/a", "/a/", "/a/b/c", "/a/!b", "/ab", "/b?x=/a"):
            base = host + url.partition("?")[0]
            wanted = next(
                (value for key, value in lines if re.search(key, base)), "openshift_default"
            )
            assert table.https(host, url).backend == wanted, base


# --- answers without a pod ---------------------------------------------------------------------------

FAILURES = {
    "no route": Failure.NO_ROUTE,
    "host": Failure.NO_ROUTE,
    "timeout server": Failure.TIMEOUT,
    "endpoint": Failure.NO_SERVER,
    "pod": Failure.NO_SERVER,
    "server": Failure.NO_SERVER,
    "broken": Failure.BAD_ANSWER,
    "response": Failure.BAD_ANSWER,
}


def failure(case: str) -> Failure:
    if "timeout" in case:
        return Failure.TIMEOUT
    return next(each for word, each in FAILURES.items() if word in case)


@pytest.mark.parametrize("vector", vectors("routing.errors"), ids=vector_id)
def test_failures_have_the_routers_status_and_page(vector: Vector) -> None:
    given, expected = vector["input"], vector["expected"]
    passthrough = given.get("termination") == "passthrough"
    answer = answer_to(failure(given["case"]), passthrough=passthrough)
    assert answer.status == expected.get("status")
    if "built-in" in expected.get("body", ""):
        assert answer.body is Body.HAPROXY


@pytest.mark.parametrize(
    ("kind", "passthrough", "status", "body"),
    [
        (Failure.NO_ROUTE, False, 503, Body.OPENSHIFT),
        (Failure.NO_SERVER, False, 503, Body.OPENSHIFT),
        (Failure.NO_SERVER, True, None, Body.NONE),
        (Failure.TIMEOUT, False, 504, Body.HAPROXY),
        (Failure.BAD_ANSWER, False, 502, Body.HAPROXY),
        (Failure.EMPTY_LENGTH, False, 403, Body.HAPROXY),
        (Failure.REFUSED, False, None, Body.NONE),
    ],
)
def test_each_failure_has_its_answer(
    kind: Failure, passthrough: bool, status: int | None, body: Body
) -> None:
    answer = answer_to(kind, passthrough=passthrough)
    assert (answer.status, answer.body) == (status, body)


def test_the_page_names_the_cause_without_letting_it_write_html() -> None:
    assert "<title>Application is not available</title>" in unavailable_page()
    assert "<details>" not in unavailable_page()
    assert "&lt;script&gt;" in unavailable_page("<script>")
