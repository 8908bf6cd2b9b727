"""What the pod learns of the client, and the header actions of routes and routers."""

from __future__ import annotations

import re

import pytest

from cluster.engine.routing.forwarded import ClientSide, with_forwarded
from cluster.engine.routing.header_actions import HeaderAction, parse_environment, route_actions
from tests.unit.engine.routing.vectors import Vector, vector_id, vectors

CLIENT = ClientSide("192.0.2.7", 443, "www.test", tls=True)


@pytest.mark.parametrize("vector", vectors("headers.x_forwarded_for"), ids=vector_id)
def test_the_clients_address_is_added_by_policy(vector: Vector) -> None:
    given = vector["input"]
    incoming = [("X-Forwarded-For", value) for value in given["incomingXForwardedFor"]]
    client = ClientSide(given["clientIP"], 80, "www.test")
    seen = with_forwarded([("Accept", "*/*"), *incoming], given["policy"], client)
    values = [value for name, value in seen if name == "X-Forwarded-For"]
    assert values == vector["expected"]["valuesSeenByPod"]
    assert seen[0] == ("Accept", "*/*")


def test_appending_keeps_what_the_client_said() -> None:
    seen = with_forwarded([("x-forwarded-proto", "ftp")], "append", CLIENT)
    assert seen == [
        ("x-forwarded-proto", "ftp"),
        ("X-Forwarded-For", "192.0.2.7"),
        ("X-Forwarded-Host", "www.test"),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
        ("Forwarded", "for=192.0.2.7;host=www.test;proto=https"),
    ]


def test_if_none_fills_only_gaps_and_forwarded_repeats_the_clients_protocol() -> None:
    seen = dict(with_forwarded([("X-Forwarded-Proto", "http")], "if-none", CLIENT))
    assert seen["X-Forwarded-Proto"] == "http"
    assert seen["Forwarded"].endswith("proto=http")


def test_replacing_drops_all_that_the_client_said() -> None:
    given = [("X-Forwarded-Proto", "http"), ("x-forwarded-proto", "ws"), ("Forwarded", "for=x")]
    seen = with_forwarded(given, "replace", CLIENT)
    assert [value for name, value in seen if name.lower() == "x-forwarded-proto"] == ["https"]
    assert ("Forwarded", "for=192.0.2.7;host=www.test;proto=https") in seen


def test_ipv6_clients_stand_in_brackets_and_http2_is_told() -> None:
    client = ClientSide("2001:db8::1", 443, "www.test", tls=True, http2=True)
    seen = dict(with_forwarded([], "append", client))
    assert seen["Forwarded"] == 'for="[2001:db8::1]";host=www.test;proto=https'
    assert seen["X-Forwarded-Proto-Version"] == "h2"


# --- header actions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", vectors("config.global_headers_env"), ids=vector_id)
def test_the_routers_header_actions_come_percent_encoded(vector: Vector) -> None:
    value, expected = vector["input"]["value"], vector["expected"]
    if expected["error"]:
        with pytest.raises(ValueError, match=f"^{re.escape(expected['error'])}$"):
            parse_environment(value)
        return
    found = [
        {"name": each.quoted_name, "value": each.quoted_value, "action": each.kind}
        for each in parse_environment(value)
    ]
    assert found == [{"value": "", **each} for each in expected["headers"]]


def test_a_routes_actions_are_quoted_for_haproxy() -> None:
    headers = {
        "actions": {
            "request": [{"name": "X-A", "action": {"type": "Set", "set": {"value": "it's"}}}],
            "response": [{"name": "Server", "action": {"type": "Delete"}}],
        }
    }
    (request,) = route_actions(headers, "request")
    (response,) = route_actions(headers, "response")
    assert request.directive("request") == "http-request set-header 'X-A' 'it'\\''s'"
    assert response.directive("response") == "http-response del-header 'Server'"
    assert route_actions({}, "request") == ()
    assert HeaderAction("X").kind == "Delete"
