"""kube-proxy's view of services: their ready endpoints, and how one of them is chosen for a connection.

Stands for kubernetes `pkg/proxy`: every new connection draws anew, each endpoint with the same chance.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from cluster.engine.network.ovs.egress import is_denied
from cluster.engine.network.view import NetworkView
from cluster.engine.rng import RandomStream
from cluster.objects.endpoints import EndpointAddress, Endpoints, ready_addresses
from cluster.objects.meta import Key
from cluster.objects.service import Service, ServicePort

T = TypeVar("T")
LOCAL: Final = "Local"
"""externalTrafficPolicy: only endpoints of the node that the packet came to."""


@dataclass(frozen=True, slots=True)
class Target:
    """A ready endpoint of a service's port. `node` is "" where the endpoint names none."""

    ip: str
    port: int
    node: str = ""
    pod: Key | None = None

    def __str__(self) -> str:
        return f"{self.ip}:{self.port}"


class Draw:
    """The dice of one connection: decides "one in n", for n falling by one from rule to rule.

    As `statistic --mode random` does it; the whole series is one draw, so the endpoint depends on the
    seed alone, as `choose_endpoint` has it.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._left: int | None = None

    def hits(self, one_in: int) -> bool:
        """Whether a rule with the probability 1/`one_in` applies."""
        if self._left is None:
            self._left = _index(one_in, self._seed)
        self._left -= 1
        if self._left >= 0:
            return False
        self.start_anew()
        return True

    def start_anew(self) -> None:
        """The series is over: the next one draws again."""
        self._left = None


def choose_endpoint(endpoints: Sequence[T], seed: int) -> T | None:
    """The endpoint of a connection: each equally likely over the seeds. None where there is none."""
    return endpoints[_index(len(endpoints), seed)] if endpoints else None


def _index(count: int, seed: int) -> int:
    return RandomStream(seed).bits64() * count >> 64


def affinity_seed(client: str) -> int:
    """The seed of a client's choice under ClientIP affinity, instead of its connection's.

    A client stays where its first connection went; so the draw is the client's.
    """
    return zlib.crc32(client.encode())


def ready_targets(view: NetworkView, service: Service, port: ServicePort) -> tuple[Target, ...]:
    """The ready endpoints of a service's port, in the order of its Endpoints."""
    endpoints = view.objects.get(Endpoints, *service.metadata.key)
    if endpoints is None:
        return ()
    protocol = port.protocol or "TCP"
    found = []
    for each, served in ready_addresses(endpoints):
        if served.name == port.name and (served.protocol or "TCP") == protocol:
            reference = each.target_ref
            is_pod = reference is not None and reference.kind == "Pod"
            pod = Key(reference.namespace, reference.name) if reference and is_pod else None
            found.append(Target(each.ip, served.port, each.node_name, pod))
    return tuple(found)


def targets(view: NetworkView, service: Service, port: ServicePort) -> tuple[Target, ...]:
    """The endpoints that kube-proxy uses: the ready ones, unless the SDN keeps the service from it."""
    return () if withheld(view, service) else ready_targets(view, service, port)


def withheld(view: NetworkView, service: Service) -> str:
    """Why the SDN hides the endpoints of a service from kube-proxy; "" if it does not.

    Endpoints written by hand could point where the project may not go: into other projects, or to
    addresses outside that its EgressNetworkPolicy denies (SDN311 `proxy.go`).
    """
    endpoints = view.objects.get(Endpoints, *service.metadata.key)
    if endpoints is None or not view.plugin.has_netnamespaces:
        return ""
    own = service.metadata.namespace
    for address, _ in ready_addresses(endpoints):
        said = "" if _is_own_pod(address, own) else _fault(view, service.metadata.key, address.ip)
        if said:
            return said
    return ""


def _is_own_pod(address: EndpointAddress, project: str) -> bool:
    """Whether the endpoints controller put it there, for a pod of the project."""
    reference = address.target_ref
    return reference is not None and reference.namespace == project


def _fault(view: NetworkView, key: Key, ip: str) -> str:
    start = f"Service {key} has an Endpoint pointing to"
    if view.is_service_address(ip):
        return f"{start} the service network ({ip})"
    if not view.is_cluster_address(ip):
        blocked = is_denied(view, key.namespace, ip)
        return f"{start} firewalled destination ({ip})" if blocked else ""
    site = view.pod_at(ip)
    if site is None:
        return f"{start} non-existent pod ({ip})"
    return (
        "" if site.namespace == key.namespace else f"{start} pod {ip} in namespace {site.namespace}"
    )


def port_name(service: Service, port: ServicePort, *, is_modern: bool) -> str:
    """What kube-proxy calls a service's port; 1.11 leaves the colon even where there is no name."""
    name = str(service.metadata.key)
    return f"{name}:{port.name}" if port.name or not is_modern else name


def chain_name(prefix: str, *parts: str) -> str:
    """`KUBE-SVC-NPX46M4PTMTKRN6Y`: 16 characters of the base 32 of the hash of the parts."""
    digest = hashlib.sha256("".join(parts).encode()).digest()
    # Ten bytes are sixteen characters.
    return f"{prefix}-{base64.b32encode(digest[:10]).decode()}"


def port_of(service: Service, port: int, protocol: str) -> ServicePort | None:
    """The port of a service that a client dials."""
    ports = service.spec.ports
    return next((p for p in ports if p.port == port and (p.protocol or "TCP") == protocol), None)
