"""Endpoints: core/v1. The addresses behind a service, ready and not ready, by port."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cluster.objects.meta import ObjectMeta, named


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectReference:
    """What an address or an event is about."""

    kind: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""
    api_version: str = ""
    resource_version: str = ""
    field_path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointAddress:
    """An address that serves."""

    ip: str = named("ip", "", keep=True)
    hostname: str = ""
    node_name: str = ""
    target_ref: ObjectReference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointPort:
    """A port of every address of the subset; its number is the pod's port, not the service's."""

    name: str = ""
    port: int = named("port", 0, keep=True)
    protocol: str = "TCP"
    app_protocol: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSubset:
    """Addresses that share their ports."""

    addresses: tuple[EndpointAddress, ...] = ()
    not_ready_addresses: tuple[EndpointAddress, ...] = ()
    ports: tuple[EndpointPort, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """The endpoints of the service of the same name."""

    metadata: ObjectMeta
    subsets: tuple[EndpointSubset, ...] = ()


def ready_addresses(endpoints: Endpoints) -> Iterator[tuple[EndpointAddress, EndpointPort]]:
    """Every ready address with every port that it serves."""
    for subset in endpoints.subsets:
        for port in subset.ports:
            for address in subset.addresses:
                yield address, port


def text(endpoints: Endpoints) -> str:
    """`oc get endpoints`: the first three `ip:port`, then how many more."""
    shown = [f"{address.ip}:{port.port}" for address, port in ready_addresses(endpoints)]
    if not shown:
        return "<none>"
    more = f" + {len(shown) - 3} more..." if len(shown) > 3 else ""
    return ",".join(shown[:3]) + more
