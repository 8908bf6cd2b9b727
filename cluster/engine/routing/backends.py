"""A route's backend as the router would write it into HAProxy's configuration: which endpoints of
which services become server lines, in which order, with which weights, algorithm and cookie
(openshift/router: `createRouterEndpoints`, `endpointsForAlias`, haproxy-config.template)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from cluster.engine.routing import warnings
from cluster.engine.routing.algorithm import AlgorithmChoice, choose_algorithm
from cluster.engine.routing.annotations import RouteSettings, read_annotations
from cluster.engine.routing.cookies import RouteCookie, backend_name, route_cookie, server_name
from cluster.engine.routing.router_endpoints import RouterEndpoint, router_endpoints
from cluster.engine.routing.server_options import is_checked
from cluster.engine.routing.warnings import RouteWarning
from cluster.engine.routing.weights import (
    ServiceShare,
    ServiceUnit,
    matching_endpoints,
    split_traffic,
)
from cluster.objects.endpoints import Endpoints, EndpointSubset
from cluster.objects.route import PASSTHROUGH, Route
from cluster.objects.service import Service

T = TypeVar("T")


class Objects(Protocol):
    """What backends are made from: the store, or a reader of it."""

    def get(self, cls: type[T], namespace: str, name: str) -> T | None:
        """The object, or None."""
        ...


@dataclass(frozen=True, slots=True)
class BackendServer:
    """One server line. `pod` is "" for an address without a pod, `weight` HAProxy's 0 to 256.

    `idled` marks the stand-in of an idled service: its cluster IP, which wakes the service.
    """

    name: str
    service: str
    pod: str
    node: str
    address: str
    port: int
    weight: int
    app_protocol: str = ""
    idled: bool = False

    @property
    def label(self) -> str:
        """How charts and tables name it: the pod, or the address where there is none."""
        return self.pod or f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class Backend:
    """All that decides which server gets a request of the route."""

    name: str
    termination: str
    servers: tuple[BackendServer, ...]
    choice: AlgorithmChoice
    cookie: RouteCookie | None
    services: tuple[ServiceShare, ...]
    warnings: tuple[RouteWarning, ...]
    settings: RouteSettings
    """Timeouts, limits and headers that the annotations ask for."""

    @property
    def algorithm(self) -> str:
        """The argument of the `balance` line."""
        return self.choice.algorithm

    @property
    def algorithm_reason(self) -> str:
        """Why it is this one, as a sentence."""
        return self.choice.explanation

    @property
    def cookies(self) -> bool:
        """Whether a cookie keeps clients with their server."""
        return self.cookie is not None

    @property
    def cookie_name(self) -> str:
        """The cookie's name, or ""."""
        return self.cookie.name if self.cookie else ""

    @property
    def configuration(self) -> tuple[object, ...]:
        """What HAProxy's configuration holds of it: a change reloads HAProxy."""
        return (
            self.name,
            self.servers,
            self.algorithm,
            self.choice.hash_type,
            self.cookie,
            self.settings,
        )

    @property
    def active_endpoints(self) -> int:
        """Endpoints of services with a weight above 0."""
        return sum(share.endpoints for share in self.services if share.weight)

    @property
    def checks_health(self) -> bool:
        """Whether servers are checked: only when several endpoints are active (template)."""
        return is_checked(self.active_endpoints)

    def checks(self, server: BackendServer) -> bool:
        """Whether this server is checked."""
        return is_checked(self.active_endpoints, idled=server.idled)


def termination_of(route: Route) -> str:
    """The route's TLS termination, "" without TLS."""
    return route.spec.tls.termination if route.spec.tls else ""


