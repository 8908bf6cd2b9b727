"""The options of a server line that depend on the route's termination: TLS to the pod and whom it trusts,
HTTP/2 in clear, checks, queues (openshift/router: haproxy-config.template)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cluster.objects.route import EDGE, REENCRYPT

H2C: Final = ("h2c", "kubernetes.io/h2c")
"""`appProtocol` of a service port that speaks HTTP/2 without TLS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """What follows name, address, cookie and weight on a server line."""

    ssl: bool = False
    alpn: str | None = None
    verify_host: str | None = None
    verify: str | None = None
    """`required` or `none`; None without TLS."""
    ca_file: str | None = None
    protocol: str | None = None
    check_interval: str | None = None
    """Time between health checks; None for a server that is not checked."""
    max_connections: str | None = None

    def words(self) -> Iterator[str]:
        """The options in the template's order."""
        if self.ssl:
            yield "ssl"
        if self.alpn:
            yield f"alpn {self.alpn}"
        if self.verify_host:
            yield f"verifyhost {self.verify_host}"
        if self.verify:
            yield f"verify {self.verify}"
        if self.ca_file:
            yield f"ca-file {self.ca_file}"
        if self.protocol:
            yield f"proto {self.protocol}"
        if self.check_interval:
            yield f"check inter {self.check_interval}"
        if self.max_connections:
            yield f"maxconn {self.max_connections}"


def server_options(
    *,
    termination: str,
    service: str,
    namespace: str,
    app_protocol: str = "",
    destination_ca: str | None = None,
    default_ca: str = "",
    http2: bool = True,
    check_interval: str | None = None,
    max_connections: str | None = None,
) -> ServerOptions:
    """The options of a server of `service`.

    `destination_ca` is the file with the route's own CA, None where it has none; `default_ca` is the
    router's file, which signs for `<service>.<namespace>.svc`, "" for none.
    """
    if termination != REENCRYPT:
        clear = termination in ("", EDGE) and app_protocol in H2C
        return ServerOptions(
            protocol="h2" if clear else None,
            check_interval=check_interval,
            max_connections=max_connections,
        )
    # With a CA of its own the route trusts whatever that CA signed: the name is not checked.
    by_default = destination_ca is None and bool(default_ca)
    trusted = destination_ca or default_ca or None
    return ServerOptions(
        ssl=True,
        alpn="h2,http/1.1" if http2 else None,
        verify_host=f"{service}.{namespace}.svc" if by_default else None,
        verify="required" if trusted else "none",
        ca_file=trusted,
        check_interval=check_interval,
        max_connections=max_connections,
    )


def is_checked(active_endpoints: int, *, idled: bool = False) -> bool:
    """Whether a server's health is checked: a lone one is not, nor an idled service's stand-in."""
    return active_endpoints > 1 and not idled
