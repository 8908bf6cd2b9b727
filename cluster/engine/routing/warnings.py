"""What a route's owner should know and no router says: the route warnings of the 3.x console and of
`oc status`, and the annotations that the router ignores in silence (router facts, §6, §8, §9.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from cluster.engine.routing.algorithm import ALGORITHMS, BALANCE_ANNOTATION, AlgorithmChoice
from cluster.engine.routing.ignored_annotations import Ignored
from cluster.engine.routing.weights import ServiceShare
from cluster.objects.route import PASSTHROUGH, Route, admitted
from cluster.objects.service import Service, ServicePort

NOTICEABLE_SKEW: Final = 0.01
"""Difference of nominal and exact share from which on a user is told, as a fraction."""


class WarningReason(Enum):
    """The kinds of warnings; the first three carry the names that `oc status` uses."""

    MISSING_SERVICE = "MissingService"
    MISSING_ROUTE_PORT = "MissingRoutePort"
    WRONG_ROUTE_PORT = "WrongRoutePort"
    PATH_IGNORED = "PathBasedPassthrough"
    NOT_ADMITTED = "RouteNotAdmitted"
    NO_ENDPOINTS = "NoEndpoints"
    ALL_WEIGHTS_ZERO = "AllWeightsZero"
    WEIGHTS_NOT_FOLLOWED = "WeightsNotFollowed"
    SHARE_SKEWED = "ShareSkewed"
    ANNOTATION_IGNORED = "AnnotationIgnored"
    ANNOTATION_CLIPPED = "AnnotationClipped"


@dataclass(frozen=True, slots=True)
class RouteWarning:
    """One warning. `service` is the service it is about, `annotation` the ignored annotation.

    `detail` is what happens to the annotation, for lists that name it already.
    """

    reason: WarningReason
    text: str
    service: str = ""
    annotation: str = ""
    detail: str = ""


def route_warnings(route: Route) -> Iterator[RouteWarning]:
    """What the route itself shows: refused by the router, a path that has no effect."""
    condition = admitted(route)
    if condition is not None and condition.status != "True":
        text = f"The router refuses this route: {condition.reason}: {condition.message}."
        yield RouteWarning(WarningReason.NOT_ADMITTED, text)
    tls = route.spec.tls
    if tls is not None and tls.termination == PASSTHROUGH and route.spec.path:
        text = (
            f"The path {route.spec.path} has no effect: with passthrough termination the router"
            " does not see the request."
        )
        yield RouteWarning(WarningReason.PATH_IGNORED, text)


# --- services and ports --------------------------------------------------------------------------


def missing_service(name: str) -> RouteWarning:
    """The route names a service that is not there; the router admits it all the same."""
    return RouteWarning(WarningReason.MISSING_SERVICE, f"Service {name} does not exist.", name)


def port_warning(
    service: Service, target_port: int | str | None, pod_ports: frozenset[int]
) -> RouteWarning | None:
    """What is wrong with the route's target port for one service.

    `pod_ports` are the port numbers of the service's endpoints, for target ports given by name.
    """
    name, ports = service.metadata.name, service.spec.ports
    wanted = "" if target_port is None else str(target_port)
    if not wanted:
        if len(ports) < 2:
            return None
        text = (
            f"The route has no target port, but service {name} has {len(ports)} ports: its traffic"
            " goes to all of them in turn."
        )
        return RouteWarning(WarningReason.MISSING_ROUTE_PORT, text, name)
    numbers = {str(port.effective_target) for port in ports} | {str(port) for port in pod_ports}
    if wanted in numbers or any(port.name == wanted for port in ports):
        return None
    return RouteWarning(WarningReason.WRONG_ROUTE_PORT, _wrong_port(name, wanted, ports), name)


def _wrong_port(service: str, wanted: str, ports: tuple[ServicePort, ...]) -> str:
    known = ", ".join(
        f"{port.name} ({port.effective_target})" if port.name else str(port.effective_target)
        for port in ports
    )
    if not wanted.isdecimal():
        return f"Service {service} has no port named {wanted}; it has {known}."
    same = next((port for port in ports if str(port.port) == wanted), None)
    if same is not None:
        return (
            f"Target port {wanted} is the port of service {service}, not of its pods: the router"
            f" compares with the pods' port, which is {same.effective_target}."
        )
    return f"Target port {wanted} is not exposed by service {service}; it has {known}."


def no_endpoints(share: ServiceShare, unready: int, *, others_serve: bool) -> RouteWarning:
    """A service that has nothing ready to serve; `others_serve` says that another one takes visitors."""
    detail = f": {unready} not ready" if unready else ""
    effect = "the other services take its share" if others_serve else "visitors get 503"
    if not share.weight:
        effect = "with weight 0 it gets no new visitors anyway"
    text = f"Service {share.name} has no ready endpoints{detail}; {effect}."
    return RouteWarning(WarningReason.NO_ENDPOINTS, text, share.name)


# --- shares --------------------------------------------------------------------------------------


def share_warnings(
    shares: tuple[ServiceShare, ...], choice: AlgorithmChoice
) -> Iterator[RouteWarning]:
    """Weights that are all 0, that the algorithm does not follow, or that rounding bends."""
    if not any(share.weight for share in shares):
        text = "All weights are 0: new visitors get 503, only a cookie still leads to a pod."
        yield RouteWarning(WarningReason.ALL_WEIGHTS_ZERO, text)
        return
    if sum(share.weight > 0 for share in shares) < 2:
        return
    if choice.algorithm != "roundrobin":
        text = (
            f"The route balances by {choice.algorithm}, which follows the weights only roughly;"
            " roundrobin follows them exactly."
        )
        yield RouteWarning(WarningReason.WEIGHTS_NOT_FOLLOWED, text)
    yield from _skews(shares)


def _skews(shares: tuple[ServiceShare, ...]) -> Iterator[RouteWarning]:
    """Compared among the services that have endpoints: the others have a warning of their own."""
    present = [share for share in shares if share.endpoints]
    total = sum(share.weight for share in present)
    for share in present:
        wanted = share.weight / total if total else 0.0
        if abs(share.actual - wanted) > NOTICEABLE_SKEW:
            text = (
                f"Service {share.name} gets {share.actual:.1%} instead of {wanted:.1%}: HAProxy's"
                " weights are whole numbers from 1 to 256 for each pod, and rounding shifts the"
                " shares."
            )
            yield RouteWarning(WarningReason.SHARE_SKEWED, text, share.name)


# --- annotations ---------------------------------------------------------------------------------


def annotation_warnings(
    ignored: Iterable[Ignored], choice: AlgorithmChoice
) -> Iterator[RouteWarning]:
    """Annotations that the router does not accept, and therefore ignores or cuts down."""
    if choice.ignored_annotation is not None:
        legal = f"one of {', '.join(ALGORITHMS)}"
        why = f'"{choice.ignored_annotation}" is not {legal}'
        yield _ignored(Ignored(BALANCE_ANNOTATION, choice.ignored_annotation, why))
    for each in ignored:
        yield _clipped(each) if each.clipped else _ignored(each)


def _ignored(each: Ignored) -> RouteWarning:
    text = f"The router ignores the annotation {each.annotation}: {each.why}."
    return RouteWarning(
        WarningReason.ANNOTATION_IGNORED, text, annotation=each.annotation, detail=each.why
    )


def _clipped(each: Ignored) -> RouteWarning:
    text = f"The router cuts the annotation {each.annotation} down from {each.value}: {each.why}."
    detail = f"cut down from {each.value}: {each.why}"
    return RouteWarning(
        WarningReason.ANNOTATION_CLIPPED, text, annotation=each.annotation, detail=detail
    )
