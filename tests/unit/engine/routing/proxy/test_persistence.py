"""Cookies: what a request's header asks for, what the server sees, what the answer sets."""

from __future__ import annotations

import pytest

from cluster.engine.routing.proxy import Admin, CookieLine, cookie_values, without_cookie
from tests.unit.engine.routing.proxy.backends import arrive_connected, backend


@pytest.mark.parametrize(
    ("header", "values", "seen"),
    [
        ("ROUTE=a1", ["a1"], None),
        ("ROUTE=", [""], None),
        ("a=1; ROUTE=a2; b=2", ["a2"], "a=1; b=2"),
        ("ROUTE=a1;b=2", ["a1"], "b=2"),
        ("route=a1; XROUTE=a2", [], "route=a1; XROUTE=a2"),
        ("ROUTE=a1; ROUTE=a2", ["a1", "a2"], None),
        ("ROUTE = a1 ; b=2", ["a1"], "b=2"),
        ('b="x; ROUTE=a9"; ROUTE=a1', ["a1"], 'b="x; ROUTE=a9"'),
        ("ROUTE=a1|Zx4Pq", ["a1"], None),
        ("b=2;;  c=3", [], "b=2;;  c=3"),
        ("", [], ""),
    ],
)
def test_a_header_is_read_and_relieved_of_the_cookie(
    header: str, values: list[str], seen: str | None
) -> None:
    assert cookie_values(header, "ROUTE") == values
    assert without_cookie(header, "ROUTE") == seen


def test_attributes_follow_the_cookie_line() -> None:
    line = CookieLine("ROUTE", http_only=True, secure=True, same_site="None")
    assert line.set_cookie("a1") == "ROUTE=a1; path=/; HttpOnly; Secure; SameSite=None"


@pytest.mark.parametrize("header", [None, "ROUTE=", "ROUTE=nobody", "other=a2"])
def test_a_client_without_a_known_cookie_gets_one(header: str | None) -> None:
    router = backend({}, {})
    stream = arrive_connected(router, cookie=header)
    assert router.set_cookie(stream) == "ROUTE=a1; path=/; HttpOnly"


def test_a_cookie_leads_to_its_server_even_at_weight_0_and_moves_nothing() -> None:
    router = backend({}, {"weight": 0}, {})
    router.set_state(2, Admin.DRAIN, 0.0)
    for value, server in (("a2", 1), ("a3", 2)):
        stream = arrive_connected(router, cookie=f"ROUTE={value}")
        assert (stream.server, router.set_cookie(stream)) == (server, None)
    assert router.arrive(0.0).server == 0


def test_of_several_servers_with_one_value_the_first_that_is_up_is_taken() -> None:
    router = backend({"cookie": "same"}, {"cookie": "same"})
    router.set_health(0, False, 0.0)
    stream = router.arrive(0.0, cookie="ROUTE=same")
    assert (stream.server, stream.direct) == (1, True)


def test_the_first_cookie_that_names_a_server_that_is_up_counts() -> None:
    router = backend({}, {}, {})
    router.set_health(0, False, 0.0)
    assert router.arrive(0.0, cookie="ROUTE=a1; ROUTE=a3; ROUTE=a2").server == 2


def test_a_backend_without_cookie_line_looks_at_none_and_sets_none() -> None:
    router = backend({}, {}, cookie=None)
    stream = arrive_connected(router, cookie="ROUTE=a2")
    assert (stream.server, router.set_cookie(stream)) == (0, None)


def test_a_server_without_a_value_sets_none() -> None:
    router = backend({"cookie": None})
    assert router.set_cookie(arrive_connected(router)) is None


def test_the_load_of_those_with_cookies_counts_for_leastconn() -> None:
    router = backend({}, {}, balance="leastconn")
    arrive_connected(router, cookie="ROUTE=a1")
    assert [arrive_connected(router).server for _ in range(2)] == [1, 0]
