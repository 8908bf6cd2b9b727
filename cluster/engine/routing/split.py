"""What each service and each pod of a route would get: the figures behind the A/B slider and the
route's page. Nominal shares are what `oc` and the console show; exact ones follow HAProxy's weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cluster.engine.routing.backends import Backend, Objects, build_backend
from cluster.engine.routing.warnings import RouteWarning
from cluster.engine.routing.weights import ServiceShare
from cluster.objects.route import PASSTHROUGH, Route


@dataclass(frozen=True, slots=True)
class ServiceSplit:
    """One service's part. `nominal` and `exact` are fractions of all new visitors, 0 to 1."""

    service: str
    weight: int
    endpoints: int
    nominal: float
    exact: float
    server_weight: int | None
    """HAProxy's weight of each of its pods; None when it has no ready endpoint."""


@dataclass(frozen=True, slots=True)
class PodSplit:
    """One server's part; `pod` is its address where there is no pod."""

    pod: str
    service: str
    node: str
    address: str
    port: int
    weight: int
    exact: float


@dataclass(frozen=True, slots=True)
class Split:
    """The split of a route's new visitors, in the router's order (by service name)."""

    services: tuple[ServiceSplit, ...]
    pods: tuple[PodSplit, ...]
    algorithm: str
    algorithm_reason: str
    outlook: str
    """What visitors would see, as a sentence."""
    available: bool
    """Whether a visitor without a cookie reaches a pod."""
    warnings: tuple[RouteWarning, ...]


def split(objects: Objects, route: Route, env: Mapping[str, str]) -> Split:
    """The split of a stored or drafted route; `env` holds the router's settings."""
    backend = build_backend(objects, route, env)
    total = sum(server.weight for server in backend.servers)
    return Split(
        services=tuple(_service(share) for share in backend.services),
        pods=tuple(
            PodSplit(
                pod=server.label,
                service=server.service,
                node=server.node,
                address=server.address,
                port=server.port,
                weight=server.weight,
                exact=server.weight / total if total else 0.0,
            )
            for server in backend.servers
        ),
        algorithm=backend.algorithm,
        algorithm_reason=backend.algorithm_reason,
        outlook=_outlook(backend),
        available=total > 0,
        warnings=backend.warnings,
    )


def _service(share: ServiceShare) -> ServiceSplit:
    return ServiceSplit(
        service=share.name,
        weight=share.weight,
        endpoints=share.endpoints,
        nominal=share.nominal,
        exact=share.actual,
        server_weight=share.server_weight,
    )


def _outlook(backend: Backend) -> str:
    shares = backend.services
    if not shares:
        return "The route names no service: every visitor gets 503."
    taking = [share for share in shares if share.actual > 0]
    if not taking:
        return _unavailable(backend)
    if len(taking) == 1:
        return _one_service(taking[0], backend)
    parts = [f"{share.actual:.1%} to {share.name}" for share in taking]
    if backend.algorithm == "roundrobin":
        return f"New visitors go {_joined(parts)}."
    return (
        f"By the weights new visitors would go {_joined(parts)}, but the route balances by"
        f" {backend.algorithm}."
    )


def _unavailable(backend: Backend) -> str:
    passthrough = backend.termination == PASSTHROUGH
    answer = "finds the connection closed" if passthrough else "gets 503"
    weighted = any(share.weight for share in backend.services)
    served = any(share.endpoints for share in backend.services)
    if weighted and not served:
        return f"Every visitor {answer}: no service of the route has a ready endpoint."
    if weighted:
        return f"Every visitor {answer}: no service with a weight above 0 has a ready endpoint."
    if backend.cookies and served:
        return (
            "All weights are 0: everybody without a cookie gets 503 (Application is not available);"
            " visitors whose cookie names a pod stay with it."
        )
    return f"All weights are 0: every visitor {answer}."


def _one_service(share: ServiceShare, backend: Backend) -> str:
    others = [each for each in backend.services if each is not share]
    text = f"All new visitors go to {share.name}."
    stranded = [each.name for each in others if each.weight and not each.endpoints]
    if stranded:
        verb = "has" if len(stranded) == 1 else "have"
        return f"{text[:-1]}: {_joined(stranded)} {verb} no ready endpoint."
    if backend.cookies and any(each.endpoints for each in others):
        return f"{text} Visitors with a cookie stay with the pod that it names."
    return text


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
