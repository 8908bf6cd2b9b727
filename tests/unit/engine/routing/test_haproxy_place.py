"""Where a route stands in the configuration: its backend, its map lines, the lines that lead to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cluster.engine.routing.haproxy_config import render, served_route
from cluster.engine.routing.haproxy_place import RoutePlace, place_of
from cluster.engine.routing.router_settings import read_settings
from cluster.engine.routing.strategies import default_strategies
from cluster.engine.store import Store
from cluster.objects.route import TLSConfig
from tests.unit.engine.routing.objects import add_service, route

HOST = "web-demo.apps.localhost"


def place(tls: TLSConfig | None = None) -> RoutePlace:
    store = Store()
    add_service(store, "web", 2)
    made = route({"web": 100}, host=HOST)
    made = replace(made, spec=replace(made.spec, tls=tls))
    other = replace(made, metadata=replace(made.metadata, name="other"))
    # As it is written: an admitted certificate need not be a real one here.
    settings = read_settings({"EXTENDED_VALIDATION": "false"}, domain="apps.localhost")
    served = served_route(store, made, HOST, settings, 0.0)
    rival = served_route(store, other, f"other.{HOST}", settings, 0.0)
    found = place_of(render([served, rival], settings), served)
    assert found is not None
    return found


def lines(found: RoutePlace) -> list[str]:
    return found.config.text.splitlines()


def test_the_marked_lines_are_the_routes_backend() -> None:
    found = place()
    text = lines(found)
    assert text[found.lines.first - 1] == "backend be_http:demo:web"
    assert "pod:web-2" in text[found.lines.last - 1]


@pytest.mark.parametrize(
    ("tls", "heeded", "leading"),
    [
        (None, {"os_http_be.map"}, 1),
        (TLSConfig(termination="edge"), {"os_edge_reencrypt_be.map"}, 2),
        (
            TLSConfig(termination="edge", insecure_edge_termination_policy="Redirect"),
            {"os_edge_reencrypt_be.map", "os_route_http_redirect.map"},
            3,
        ),
        (
            TLSConfig(termination="passthrough"),
            {"os_sni_passthrough.map", "os_tcp_be.map"},
            2,
        ),
        (
            TLSConfig(termination="reencrypt", certificate="PEM"),
            {"os_edge_reencrypt_be.map", "cert_config.map"},
            3,
        ),
    ],
)
def test_map_lines_that_are_heeded_say_what_they_do(
    tls: TLSConfig | None, heeded: set[str], leading: int
) -> None:
    found = place(tls)
    assert {each.map for each in found.maps if each.effect} == heeded
    assert len(found.leading) == leading
    for number in found.leading:
        assert any(name in lines(found)[number - 1] for name in heeded)
    for each in found.maps:
        assert found.config.maps[each.map].splitlines()[each.number - 1] == each.text


def test_every_route_is_in_the_redirect_map_without_effect_unless_it_redirects() -> None:
    [redirect] = [each for each in place().maps if each.map == "os_route_http_redirect.map"]
    assert redirect.text.endswith(" 0")
    assert redirect.effect == ""


def test_the_maps_hold_no_keys() -> None:
    found = place(TLSConfig(termination="edge", certificate="PEM", key="SECRET"))
    assert "SECRET" in str(found.config.files)
    assert "SECRET" not in str(found.config.maps)


def test_the_default_strategies_are_those_of_the_settings() -> None:
    one, through, several = default_strategies({"ROUTER_LOAD_BALANCE_ALGORITHM": "leastconn"})
    assert (one.choice.algorithm, through.choice.algorithm) == ("leastconn", "leastconn")
    assert several.choice.algorithm == "roundrobin"
    assert "ROUTER_LOAD_BALANCE_ALGORITHM" in one.choice.explanation
