"""What a route's owner should know and no router says: the route warnings of the 3.x console and of
`oc status`, and the annotations that the router ignores in silence (router facts, §6, §8, §9.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from cluster.engine.routing.algorithm import ALGORITHMS, BALANCE_ANNOTATION, AlgorithmChoice
from cluster.engine.routing.cookies import (
    COOKIE_NAME_ANNOTATION,
    DISABLE_COOKIES_ANNOTATION,
    SAME_SITE_ANNOTATION,
    SAME_SITE_VALUES,
    go_true,
)
from cluster.engine.routing.weights import ServiceShare
from cluster.objects.route import PASSTHROUGH, TIMEOUT, Route, admitted
from cluster.objects.service import Service, ServicePort

NOTICEABLE_SKEW: Final = 0.01
"""Difference of nominal and exact share from which on a user is told, as a fraction."""

_GO_FALSE: Final = frozenset({"0", "f", "F", "false", "FALSE", "False"})
_COOKIE_NAME: Final = re.compile(r"[a-zA-Z0-9_-]+")
_TIME: Final = re.compile(r"[1-9][0-9]*(us|ms|s|m|h|d)?")


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


@dataclass(frozen=True, slots=True)
class RouteWarning:
    """One warning. `service` is the service it is about, `annotation` the ignored annotation."""

    reason: WarningReason
    text: str
    service: str = ""
    annotation: str = ""


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


def no_endpoints(share: ServiceShare, unready: int) -> RouteWarning:
    """A service that has nothing ready to serve."""
    detail = f": {unready} not ready" if unready else ""
    effect = "visitors get 503" if share.nominal == 1 else "the other services take its share"
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
    annotations: Mapping[str, str], choice: AlgorithmChoice
) -> Iterator[RouteWarning]:
    """Annotations whose value the router does not accept and therefore ignores."""
    if choice.ignored_annotation is not None:
        legal = f"one of {', '.join(ALGORITHMS)}"
        yield _ignored(BALANCE_ANNOTATION, choice.ignored_annotation, legal)
    disable = annotations.get(DISABLE_COOKIES_ANNOTATION)
    if disable and not go_true(disable) and disable not in _GO_FALSE:
        yield _ignored(DISABLE_COOKIES_ANNOTATION, disable, "true or false")
    for name, pattern, legal in (
        (COOKIE_NAME_ANNOTATION, _COOKIE_NAME, "letters, digits, _ and -"),
        (TIMEOUT, _TIME, "a time such as 30s or 500ms"),
        (SAME_SITE_ANNOTATION, _SAME_SITE, f"one of {', '.join(SAME_SITE_VALUES)}"),
    ):
        value = annotations.get(name)
        if value and not pattern.fullmatch(value):
            yield _ignored(name, value, legal)


_SAME_SITE: Final = re.compile("|".join(SAME_SITE_VALUES))


def _ignored(name: str, value: str, legal: str) -> RouteWarning:
    text = f'The router ignores the annotation {name}: "{value}" is not {legal}.'
    return RouteWarning(WarningReason.ANNOTATION_IGNORED, text, annotation=name)
