"""The URL of a route, with the port of the router that serves it."""

from __future__ import annotations

import pytest

from cluster.objects.meta import ObjectMeta
from cluster.objects.route import Route, RouteSpec, TLSConfig
from cluster.runtime.client import RouterAddress
from console.locations import location_of


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
