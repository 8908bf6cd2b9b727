"""The names of OpenShift 3: services, endpoints and pods as records of its embedded SkyDNS.

Stands for origin `pkg/dns/serviceresolver.go`. Nothing of it is in etcd: the records are made from the
API's objects at every question and only wear SkyDNS's keys. `<prefix>.<service>.<namespace>.svc`, the
same with `.endpoints`, and `<dashed IP>.<namespace>.pod` exist below the domain.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cluster.engine.network.dns.backend import Found, NoSuchName
from cluster.engine.network.dns.index import AddressIndex
from cluster.engine.network.dns.names import (
    IPV4_REVERSE,
    fnv32a,
    labels_below,
    parse_ip,
)
from cluster.engine.network.dns.objects import (
    Objects,
    is_external_name,
    is_headless,
)
from cluster.engine.network.dns.sky_record import SkyRecord, key_of
from cluster.objects.endpoints import EndpointAddress, EndpointPort, Endpoints, EndpointSubset
from cluster.objects.service import Service, ServicePort

TTL: Final = 30
PRIORITY: Final = 10
WEIGHT: Final = 10
ENDPOINTS_LABEL: Final = "_endpoints"
OPENSHIFT: Final = ["svc", "default", "openshift"]
"""`openshift.default.svc`, the other name of `kubernetes.default.svc` (labels from the right)."""


@dataclass(frozen=True, slots=True)
class _Ports:
    """Which ports a name asks for: `_<port>._<protocol>`; a port of `*` is any."""

    protocol: str
    port: str

    def labels(self, each: ServicePort | EndpointPort) -> str | None:
        """The two labels of a port, None when it is not asked for. Ports without a name never are."""
        port, protocol = f"_{each.name}", f"_{(each.protocol or 'TCP').lower()}"
        if not each.name or self.protocol != protocol or self.port not in ("*", port):
            return None
        return f"{port}.{protocol}"


class OpenShift3Backend:
    """The records of services, endpoints and pods."""

    def __init__(self, objects: Objects, domain: str) -> None:
        self._objects = objects
        self._domain = domain
        self._services = AddressIndex(objects, Service, _own_cluster_ip)

    def records(self, name: str, exact: bool) -> Found:
        """The records of a name; `exact` makes no difference here. Raises NoSuchName."""
        segments = labels_below(self._domain, name)[::-1]
        if not name.endswith(self._domain) or not segments:
            raise NoSuchName("the domain itself has no addresses")
        if segments[0] == "pod":
            return self._pod(segments)
        if segments[0] not in ("svc", "endpoints"):
            raise NoSuchName(f"below {self._domain} only svc, endpoints and pod exist")
        if len(segments) < 3:
            raise NoSuchName("a name has a service, a project and svc or endpoints")
        return self._service(segments)

    def reverse(self, name: str) -> Found | None:
        """The service of a cluster IP; endpoints have no reverse names."""
        if not name.endswith("." + IPV4_REVERSE):
            return None
        address = ".".join(reversed(labels_below(IPV4_REVERSE, name)))
        if parse_ip(address) is None:
            return None
        for service in self._services.at(address):
            port = service.spec.ports[0].port if service.spec.ports else 0
            host = _service_name(service, self._domain)
            record = _record(host, name, port=port)
            return Found([record], f"cluster IP of the service {service.metadata.key}")
        return None

    def _pod(self, segments: list[str]) -> Found:
        if len(segments) != 3:
            raise NoSuchName("below pod a name is <IP with dashes>.<project>")
        address = segments[2].replace("-", ".")
        if parse_ip(address) is None:
            raise NoSuchName(f"{segments[2]} is no IP address with dashes")
        key_name = f"{fnv32a(address)}.{segments[1]}.pod.{self._domain}"
        rule = "the address in the name itself; neither pod nor project is looked up"
        return Found([_record(address, key_name)], rule)

    def _service(self, segments: list[str]) -> Found:
        namespace, name = segments[1], segments[2]
        service = self._objects.get(Service, namespace, name)
        if service is None:
            if segments == OPENSHIFT:
                return self._service(["svc", "default", "kubernetes"])
            raise NoSuchName(f"there is no service {name} in the project {namespace}")
        if not service.spec.cluster_ip and not is_external_name(service):
            raise NoSuchName(f"the service {name} has no cluster IP and is not headless")
        prefix = segments[3:]
        of_endpoints = segments[0] == "endpoints" or prefix[:1] == [ENDPOINTS_LABEL]
        base = f"{name}.{namespace}.{segments[0]}.{self._domain}"
        ports = _asked_ports(prefix)
        if not is_headless(service) and not of_endpoints:
            return self._cluster_ip(service, base, ports, bool(prefix))
        return self._endpoints(service, base, ports, prefix)

    def _cluster_ip(
        self, service: Service, base: str, ports: _Ports | None, has_prefix: bool
    ) -> Found:
        external = is_external_name(service)
        host = service.spec.external_name if external else service.spec.cluster_ip
        own = f"{fnv32a(host)}.{base}"
        record = _record(host, own)
        what = "external name" if external else "cluster IP"
        rule = f"{what} of the service {service.metadata.key}"
        if ports is not None and service.spec.ports:
            found = [
                _record(host, f"{labels}.{own}", port=each.port, strip=0 if external else 2)
                for each in service.spec.ports
                if (labels := ports.labels(each)) is not None
            ]
            if found:
                return Found(found, f"{rule}, ports by name")
            return Found([record], f"{rule}; no port has this name, so port 0 stands for it")
        if has_prefix:
            rule += "; any name below a service with a cluster IP is the service"
        return Found([record], rule)

    def _endpoints(
        self, service: Service, base: str, ports: _Ports | None, prefix: list[str]
    ) -> Found:
        endpoints = self._objects.get(Endpoints, *service.metadata.key)
        if endpoints is None:
            raise NoSuchName(f"the service {service.metadata.key} has no endpoints object")
        wanted = prefix[0] if prefix and not prefix[0].startswith("_") else None
        found: list[SkyRecord] = []
        for subset in endpoints.subsets:
            for address in subset.addresses:
                label = address.hostname or fnv32a(address.ip)
                if wanted is None or label == wanted:
                    found += _of_address(subset, address, f"{label}.{base}", ports)
        rule = f"ready endpoints of the service {service.metadata.key}"
        return Found(found, f"{rule} named {wanted}" if wanted else rule)


def _of_address(
    subset: EndpointSubset, address: EndpointAddress, own: str, ports: _Ports | None
) -> Iterable[SkyRecord]:
    if ports is None:
        return [_record(address.ip, own)]
    return [
        _record(address.ip, f"{labels}.{own}", port=each.port, strip=2)
        for each in subset.ports
        if (labels := ports.labels(each)) is not None and each.port
    ]


def _asked_ports(prefix: list[str]) -> _Ports | None:
    """The ports that the labels before a service ask for (labels from the right)."""
    if not prefix or prefix[0] == ENDPOINTS_LABEL:
        return None
    if not all(each.startswith("_") for each in prefix):
        return None
    return _Ports(prefix[0], prefix[1] if len(prefix) > 1 else "*")


def _record(host: str, key_name: str, port: int = 0, strip: int = 0) -> SkyRecord:
    return SkyRecord(
        host=host,
        port=port,
        priority=PRIORITY,
        weight=WEIGHT,
        ttl=TTL,
        target_strip=strip,
        key=key_of(key_name),
    )


def _service_name(service: Service, domain: str) -> str:
    namespace, name = service.metadata.key
    return f"{name}.{namespace}.svc.{domain}"


def _own_cluster_ip(service: Service) -> tuple[str, ...]:
    """The one cluster IP that OpenShift 3 knows."""
    address = service.spec.cluster_ip
    return (address,) if address and not is_headless(service) else ()
