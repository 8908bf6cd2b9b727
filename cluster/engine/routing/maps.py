"""The maps by which HAProxy finds a request's backend, and the list of certificates by host
(openshift/router: `util/haproxy/map_entry.go`, `util.go`, `map_paths.go`)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cluster.engine.routing.backends import termination_of
from cluster.engine.routing.host_admitter import domain_of
from cluster.objects.route import EDGE, PASSTHROUGH, REENCRYPT, Route
from cluster.objects.validation.route_tls import external_name

HTTP: Final = "os_http_be.map"
EDGE_REENCRYPT: Final = "os_edge_reencrypt_be.map"
REDIRECT: Final = "os_route_http_redirect.map"
SNI_PASSTHROUGH: Final = "os_sni_passthrough.map"
TCP: Final = "os_tcp_be.map"
WILDCARD_DOMAIN: Final = "os_wildcard_domain.map"
CERTIFICATES: Final = "cert_config.map"
MAPS: Final = (HTTP, EDGE_REENCRYPT, REDIRECT, SNI_PASSTHROUGH, TCP, WILDCARD_DOMAIN)
"""The maps of regular expressions; CERTIFICATES has lines of another form."""

WILDCARD_PREFIX: Final = r"^[^\.]*\."
_PREFIXES: Final = {EDGE: "be_edge_http", REENCRYPT: "be_secure", PASSTHROUGH: "be_tcp"}
_SPECIAL: Final = re.compile(r"[\\.+*?()|\[\]{}^$]")
_BLANKS: Final = str.maketrans({" ": r"\x20", "\t": r"\t", "\r": r"\r", "\n": r"\n"})


@dataclass(frozen=True, slots=True, kw_only=True)
class MapRoute:
    """What the maps need to know of a served route; `name` is `<namespace>:<route>`."""

    name: str
    host: str
    path: str = ""
    wildcard: bool = False
    termination: str = ""
    insecure_policy: str = ""
    certificate: str = ""
    """The route's own certificate, "" for none."""

    @property
    def backend(self) -> str:
        """The backend's name; an unknown termination counts as none."""
        return f"{_PREFIXES.get(self.termination, 'be_http')}:{self.name}"

    @property
    def secured(self) -> bool:
        """Whether TLS ends at the router."""
        return self.termination in (EDGE, REENCRYPT)

    @property
    def regex(self) -> str:
        """What Host header and path of a request must match."""
        return route_regex(self.host, self.path, wildcard=self.wildcard)


def map_route(route: Route, host: str, certificate: str | None = None) -> MapRoute:
    """A route as it is served under a host; `certificate` stands in for the one in the object.

    Without it the name of a route's secret stands for what is in the secret.
    """
    tls = route.spec.tls
    own = tls.certificate or external_name(tls) if tls is not None else ""
    return MapRoute(
        name=f"{route.metadata.namespace}:{route.metadata.name}",
        host=host,
        path=route.spec.path,
        wildcard=route.spec.wildcard_policy == "Subdomain",
        termination=termination_of(route),
        insecure_policy=tls.insecure_edge_termination_policy if tls is not None else "",
        certificate=own if certificate is None else certificate,
    )


# --- regular expressions -----------------------------------------------------------------------------


def quote_meta(text: str) -> str:
    """Go's `regexp.QuoteMeta`, which leaves hyphens and slashes alone."""
    return _SPECIAL.sub(lambda sign: "\\" + sign[0], text)


def host_regex(host: str, *, wildcard: bool) -> str:
    """A host, or exactly one label before the domain of a wildcard."""
    domain = domain_of(host)
    return rf"[^\.]*\.{quote_meta(domain)}" if wildcard and domain else quote_meta(host)


@lru_cache(maxsize=65536)
def route_regex(host: str, path: str, *, wildcard: bool = False) -> str:
    """Host, optional port and path; a path of slashes only is none at all."""
    if not path.rstrip("/"):
        below = "(/.*)?"
        path = ""
    else:
        below = "(.*)?" if path.endswith("/") else "(/.*)?"
    quoted = quote_meta(path).translate(_BLANKS)
    return rf"^{host_regex(host, wildcard=wildcard)}\.?(:[0-9]+)?{quoted}{below}$"


def sni_regex(host: str, *, wildcard: bool = False) -> str:
    """The server name of a TLS hello: no port, no dot at the end."""
    return f"^{host_regex(host, wildcard=wildcard)}$"


def certificate_host(host: str, *, wildcard: bool) -> str:
    """The host of a line of the certificate list: `*.domain` for a wildcard."""
    dot = host.find(".")
    return f"*.{host[dot + 1 :]}" if wildcard and dot > 0 else host


# --- entries and files -------------------------------------------------------------------------------


def entry(name: str, route: MapRoute) -> tuple[str, str] | None:
    """The key and value of a route in a map, None where it is not in it."""
    if not route.host:
        return None
    if name == HTTP:
        open_to_http = not route.termination or (route.secured and route.insecure_policy == "Allow")
        return (route.regex, route.backend) if open_to_http else None
    if name == EDGE_REENCRYPT:
        return (route.regex, route.backend) if route.secured else None
    if name == REDIRECT:
        return route.regex, "1" if route.insecure_policy == "Redirect" else "0"
    if name == WILDCARD_DOMAIN:
        key = route_regex(route.host, "", wildcard=True)
        return (key, "1") if route.wildcard else None
    if name == CERTIFICATES:
        host = certificate_host(route.host, wildcard=route.wildcard)
        return (f"{route.name}.pem", host) if route.secured and route.certificate else None
    return _tcp_entry(name, route)


def _tcp_entry(name: str, route: MapRoute) -> tuple[str, str] | None:
    """Maps by server name hold no paths. Re-encrypt routes are in the TCP map too, without effect."""
    if route.path:
        return None
    if name == TCP and route.termination in (PASSTHROUGH, REENCRYPT):
        return route_regex(route.host, "", wildcard=route.wildcard), route.backend
    if name == SNI_PASSTHROUGH and route.termination == PASSTHROUGH:
        return sni_regex(route.host, wildcard=route.wildcard), "1"
    return None


def sort_lines(lines: Iterable[str], prefix: str = WILDCARD_PREFIX) -> list[str]:
    """In reverse order of bytes, lines with the prefix after all others: the first match wins."""
    backwards = sorted(lines, key=lambda line: line.encode(), reverse=True)
    return sorted(backwards, key=lambda line: bool(prefix) and line.startswith(prefix))


def map_lines(name: str, routes: Iterable[MapRoute]) -> list[str]:
    """The lines of a map of regular expressions, in order."""
    found = [entry(name, route) for route in routes]
    return sort_lines(f"{each[0]} {each[1]}" for each in found if each is not None)


def certificate_lines(
    routes: Iterable[MapRoute], *, directory: str, http2: bool = True
) -> list[str]:
    """The lines of the certificate list; `directory` holds the files.

    HTTP/2 is offered only where no other route has the same certificate: browsers would reuse the
    connection for it.
    """
    owners = [each for each in routes if entry(CERTIFICATES, each) is not None]
    uses: dict[str, int] = {}
    for each in owners:
        uses[each.certificate] = uses.get(each.certificate, 0) + 1
    lines = []
    for each in owners:
        alone = http2 and uses[each.certificate] == 1
        words = [f"{directory}/{each.name}.pem", *(["[alpn h2,http/1.1]"] if alone else [])]
        host = certificate_host(each.host, wildcard=each.wildcard)
        lines.append(" ".join([*words, host]))
    return sorted(lines, key=lambda line: line.encode(), reverse=True)
