"""Route: route.openshift.io/v1. A host (and path) that the router serves from services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cluster.objects.meta import EMPTY, IntOrString, ObjectMeta, Timestamp, named

EDGE, PASSTHROUGH, REENCRYPT = "edge", "passthrough", "reencrypt"
TERMINATIONS = (EDGE, PASSTHROUGH, REENCRYPT)
BALANCE = "haproxy.router.openshift.io/balance"
DISABLE_COOKIES = "haproxy.router.openshift.io/disable_cookies"
TIMEOUT = "haproxy.router.openshift.io/timeout"
COOKIE_NAME = "router.openshift.io/cookie_name"
HOST_GENERATED = "openshift.io/host.generated"
ALLOW_NON_DNS_HOST = "route.openshift.io/allow-non-dns-compliant-host"


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTargetReference:
    """A service that a route sends traffic to; a missing weight is 100 (API default)."""

    kind: str = ""
    name: str = named("name", "", keep=True)
    weight: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutePort:
    """Which port of the endpoints: the service port's name or the pod's port number."""

    target_port: IntOrString = named("targetPort", "", keep=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalObjectReference:
    """A name in the same namespace."""

    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TLSConfig:
    """`spec.tls`."""

    termination: str = ""
    certificate: str = ""
    key: str = ""
    ca_certificate: str = named("caCertificate", "")
    destination_ca_certificate: str = named("destinationCACertificate", "")
    insecure_edge_termination_policy: str = ""
    external_certificate: LocalObjectReference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSpec:
    """`spec`."""

    host: str = ""
    subdomain: str = ""
    path: str = ""
    to: RouteTargetReference = named("to", RouteTargetReference(), keep=True)
    alternate_backends: tuple[RouteTargetReference, ...] = ()
    port: RoutePort | None = None
    tls: TLSConfig | None = None
    wildcard_policy: str = ""
    http_headers: Mapping[str, Any] = EMPTY

    @property
    def backends(self) -> tuple[RouteTargetReference, ...]:
        """The service of `to` and the alternates."""
        return (self.to, *self.alternate_backends)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteIngressCondition:
    """What a router says of the route: type `Admitted`."""

    type: str = "Admitted"
    status: str = ""
    reason: str = ""
    message: str = ""
    last_transition_time: Timestamp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteIngress:
    """One router's entry."""

    host: str = ""
    router_name: str = ""
    conditions: tuple[RouteIngressCondition, ...] = ()
    wildcard_policy: str = ""
    router_canonical_hostname: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteStatus:
    """`status`: written by routers only."""

    ingress: tuple[RouteIngress, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route."""

    metadata: ObjectMeta
    spec: RouteSpec = named("spec", RouteSpec(), keep=True)
    status: RouteStatus = named("status", RouteStatus(), keep=True)


def admitted(route: Route) -> RouteIngressCondition | None:
    """The `Admitted` condition of the first router that decided, preferring one that says True."""
    conditions = [
        condition
        for ingress in route.status.ingress
        for condition in ingress.conditions
        if condition.type == "Admitted"
    ]
    return next(
        (each for each in conditions if each.status == "True"), next(iter(conditions), None)
    )


def status_word(route: Route) -> str:
    """Accepted, Pending or Rejected (console: `routeStatus`)."""
    condition = admitted(route)
    if condition is None:
        return "Pending"
    return "Accepted" if condition.status == "True" else "Rejected"


def location(route: Route) -> str:
    """The URL of a route (console: `getRouteWebURL`)."""
    hosts = (each.host for each in route.status.ingress if each.host)
    host = next(hosts, route.spec.host)
    scheme = "https" if route.spec.tls else "http"
    return f"{scheme}://{host}{route.spec.path}"


def weight_of(backend: RouteTargetReference) -> int:
    """The weight that counts: a missing one is 100."""
    return 100 if backend.weight is None else backend.weight


def services_text(route: Route) -> str:
    """The SERVICES column of `oc get routes`: `a(66%),b(33%)`, truncated."""
    backends = route.spec.backends
    if len(backends) == 1:
        return backends[0].name
    total = sum(weight_of(each) for each in backends)
    return ",".join(
        f"{each.name}({weight_of(each) * 100 // total if total else 0}%)" for each in backends
    )


def termination_text(route: Route) -> str:
    """The TERMINATION column: `edge`, `edge/Redirect`."""
    tls = route.spec.tls
    if tls is None:
        return ""
    policy = tls.insecure_edge_termination_policy
    return f"{tls.termination}/{policy}" if policy else tls.termination
