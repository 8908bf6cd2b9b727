"""The URL of a route, with the port of the router that serves it."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.objects.meta import ObjectMeta
from cluster.objects.route import Route, RouteSpec, TLSConfig
from cluster.runtime.client import RouterAddress
from console.locations import curl_command, location_of


class AClient:
    """A client of which only the router's address is asked."""

    def __init__(self, address: RouterAddress | None) -> None:
        self._address = address

    def router_address(self) -> RouterAddress | None:
        return self._address


@pytest.mark.parametrize(
    ("address", "plain", "secured"),
    [
        (None, "http://a.test/x", "https://a.test/x"),
        (RouterAddress("127.0.0.1", 8080, 8443), "http://a.test:8080/x", "https://a.test:8443/x"),
        (RouterAddress("127.0.0.1", 80, 443), "http://a.test/x", "https://a.test/x"),
        (RouterAddress("127.0.0.1", 8080, None), "http://a.test:8080/x", "https://a.test/x"),
    ],
)
def test_the_port_is_the_routers(address: RouterAddress | None, plain: str, secured: str) -> None:
    spec = RouteSpec(host="a.test", path="/x")
    tls = RouteSpec(host="a.test", path="/x", tls=TLSConfig(termination="edge"))
    metadata = ObjectMeta(name="a", namespace="demo")
    found = [
        location_of(AClient(address), Route(metadata=metadata, spec=each)) for each in (spec, tls)
    ]  # type: ignore[arg-type]
    assert found == [plain, secured]


LISTENS = RouterAddress("127.0.0.1", 8080, 8443)
HOME = "http://web-demo.apps.localhost/"


@pytest.mark.parametrize(
    ("address", "url", "options", "command"),
    [
        (None, HOME, {}, ""),
        (RouterAddress("127.0.0.1", None, 8443), HOME, {}, ""),
        (LISTENS, HOME, {}, "curl http://web-demo.apps.localhost:8080/"),
        (RouterAddress("0.0.0.0", 80, 443), HOME, {}, "curl http://web-demo.apps.localhost/"),
        (
            LISTENS,
            "https://web-demo.apps.localhost/a?b=c&d",
            {"cookie": "a=1; b='2'"},
            "curl -k -H 'Cookie: a=1; b='\"'\"'2'\"'\"'' "
            "'https://web-demo.apps.localhost:8443/a?b=c&d'",
        ),
        (
            RouterAddress("0.0.0.0", 8080, 8443),
            "http://shop.example.com/",
            {"follow": True, "cookie_jar": True},
            "curl -L -k --resolve shop.example.com:8080:127.0.0.1"
            " --resolve shop.example.com:8443:127.0.0.1"
            " -b cookies.txt -c cookies.txt http://shop.example.com:8080/",
        ),
    ],
)
def test_curl_finds_the_router(
    address: RouterAddress | None, url: str, options: dict[str, Any], command: str
) -> None:
    assert curl_command(AClient(address), url, **options) == command  # type: ignore[arg-type]
