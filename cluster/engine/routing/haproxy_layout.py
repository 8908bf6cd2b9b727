"""Where the files of a router's HAProxy lie and what it listens on; by default as in the image of
openshift/router."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def _as_it_is(address: str) -> str:
    return address


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Directories, listening addresses, and the way to the pods.

    `server_address` turns a pod's address into the one that HAProxy connects to; `default_certificate`
    and `default_destination_ca` go before the router's settings where they are not "".
    `redirect_ports` are the ports for HTTP and TLS of a router that does not listen on 80 and 443:
    clients that name the one are redirected to the other.
    """

    configuration: str = "/var/lib/haproxy/conf"
    sockets: str = "/var/lib/haproxy/run"
    work: str = "/var/lib/haproxy"
    http_bind: str = ":80"
    https_bind: str = ":443"
    stats_bind: str = ":1936"
    default_certificate: str = ""
    default_destination_ca: str = ""
    server_address: Callable[[str], str] = _as_it_is
    redirect_ports: tuple[int, int] | None = None

    def map_file(self, name: str) -> str:
        """The path of a map."""
        return f"{self.configuration}/{name}"

    def error_file(self, status: int) -> str:
        """The path of an error page."""
        return f"{self.configuration}/error-page-{status}.http"

    @property
    def certificates(self) -> str:
        """The directory of the routes' certificates."""
        return f"{self.work}/router/certs"

    def certificate_of(self, route: str) -> str:
        """The path of a route's certificate with its key; `route` is `<namespace>:<name>`."""
        return f"{self.certificates}/{route}.pem"

    def destination_ca_of(self, route: str) -> str:
        """The path of the CA that a re-encrypt route trusts."""
        return f"{self.work}/router/cacerts/{route}.pem"

    def allow_list(self, route: str) -> str:
        """The path of an allow list that is too long for a line."""
        return f"{self.work}/router/allowlists/{route}.txt"
