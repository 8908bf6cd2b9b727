"""The names of kube-dns: a tree of records below each service, served by SkyDNS's server.

Stands for kubernetes/dns `pkg/dns/dns.go` and its tree cache. A name is a place in the tree and answers
with what hangs directly there, so nothing exists below a cluster IP but its ports and its own label.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cluster.engine.network.dns.backend import BackendError, Found, NoSuchName
from cluster.engine.network.dns.index import AddressIndex
from cluster.engine.network.dns.names import canonical, fnv32a, from_reverse, labels_below, parse_ip
from cluster.engine.network.dns.objects import (
    Objects,
    addresses_of,
    cluster_ips,
    is_external_name,
    publishes_unready,
)
from cluster.engine.network.dns.sky_record import SkyRecord, key_of
from cluster.objects.endpoints import EndpointPort, Endpoints
from cluster.objects.namespace import Namespace
from cluster.objects.service import Service, ServicePort

TTL: Final = 30
PRIORITY: Final = 10
WEIGHT: Final = 10
ANY_LABEL: Final = "*"

Entry = tuple[tuple[str, ...], SkyRecord]
"""A record with the labels of its place below the service, from the right; the last is its own."""


class KubeDnsBackend:
    """The records of services and pods."""

    def __init__(self, objects: Objects, domain: str) -> None:
        self._objects = objects
        self._domain = domain
        self._services = AddressIndex(objects, Service, cluster_ips)
        self._endpoints = AddressIndex(objects, Endpoints, _named_addresses)

    def records(self, name: str, exact: bool) -> Found:
        """The records of a name. Raises NoSuchName, BackendError."""
        path = labels_below(self._domain, name)[::-1]
        if not name.endswith(self._domain):
            raise NoSuchName("outside the domain")
        if path[:1] == ["pod"] and len(path) == 3 and ANY_LABEL not in path:
            return self._pod(path[2])
        found = list(self._of_services(path, exact)) if path[:1] == ["svc"] else []
        if not found:
            raise NoSuchName("nothing hangs at this place of the tree")
        return Found(found, "records at this place of the tree")

    def reverse(self, name: str) -> Found | None:
        """The service of a cluster IP, or the name of a headless endpoint that has a hostname."""
        address = from_reverse(name)
        if not address:
            return None
        for service in self._services.at(address):
            return self._reverse_of(service, name, "")
        for endpoints in self._endpoints.at(address):
            owner = self._objects.get(Service, *endpoints.metadata.key)
            if owner is None or cluster_ips(owner) or is_external_name(owner):
                continue
            for subset in endpoints.subsets:
                for each in subset.addresses:
                    if each.hostname and canonical(each.ip) == address:
                        return self._reverse_of(owner, name, each.hostname)
        return None

    def _reverse_of(self, service: Service, name: str, hostname: str) -> Found:
        host = self._name(service, hostname)
        return Found([_record(host, name)], f"address of {host}")

    def _pod(self, label: str) -> Found:
        address = label.replace("-", ".")
        if parse_ip(address) is None:
            # Not etcd's `key not found`, so the server does not take it for NXDOMAIN.
            raise BackendError(f"invalid IP address {address}")
        key_name = f"{_label(address)}.pod.{self._domain}"
        return Found([_record(address, key_name)], "the address in the name itself")

    def _of_services(self, path: list[str], exact: bool) -> Iterator[SkyRecord]:
        """What hangs at a place: namespaces and services may be `*`."""
        namespace, name, place = path[1:2], path[2:3], tuple(path[3:])
        if not namespace:
            return
        at_namespace = not name or (name == [ANY_LABEL] and not place)
        for service in self._matching(namespace[0], None if at_namespace else name[0]):
            if is_external_name(service):
                # Stored under the name itself: a leaf of the namespace, nothing below it.
                if not place and (at_namespace or service.metadata.name == name[0]):
                    yield _record(service.spec.external_name, self._name(service))
            elif not at_namespace:
                yield from _at_place(self._entries(service), place, exact)

    def _matching(self, namespace: str, name: str | None) -> Iterator[Service]:
        if namespace != ANY_LABEL:
            spaces = [namespace]
        else:
            spaces = [each.metadata.name for each in self._objects.list(Namespace)]
        for space in spaces:
            if name is None or name == ANY_LABEL:
                yield from self._objects.list(Service, space)
            else:
                service = self._objects.get(Service, space, name)
                if service is not None:
                    yield service

    def _entries(self, service: Service) -> Iterator[Entry]:
        """The subtree of a service."""
        ips = cluster_ips(service)
        for ip in ips:
            label = _label(ip)
            yield (label,), _record(ip, self._name(service, label))
            for port in service.spec.ports:
                if port.name:
                    yield self._port_entry(service, port, label, self._name(service))
        endpoints = None if ips else self._objects.get(Endpoints, *service.metadata.key)
        for subset in endpoints.subsets if endpoints is not None else ():
            for address in addresses_of(subset, publishes_unready(service)):
                label = address.hostname or _label(address.ip)
                yield (label,), _record(address.ip, self._name(service, label))
                for each in subset.ports:
                    if each.name:
                        yield self._port_entry(service, each, label, self._name(service, label))

    def _port_entry(
        self, service: Service, port: ServicePort | EndpointPort, label: str, target: str
    ) -> Entry:
        place = (f"_{(port.protocol or 'TCP').lower()}", f"_{port.name}", label)
        key_name = self._name(service, ".".join(reversed(place)))
        return place, _record(target, key_name, port.port)

    def _name(self, service: Service, below: str = "") -> str:
        namespace, name = service.metadata.key
        prefix = f"{below}." if below else ""
        return f"{prefix}{name}.{namespace}.svc.{self._domain}"


def _at_place(entries: Iterator[Entry], place: tuple[str, ...], exact: bool) -> Iterator[SkyRecord]:
    """The entries of the node at a place, or the one entry that the place names.

    The tree keeps one record of each label at a place, the last one (kube-dns `SetEntry`).
    """
    leaf: dict[tuple[str, ...], SkyRecord] = {}
    node: dict[tuple[str, ...], SkyRecord] = {}
    for labels, record in entries:
        if _fits(labels, place):
            leaf[labels] = record
        elif not exact and (_fits(labels[:-1], place) or _is_any_of(labels, place)):
            node[labels] = record
    yield from (leaf or node).values()


def _fits(labels: tuple[str, ...], place: tuple[str, ...]) -> bool:
    if len(labels) != len(place) or (place and place[-1] == ANY_LABEL):
        return False
    return all(
        asked == label or (asked == ANY_LABEL and not label.startswith("_"))
        for label, asked in zip(labels, place, strict=True)
    )


def _is_any_of(labels: tuple[str, ...], place: tuple[str, ...]) -> bool:
    """Whether a place that ends in `*` means the node before it, and the entry hangs there."""
    return bool(place) and place[-1] == ANY_LABEL and _fits(labels[:-1], place[:-1])


def _label(host: str) -> str:
    """The label of a record without a hostname: the hash, in hex, of its fields as Go prints them."""
    return fnv32a(f"&{{{host} 0 {PRIORITY} {WEIGHT}  false {TTL} 0  }}").encode().hex()


def _record(host: str, key_name: str, port: int = 0) -> SkyRecord:
    return SkyRecord(
        host=host, port=port, priority=PRIORITY, weight=WEIGHT, ttl=TTL, key=key_of(key_name)
    )


def _named_addresses(endpoints: Endpoints) -> Iterator[str]:
    for subset in endpoints.subsets:
        yield from (each.ip for each in subset.addresses if each.hostname)
