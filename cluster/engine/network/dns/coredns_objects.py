"""The cluster as CoreDNS sees it: which services, endpoints and pods a name may mean.

Stands for coredns `plugin/kubernetes` (`kubernetes.go`, `object/`). Names are compared in lower case.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cluster.engine.network.dns.index import AddressIndex
from cluster.engine.network.dns.names import canonical, dashed, family
from cluster.engine.network.dns.objects import (
    Objects,
    addresses_of,
    cluster_ips,
    external_addresses,
    is_external_name,
    is_headless,
    pod_ips,
    publishes_unready,
    ready_ips,
)
from cluster.objects.endpoints import EndpointAddress, EndpointPort, Endpoints
from cluster.objects.namespace import Namespace
from cluster.objects.pod import Pod
from cluster.objects.service import Service, ServicePort

NO_PORT: Final = -1
"""The port of a service or of endpoints that declare none: they have addresses and no SRV records."""
_PORTLESS: Final = (("", "", NO_PORT),)


@dataclass(frozen=True, slots=True)
class Target:
    """An address, or a name, with the port that it serves and the name that stands for it."""

    host: str
    port: int
    name: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the labels before a service ask for; an empty text asks for nothing in particular."""

    endpoint: str = ""
    port: str = ""
    protocol: str = ""

    def takes(self, name: str, protocol: str) -> bool:
        """Whether a port is asked for."""
        return self.port in ("", name.lower()) and self.protocol in ("", protocol.lower())


class CoreDnsObjects:
    """Look-ups over the objects of a cluster."""

    def __init__(
        self,
        objects: Objects,
        namespaces: tuple[str, ...],
        endpoint_pod_names: bool,
        honours_unready: bool = False,
    ) -> None:
        self._objects = objects
        self._namespaces = frozenset(namespaces)
        self._pod_names = endpoint_pod_names
        self._honours_unready = honours_unready
        self._services = AddressIndex(objects, Service, cluster_ips)
        self._exposed = AddressIndex(objects, Service, external_addresses)
        self._endpoints = AddressIndex(objects, Endpoints, ready_ips)
        self._pods = AddressIndex(objects, Pod, pod_ips)

    def serial(self) -> int:
        """A number that grows with every change."""
        return max(1, self._objects.version & 0xFFFFFFFF)

    def is_exposed(self, namespace: str) -> bool:
        """Whether a namespace exists and may be named."""
        allowed = not self._namespaces or namespace in self._namespaces
        return allowed and self._objects.get(Namespace, "", namespace) is not None

    def service(self, namespace: str, name: str) -> Service | None:
        """A service."""
        return self._objects.get(Service, namespace, name)

    def has_endpoints(self, service: Service) -> bool:
        """Whether a service has a ready address."""
        endpoints = self._objects.get(Endpoints, *service.metadata.key)
        return endpoints is not None and any(each.addresses for each in endpoints.subsets)

    def of_service(self, service: Service, wanted: Wanted, base: str) -> list[Target] | None:
        """The targets of a service whose name is `base`; None when nothing matches."""
        if is_external_name(service):
            return self._external_name(service, wanted, base)
        if is_headless(service) or wanted.endpoint:
            return list(self.of_endpoints(service, wanted, base)) or None
        ports = [each for each in _ports(service.spec.ports) if wanted.takes(*each[:2])]
        if not ports:
            return None
        return [Target(ip, port, base) for *_, port in ports for ip in cluster_ips(service)]

    def of_endpoints(self, service: Service, wanted: Wanted, base: str) -> Iterator[Target]:
        """The ready endpoints of a service, each with each of its ports."""
        endpoints = self._objects.get(Endpoints, *service.metadata.key)
        unready = self._honours_unready and publishes_unready(service)
        for subset in endpoints.subsets if endpoints is not None else ():
            for address in addresses_of(subset, unready):
                label = self._label(address)
                if wanted.endpoint and wanted.endpoint != label.lower():
                    continue
                for name, protocol, port in _ports(subset.ports):
                    if wanted.takes(name, protocol):
                        yield Target(address.ip, port, f"{label}.{base}")

    def of_outside(
        self, service: Service, wanted: Wanted, base: str, headless: bool
    ) -> list[Target]:
        """What the world outside reaches: external addresses, or (`headless`) endpoints."""
        addresses = external_addresses(service)
        if headless and not addresses and (is_headless(service) or wanted.endpoint):
            return list(self.of_endpoints(service, wanted, base))
        ports = [each for each in _ports(service.spec.ports) if wanted.takes(*each[:2])]
        return [Target(ip, port, base) for ip in addresses for *_, port in ports]

    def names_at(self, address: str, domain: str) -> list[str]:
        """The names of a service's cluster IP, else of the endpoints with this address."""
        for service in self._services.at(address):
            namespace, name = service.metadata.key
            if self._may_be_named(namespace):
                return [f"{name}.{namespace}.svc.{domain}"]
        return [
            f"{self._label(each)}.{name}.{namespace}.svc.{domain}"
            for endpoints in self._endpoints.at(address)
            for namespace, name in [endpoints.metadata.key]
            if self._may_be_named(namespace)
            for subset in endpoints.subsets
            for each in subset.addresses
            if canonical(each.ip) == address
        ]

    def outside_names_at(self, address: str) -> list[str]:
        """`<service>.<namespace>` of the services with an external address."""
        return [
            f"{name}.{namespace}"
            for service in self._exposed.at(address)
            for namespace, name in [service.metadata.key]
            if self._may_be_named(namespace)
        ]

    def has_pod(self, namespace: str, address: str) -> bool:
        """Whether a pod of a namespace has an address."""
        return any(
            pod.metadata.namespace == namespace and pod.status.pod_ip == address
            for pod in self._pods.at(address)
        )

    def services_over(self, address: str) -> list[Service]:
        """The services that have an address among their endpoints."""
        found = (
            self._objects.get(Service, *each.metadata.key) for each in self._endpoints.at(address)
        )
        return [each for each in found if each is not None]

    def endpoint_targets(self, service: Service, base: str) -> list[Target]:
        """The addresses behind a name server's service: its cluster IPs, or its endpoints."""
        if is_headless(service):
            return list(self.of_endpoints(service, Wanted(), base))
        return [Target(ip, NO_PORT, base) for ip in cluster_ips(service)]

    def _external_name(self, service: Service, wanted: Wanted, base: str) -> list[Target] | None:
        host = service.spec.external_name
        if wanted != Wanted() or not host or family(host)[0]:
            return None
        return [Target(host, 0, base)]

    def _may_be_named(self, namespace: str) -> bool:
        return not self._namespaces or self.is_exposed(namespace)

    def _label(self, address: EndpointAddress) -> str:
        if address.hostname:
            return address.hostname
        if self._pod_names and address.target_ref is not None and address.target_ref.name:
            return address.target_ref.name
        return dashed(address.ip)


def _ports(ports: tuple[ServicePort | EndpointPort, ...]) -> tuple[tuple[str, str, int], ...]:
    """Name, protocol and number of every port, one that is none where there are none."""
    return tuple((each.name, each.protocol or "TCP", each.port) for each in ports) or _PORTLESS
