"""From the weights of a route's services to the weights of its servers, as openshift/router does it
(`calculateServiceWeights`, `getServiceUnitWeight`, `numberOfEndpoints`), and the shares of traffic
that follow: the nominal one, which `oc` shows, and the actual one, which HAProxy gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

import numpy as np

MAX_WEIGHT: Final = 256
UNSET_WEIGHT: Final = 1
"""What the router assumes for a weight that is missing (the API server has defaulted it to 100)."""
LONE_WEIGHT: Final = 1
"""Server weight when one service alone is active; routers before 4.12 gave 256."""


class NamedPort(Protocol):
    """An endpoint as far as a route's target port is concerned."""

    @property
    def port(self) -> int: ...

    @property
    def port_name(self) -> str: ...


Endpoint = TypeVar("Endpoint", bound=NamedPort)


def matching_endpoints(
    endpoints: Iterable[Endpoint], target_port: int | str | None
) -> list[Endpoint]:
    """The endpoints that the route's `spec.port.targetPort` names, by port name or port number.

    The number is the pod's port, not the Service's. Without a target port every endpoint matches.
    """
    wanted = "" if target_port is None else str(target_port)
    if not wanted:
        return list(endpoints)
    return [e for e in endpoints if wanted in (e.port_name, str(e.port))]


@dataclass(frozen=True, slots=True)
class ServiceUnit:
    """One service of a route: its weight and how many of its endpoints match the route port."""

    name: str
    weight: int | None
    endpoints: int

    @property
    def used_weight(self) -> int:
        """The weight as the router uses it, within 0 to 256."""
        return clamp_weight(self.weight)


def clamp_weight(weight: int | None) -> int:
    """The router's reading of a weight: missing is 1, negative is 0, above 256 is 256."""
    if weight is None:
        return UNSET_WEIGHT
    return min(max(weight, 0), MAX_WEIGHT)


def merge_services(services: Iterable[ServiceUnit]) -> list[ServiceUnit]:
    """The services in the router's order, by name; of a service named twice the last one counts."""
    merged = {service.name: service for service in services}
    return [merged[name] for name in sorted(merged)]


def active_services(weights: Iterable[tuple[str, int | None]]) -> int:
    """How many distinct services have weight above 0, whether or not they have endpoints.

    This is the count that makes roundrobin the default (router: `ActiveServiceUnits`).
    """
    last = dict(weights)
    return sum(clamp_weight(weight) > 0 for weight in last.values())


def active_endpoints(services: Iterable[ServiceUnit]) -> int:
    """Endpoints of services with weight above 0; health checks are on when there are several."""
    return sum(unit.endpoints for unit in merge_services(services) if unit.used_weight > 0)


def endpoint_weights(
    services: Sequence[ServiceUnit], *, lone_weight: int = LONE_WEIGHT
) -> dict[str, int]:
    """HAProxy weight of each endpoint of each service, 0 to 256, in the router's order.

    Services without endpoints are left out. `lone_weight` is what the endpoints of the only active
    service get: 1 since OpenShift 4.12, 256 before.
    """
    present = [unit for unit in merge_services(services) if unit.endpoints > 0]
    active = sum(unit.used_weight > 0 for unit in present)
    if active == 1:
        return {unit.name: lone_weight if unit.used_weight else 0 for unit in present}
    # The router computes in 32-bit floats: 70 over 3 endpoints comes out as 255, not 256.
    per_endpoint = {
        unit.name: np.float32(unit.used_weight) / np.float32(unit.endpoints) for unit in present
    }
    heaviest = max(per_endpoint.values(), default=np.float32(0))
    if heaviest == 0:
        return dict.fromkeys(per_endpoint, 0)
    scale = np.float32(MAX_WEIGHT) / heaviest
    return {
        name: max(int(weight * scale), 1) if weight > 0 else 0
        for name, weight in per_endpoint.items()
    }


@dataclass(frozen=True, slots=True)
class ServiceShare:
    """What one service of a route gets. Shares are fractions of all new requests, 0 to 1."""

    name: str
    weight: int
    endpoints: int
    server_weight: int | None
    """Weight of each of its servers; None when it has no server line at all."""
    nominal: float
    """Weight over the sum of weights: what `oc` and the OpenShift console display."""
    actual: float
    """What HAProxy gives under roundrobin, without cookies and with all servers up."""
    per_endpoint: float


@dataclass(frozen=True, slots=True)
class TrafficSplit:
    """The split of a route's traffic over its services, in the router's order."""

    services: tuple[ServiceShare, ...]

    @property
    def unavailable(self) -> bool:
        """Whether every new visitor gets 503: no server has a weight above 0."""
        return not any(share.server_weight for share in self.services)

    def by_name(self) -> Mapping[str, ServiceShare]:
        return {share.name: share for share in self.services}


def split_traffic(
    services: Sequence[ServiceUnit], *, lone_weight: int = LONE_WEIGHT
) -> TrafficSplit:
    """Nominal and actual share of each service and of each of its endpoints."""
    merged = merge_services(services)
    weights = endpoint_weights(merged, lone_weight=lone_weight)
    nominal_total = sum(unit.used_weight for unit in merged)
    actual_total = sum(unit.endpoints * weights.get(unit.name, 0) for unit in merged)

    def share(unit: ServiceUnit) -> ServiceShare:
        server_weight = weights.get(unit.name)
        each = (server_weight or 0) / actual_total if actual_total else 0.0
        return ServiceShare(
            name=unit.name,
            weight=unit.used_weight,
            endpoints=unit.endpoints,
            server_weight=server_weight,
            nominal=unit.used_weight / nominal_total if nominal_total else 0.0,
            actual=each * unit.endpoints,
            per_endpoint=each,
        )

    return TrafficSplit(tuple(share(unit) for unit in merged))
