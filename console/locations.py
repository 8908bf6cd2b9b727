"""Where a browser finds a route: its URL with the port on which the router listens here, and how curl asks
for it."""

from __future__ import annotations

import shlex

from cluster.objects.route import Route, location
from cluster.runtime.client import Client, RouterAddress

_STANDARD_PORTS = {"http": 80, "https": 443}
_LOOPBACK = "127.0.0.1"
_ANY = ("0.0.0.0", "::")


def location_of(client: Client, route: Route) -> str:
    """The route's URL. Without a router of this process it is what a real cluster would say."""
    return with_port(client, location(route))


def with_port(client: Client, url: str) -> str:
    """A URL that names no port, with the router's where it is not the scheme's own."""
    address = client.router_address()
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    if address is None or not host:
        return url
    port = _port(address, scheme)
    if port in (None, _STANDARD_PORTS[scheme]):
        return url
    return f"{scheme}://{host}:{port}{slash}{path}"


def curl_command(
    client: Client, url: str, *, cookie: str = "", cookie_jar: bool = False, follow: bool = False
) -> str:
    """The command that asks for a URL without a port, for a shell; "" where no router listens for it.

    `cookie` is a Cookie header; with `cookie_jar` curl keeps what it is given, as browsers do.
    """
    address = client.router_address()
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0]
    port = None if address is None else _port(address, scheme)
    if address is None or port is None:
        return ""
    words = ["curl"]
    if follow:
        words.append("-L")
    if scheme == "https" or follow:
        words.append("-k")  # the router's certificate is its own authority's
    if not host.endswith(".localhost"):
        words += _resolved(address, host)
    if cookie:
        words += ["-H", f"Cookie: {cookie}"]
    if cookie_jar:
        words += ["-b", "cookies.txt", "-c", "cookies.txt"]
    return shlex.join([*words, with_port(client, url)])


def _resolved(address: RouterAddress, host: str) -> list[str]:
    """A name that leads here by itself needs nothing; others do until DNS knows them."""
    place = _LOOPBACK if address.host in _ANY else address.host
    ports = [port for port in (address.http_port, address.https_port) if port is not None]
    return [word for port in ports for word in ("--resolve", f"{host}:{port}:{place}")]


def _port(address: RouterAddress, scheme: str) -> int | None:
    return address.http_port if scheme == "http" else address.https_port
