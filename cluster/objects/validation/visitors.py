"""Rules of Visitors: what the simulation can play."""

from __future__ import annotations

from cluster.objects.fields import FieldError, invalid, required, unsupported
from cluster.objects.validation.meta import checked, validate_meta, validate_meta_update
from cluster.objects.validation.names import dns1123_subdomain
from cluster.objects.validation.networks import ipv4_network
from cluster.objects.visitors import Visitors, VisitorsSpec

MIN_RATE, MAX_RATE = 0.1, 100_000  # requests per second
MAX_CLIENTS = 65534
MAX_HOLD = 600_000  # milliseconds
SCHEMES = ("http", "https")


def validate_visitors(visitors: Visitors) -> list[FieldError]:
    """What is wrong with a new group of visitors. The route need not exist yet."""
    spec = visitors.spec
    return [
        *validate_meta(visitors.metadata, dns1123_subdomain, namespaced=True),
        *_route_errors(spec.route),
        *_between("spec.requestsPerSecond", spec.requests_per_second, MIN_RATE, MAX_RATE),
        *_between("spec.clients", spec.clients, 1, MAX_CLIENTS),
        *_network_errors(spec),
        *_between("spec.cookiePercent", spec.cookie_percent, 0, 100),
        *_scheme_errors(spec.scheme),
        *_path_errors(spec.path),
        *_between("spec.holdMilliseconds", spec.hold_milliseconds, 0, MAX_HOLD),
    ]


def validate_visitors_update(new: Visitors, old: Visitors) -> list[FieldError]:
    """What is wrong with a change: everything about visitors may change while they visit."""
    return [*validate_meta_update(new.metadata, old.metadata), *validate_visitors(new)]


def _route_errors(route: str) -> list[FieldError]:
    if not route:
        return [required("spec.route")]
    return checked("spec.route", route, dns1123_subdomain(route))


def _between(path: str, value: float, low: float, high: float) -> list[FieldError]:
    if low <= value <= high:
        return []
    return [invalid(path, value, f"must be between {low} and {high}, inclusive")]


def _network_errors(spec: VisitorsSpec) -> list[FieldError]:
    """Every client has an address of its own; network and broadcast addresses are nobody's."""
    network = ipv4_network(spec.network)
    if network is None:
        detail = "must be a valid IPv4 network in CIDR notation, (e.g. 203.0.113.0/24)"
        return [invalid("spec.network", spec.network, detail)]
    usable = network.num_addresses - 2 if network.prefixlen < 31 else network.num_addresses
    if usable < spec.clients <= MAX_CLIENTS:
        detail = f"must not exceed the {usable} addresses of network {network}"
        return [invalid("spec.clients", spec.clients, detail)]
    return []


def _scheme_errors(scheme: str) -> list[FieldError]:
    return [] if scheme in SCHEMES else [unsupported("spec.scheme", scheme, SCHEMES)]


def _path_errors(path: str) -> list[FieldError]:
    if not path.startswith("/"):
        return [invalid("spec.path", path, "path must begin with /")]
    if any(sign <= " " or sign == "#" for sign in path):
        return [invalid("spec.path", path, "cannot contain # or spaces")]
    return []