def build_backend(objects: Objects, route: Route, env: Mapping[str, str]) -> Backend:
    """The backend of a stored or drafted route; `env` holds the router's settings."""
    metadata, spec = route.metadata, route.spec
    target_port = spec.port.target_port if spec.port else None
    weights = {target.name: target.weight for target in spec.backends if target.name}
    endpoints = {name: _endpoints(objects, metadata.namespace, name) for name in weights}
    matching = {
        name: matching_endpoints(_listed(objects, metadata.namespace, name, held), target_port)
        for name, held in endpoints.items()
    }
    shares = split_traffic(
        [ServiceUnit(name, weight, len(matching[name])) for name, weight in weights.items()]
    ).services
    termination = termination_of(route)
    choice = choose_algorithm(
        termination=termination,
        services=weights.items(),
        annotations=metadata.annotations,
        router_env=env,
    )
    insecure_policy = spec.tls.insecure_edge_termination_policy if spec.tls else ""
    settings = read_annotations(
        metadata.annotations,
        termination=termination,
        insecure_policy=insecure_policy,
        path=spec.path,
        router_env=env,
    )
    found = [
        *warnings.route_warnings(route),
        *_service_warnings(objects, route, shares, endpoints),
        *warnings.share_warnings(shares, choice),
        *warnings.annotation_warnings(settings.ignored, choice),
    ]
    return Backend(
        name=backend_name(metadata.namespace, metadata.name, termination),
        termination=termination,
        servers=tuple(_servers(shares, matching, termination)),
        choice=choice,
        cookie=route_cookie(
            namespace=metadata.namespace,
            route=metadata.name,
            termination=termination,
            insecure_policy=insecure_policy,
            annotations=metadata.annotations,
            router_env=env,
        ),
        services=shares,
        warnings=tuple(found),
        settings=settings,
    )


def _listed(
    objects: Objects, namespace: str, name: str, endpoints: Endpoints | None
) -> list[RouterEndpoint]:
    """The service itself is looked up only where nothing is ready: it may be idled."""
    ready = endpoints is not None and any(subset.addresses for subset in endpoints.subsets)
    service = None if ready else objects.get(Service, namespace, name)
    return router_endpoints(endpoints, service)


def _endpoints(objects: Objects, namespace: str, service: str) -> Endpoints | None:
    return objects.get(Endpoints, namespace, service)


def _servers(
    shares: Iterable[ServiceShare], matching: Mapping[str, list[RouterEndpoint]], termination: str
) -> Iterator[BackendServer]:
    """Server lines by service name, then in the order of the endpoints."""
    for share in shares:
        weight = share.server_weight
        # Passthrough leaves out servers of weight 0; elsewhere cookies may still lead to them.
        if weight is None or (weight == 0 and termination == PASSTHROUGH):
            continue
        for each in matching[share.name]:
            yield BackendServer(
                name=server_name(
                    share.name, each.port_name, each.address.ip, each.port, pod=each.pod
                ),
                service=share.name,
                pod=each.pod or "",
                node=each.address.node_name,
                address=each.address.ip,
                port=each.port,
                weight=weight,
                app_protocol=each.app_protocol,
                idled=each.idled,
            )


# --- warnings --------------------------------------------------------------------------------------


def _unready(subsets: Iterable[EndpointSubset]) -> int:
    return len({address.ip for subset in subsets for address in subset.not_ready_addresses})


def _service_warnings(
    objects: Objects,
    route: Route,
    shares: Iterable[ServiceShare],
    endpoints: Mapping[str, Endpoints | None],
) -> Iterator[RouteWarning]:
    target_port = route.spec.port.target_port if route.spec.port else None
    for share in shares:
        service = objects.get(Service, route.metadata.namespace, share.name)
        if service is None:
            yield warnings.missing_service(share.name)
            continue
        held = endpoints[share.name]
        subsets = held.subsets if held else ()
        numbers = frozenset(port.port for subset in subsets for port in subset.ports)
        wrong = warnings.port_warning(service, target_port, numbers)
        if wrong is not None:
            yield wrong
        if not share.endpoints and (wrong is None or not subsets):
            serving = any(each.weight and each.endpoints for each in shares)
            yield warnings.no_endpoints(share, _unready(subsets), others_serve=serving)
