"""From Endpoints to the router's own list of endpoints: ready addresses by port in the router's order, the
stand-in of an idled service (openshift/router: `createRouterEndpoints`, `endpointsubset`)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cluster.engine.routing.restricted import restriction
from cluster.objects.endpoints import (
    EndpointAddress,
    EndpointPort,
    Endpoints,
    EndpointSubset,
)
from cluster.objects.service import HEADLESS, Service

UDP: Final = "UDP"
IDLED_AT: Final = "idling.alpha.openshift.io/idled-at"
ADDRESS_TYPES: Final = ("IPv4", "IPv6")
"""Address types of EndpointSlices that the router uses; FQDN is passed over."""


@dataclass(frozen=True, slots=True)
class RouterEndpoint:
    """One address with one port. `idled` marks the cluster IP of a service that sleeps."""

    address: EndpointAddress
    port: int
    port_name: str
    app_protocol: str = ""
    idled: bool = False

    @property
    def pod(self) -> str | None:
        """The pod's name, None for an address without a pod."""
        target = self.address.target_ref
        return target.name if target is not None and target.kind == "Pod" else None


def router_endpoints(
    endpoints: Endpoints | None, service: Service | None = None, *, include_udp: bool = False
) -> list[RouterEndpoint]:
    """The endpoints of one service, each once.

    `service` is looked at only where no address is ready: an idled service is reached by its cluster
    IP and service port, so that traffic wakes it.
    """
    if endpoints is None:
        return []
    subsets, idled = endpoints.subsets, False
    if not any(subset.addresses for subset in subsets):
        subsets, idled = _stand_in(service), True
    found: dict[tuple[str, int, str, str | None], RouterEndpoint] = {}
    for subset in subsets:
        addresses = usable(subset.addresses)
        for port in sorted(subset.ports, key=_port_order):
            if port.protocol == UDP and not include_udp:
                continue
            for address in addresses:
                each = RouterEndpoint(address, port.port, port.name, port.app_protocol, idled)
                found.setdefault((address.ip, port.port, port.name, each.pod), each)
    return list(found.values())


def usable(addresses: Iterable[EndpointAddress]) -> list[EndpointAddress]:
    """The addresses that the router may use, by number and then host name."""
    allowed = [each for each in addresses if restriction(each.ip) is None]
    return sorted(allowed, key=_address_order)


def _stand_in(service: Service | None) -> tuple[EndpointSubset, ...]:
    """One server for each *service* port of an idled service; a headless one cannot be woken."""
    if service is None or IDLED_AT not in service.metadata.annotations:
        return ()
    address = service.spec.cluster_ip
    if address in ("", HEADLESS):
        return ()
    ports = tuple(
        EndpointPort(
            name=each.name,
            port=each.port,
            protocol=each.protocol or "TCP",
            app_protocol=each.app_protocol,
        )
        for each in service.spec.ports
    )
    return (EndpointSubset(addresses=(EndpointAddress(ip=address),), ports=ports),)


@dataclass(frozen=True, slots=True)
class SliceEndpoint:
    """An entry of an EndpointSlice; `ready` None means unknown, which counts as ready."""

    addresses: tuple[str, ...]
    ready: bool | None = None
    hostname: str = ""


def slice_subset(
    address_type: str, entries: Iterable[SliceEndpoint], ports: tuple[EndpointPort, ...] = ()
) -> EndpointSubset:
    """An EndpointSlice as the subset that the router makes of it (`ConvertEndpointSlice`).

    Whether an endpoint serves or terminates is not looked at.
    """
    ready: list[EndpointAddress] = []
    not_ready: list[EndpointAddress] = []
    for each in entries if address_type in ADDRESS_TYPES else ():
        place = not_ready if each.ready is False else ready
        place += [EndpointAddress(ip=ip, hostname=each.hostname) for ip in each.addresses]
    return EndpointSubset(
        addresses=tuple(sorted(ready, key=_address_order)),
        not_ready_addresses=tuple(sorted(not_ready, key=_address_order)),
        ports=tuple(sorted(ports, key=_port_order)),
    )


def _address_order(address: EndpointAddress) -> tuple[int, int, str]:
    return (*_numeric(address.ip), address.hostname)


@lru_cache(maxsize=65536)
def _numeric(address: str) -> tuple[int, int]:
    parsed = ipaddress.ip_address(address)
    return parsed.version, int(parsed)


def _port_order(port: EndpointPort) -> tuple[int, str, str]:
    return port.port, port.protocol, port.name
