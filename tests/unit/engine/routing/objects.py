"""Hand-made services and endpoints for tests of backends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cluster.engine.store import Store
from cluster.objects.endpoints import (
    EndpointAddress,
    EndpointPort,
    Endpoints,
    EndpointSubset,
    ObjectReference,
)
from cluster.objects.meta import ObjectMeta
from cluster.objects.route import Route, RoutePort, RouteSpec, RouteTargetReference, TLSConfig
from cluster.objects.service import Service, ServicePort, ServiceSpec

NAMESPACE = "demo"


def address(ip: str, pod: str = "", node: str = "node1") -> EndpointAddress:
    target = ObjectReference(kind="Pod", namespace=NAMESPACE, name=pod) if pod else None
    return EndpointAddress(ip=ip, node_name=node if pod else "", target_ref=target)


def add_service(
    store: Store,
    name: str,
    pods: int = 1,
    *,
    ports: Sequence[tuple[str, int, int]] = (("8080-tcp", 8080, 8080),),
    unready: int = 0,
) -> None:
    """A service with (name, port, target port) each, and its endpoints."""
    number = sum(name.encode()) % 250
    store.put(
        Service(
            metadata=ObjectMeta(name=name, namespace=NAMESPACE),
            spec=ServiceSpec(
                ports=tuple(
                    ServicePort(name=label, port=port, target_port=target)
                    for label, port, target in ports
                )
            ),
        )
    )
    subset = EndpointSubset(
        addresses=tuple(
            address(f"10.128.{number}.{index}", f"{name}-{index}") for index in range(1, pods + 1)
        ),
        not_ready_addresses=tuple(
            address(f"10.129.{number}.{index}", f"{name}-u{index}") for index in range(unready)
        ),
        ports=tuple(EndpointPort(name=label, port=target) for label, _, target in ports),
    )
    subsets = (subset,) if pods or unready else ()
    add_endpoints(store, name, *subsets)


def add_endpoints(store: Store, name: str, *subsets: EndpointSubset) -> None:
    store.put(Endpoints(metadata=ObjectMeta(name=name, namespace=NAMESPACE), subsets=subsets))


def route(
    weights: Mapping[str, int | None],
    *,
    port: int | str | None = None,
    tls: str = "",
    annotations: Mapping[str, str] | None = None,
    **spec: Any,
) -> Route:
    first, *others = [
        RouteTargetReference(kind="Service", name=name, weight=weight)
        for name, weight in weights.items()
    ]
    return Route(
        metadata=ObjectMeta(name="web", namespace=NAMESPACE, annotations=annotations or {}),
        spec=RouteSpec(
            to=first,
            alternate_backends=tuple(others),
            port=None if port is None else RoutePort(target_port=port),
            tls=TLSConfig(termination=tls) if tls else None,
            **spec,
        ),
    )
