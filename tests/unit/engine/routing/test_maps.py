"""The maps of HAProxy, line by line."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cluster.engine.routing.maps import (
    CERTIFICATES,
    MapRoute,
    certificate_host,
    certificate_lines,
    entry,
    map_lines,
    route_regex,
    sni_regex,
    sort_lines,
)
from tests.unit.engine.routing.vectors import Vector, vector_id, vectors


def map_route(document: dict[str, Any]) -> MapRoute:
    return MapRoute(
        name=document["name"],
        host=document["host"],
        path=document["path"],
        wildcard=document["wildcard"],
        termination=document["termination"],
        insecure_policy=document["insecurePolicy"],
        certificate=f"certificate of {document['name']}" if document["hasCertificate"] else "",
    )


@pytest.mark.parametrize("vector", vectors("maps.entry"), ids=vector_id)
def test_a_route_is_in_the_maps_that_its_termination_needs(vector: Vector) -> None:
    given = vector["input"]
    for each in vector["expected"]["byTerminationAndPolicy"]:
        document = {
            "hasCertificate": False,
            **given,
            "name": given["backendKey"],
            "termination": each["termination"],
            "insecurePolicy": each["insecurePolicy"],
        }
        expected = each["entry"]
        wanted = None if expected is None else (expected["key"], expected["value"])
        assert entry(given["map"], map_route(document)) == wanted, each


@pytest.mark.parametrize("vector", vectors("maps.content"), ids=vector_id)
def test_whole_maps_come_in_the_routers_order(vector: Vector) -> None:
    given = vector["input"]
    routes = [map_route(each) for each in given["routes"]]
    if given["map"] == CERTIFICATES:
        directory = f"{given['workingDir']}/router/certs"
        found = certificate_lines(routes, directory=directory, http2=not given["disableHTTP2"])
    else:
        found = map_lines(given["map"], routes)
    assert found == vector["expected"]["lines"]


@pytest.mark.parametrize("vector", vectors("maps.sort"), ids=vector_id)
def test_lines_are_sorted_backwards_with_wildcards_at_the_end(vector: Vector) -> None:
    given = vector["input"]
    found = sort_lines(given["lines"], given.get("wildcardPrefix", ""))
    assert found == vector["expected"]["sorted"]


@pytest.mark.parametrize("vector", vectors("maps.cert_host"), ids=vector_id)
def test_the_certificate_list_has_hosts_and_wildcards(vector: Vector) -> None:
    given = vector["input"]
    found = certificate_host(given["host"], wildcard=given["wildcard"])
    assert found == vector["expected"]["crtListHost"]


@pytest.mark.parametrize("vector", vectors("routing.regex"), ids=vector_id)
def test_the_expression_of_a_route_matches_what_it_should(vector: Vector) -> None:
    given, expected = vector["input"], vector["expected"]
    pattern = route_regex(given["host"], given["path"], wildcard=given["wildcard"])
    assert pattern == expected["regex"]
    assert [each for each in expected["matches"] if not re.search(pattern, each)] == []
    assert [each for each in expected["doesNotMatch"] if re.search(pattern, each)] == []


def test_blanks_in_paths_are_escaped_as_a_map_file_needs_it() -> None:
    assert route_regex("a.test", "/x y").endswith(r"/x\x20y(/.*)?$")


def test_server_names_have_neither_port_nor_path() -> None:
    assert sni_regex("www.acme.test") == r"^www\.acme\.test$"
    assert sni_regex("www.acme.test", wildcard=True) == r"^[^\.]*\.acme\.test$"


def test_a_certificate_that_two_routes_share_is_not_offered_for_http2() -> None:
    routes = [
        MapRoute(name=f"n:{name}", host=f"{name}.test", termination="edge", certificate=content)
        for name, content in (("a", "X"), ("b", "X"), ("c", "Y"))
    ]
    assert certificate_lines(routes, directory="/d") == [
        "/d/n:c.pem [alpn h2,http/1.1] c.test",
        "/d/n:b.pem b.test",
        "/d/n:a.pem a.test",
    ]
