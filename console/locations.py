"""Where a browser finds a route: its URL with the port on which the router listens here."""

from __future__ import annotations

from cluster.objects.route import Route, location
from cluster.runtime.client import Client

_STANDARD_PORTS = {"http": 80, "https": 443}


def location_of(client: Client, route: Route) -> str:
    """The route's URL. Without a router of this process it is what a real cluster would say."""
    url = location(route)
    address = client.router_address()
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    if address is None or not host:
        return url
    port = address.http_port if scheme == "http" else address.https_port
    if port in (None, _STANDARD_PORTS[scheme]):
        return url
    return f"{scheme}://{host}:{port}{slash}{path}"
