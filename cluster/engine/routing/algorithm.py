"""Which balancing algorithm a route's backend uses, and why: the decision that the router's
HAProxy template takes from the route's annotation, its services and the router's settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from cluster.engine.routing.weights import active_services

BALANCE_ANNOTATION: Final = "haproxy.router.openshift.io/balance"
HTTP_SETTING: Final = "ROUTER_LOAD_BALANCE_ALGORITHM"
TCP_SETTING: Final = "ROUTER_TCP_BALANCE_SCHEME"
ALGORITHMS: Final = ("roundrobin", "leastconn", "source", "random")
"""The values that the template knows, compared whole and case-sensitively."""


class Reason(Enum):
    """What decided the algorithm, in the order in which the router looks."""

    ANNOTATION = "annotation"
    SEVERAL_SERVICES = "several services"
    ROUTER_SETTING = "router setting"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class AlgorithmChoice:
    """The algorithm of one backend and how it came about."""

    algorithm: str
    reason: Reason
    explanation: str
    """The reason as a sentence for the reader."""
    hash_type: str | None
    """Argument of the backend's `hash-type` line, None when it has no such line."""
    ignored_annotation: str | None = None
    """Value of the balance annotation when the router ignores it silently."""
    ignored_settings: tuple[tuple[str, str], ...] = ()
    """Router settings that were looked at and ignored: name and value."""


def choose_algorithm(
    *,
    termination: str,
    services: Iterable[tuple[str, int | None]],
    annotations: Mapping[str, str],
    router_env: Mapping[str, str],
) -> AlgorithmChoice:
    """The algorithm of a route (openshift/router: haproxy-config.template, `ActiveServiceUnits`).

    `termination` is "", "edge", "reencrypt" or "passthrough"; `services` are the route's services
    with their weights; `router_env` holds the router's settings by name of variable.
    """
    passthrough = termination == "passthrough"
    hash_type = "consistent" if passthrough else None
    annotation = annotations.get(BALANCE_ANNOTATION)
    if annotation in ALGORITHMS:
        text = f"The annotation {BALANCE_ANNOTATION} asks for {annotation}."
        return AlgorithmChoice(annotation, Reason.ANNOTATION, text, hash_type)
    count = active_services(services)
    if count > 1:
        text = f"{count} services have a weight above 0, so the router balances by roundrobin."
        return AlgorithmChoice(
            "roundrobin", Reason.SEVERAL_SERVICES, text, hash_type, ignored_annotation=annotation
        )
    algorithm, reason, text, ignored = _from_router(passthrough, router_env)
    return AlgorithmChoice(algorithm, reason, text, hash_type, annotation, ignored)


def _from_router(
    passthrough: bool, router_env: Mapping[str, str]
) -> tuple[str, Reason, str, tuple[tuple[str, str], ...]]:
    ignored: list[tuple[str, str]] = []
    for name in (TCP_SETTING, HTTP_SETTING) if passthrough else (HTTP_SETTING,):
        value = router_env.get(name, "")
        if value in ALGORITHMS:
            text = f"The router's setting {name} is {value}."
            return value, Reason.ROUTER_SETTING, text, tuple(ignored)
        if value:
            ignored.append((name, value))
    default = "source" if passthrough else "random"
    kind = "passthrough routes" if passthrough else "routes with one active service"
    text = f"{default} is the router's default for {kind}."
    return default, Reason.DEFAULT, text, tuple(ignored)
