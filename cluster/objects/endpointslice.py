"""EndpointSlice: discovery.k8s.io/v1. A part of the endpoints of a service."""

from __future__ import annotations

from dataclasses import dataclass

from cluster.objects.endpoints import ObjectReference
from cluster.objects.meta import ObjectMeta, named

SERVICE_NAME = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointConditions:
    """Whether an endpoint takes new connections (`ready`), could serve, is ending."""

    ready: bool = named("ready", False, keep=True)
    serving: bool = named("serving", False, keep=True)
    terminating: bool = named("terminating", False, keep=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A pod behind the service."""

    addresses: tuple[str, ...] = named("addresses", (), keep=True)
    conditions: EndpointConditions = named("conditions", EndpointConditions(), keep=True)
    hostname: str = ""
    node_name: str = ""
    zone: str = ""
    target_ref: ObjectReference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSlicePort:
    """A port of every endpoint of the slice."""

    name: str = named("name", "", keep=True)
    port: int = named("port", 0, keep=True)
    protocol: str = "TCP"
    app_protocol: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSlice:
    """Up to a hundred endpoints that share their ports."""

    metadata: ObjectMeta
    address_type: str = named("addressType", "IPv4", keep=True)
    endpoints: tuple[Endpoint, ...] = named("endpoints", (), keep=True)
    ports: tuple[EndpointSlicePort, ...] = named("ports", (), keep=True)
