"""kube-proxy's view of services: their ready endpoints, and how one of them is chosen for a connection.

Stands for kubernetes `pkg/proxy`: every new connection draws anew, each endpoint with the same chance.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from cluster.engine.network.view import NetworkView
from cluster.engine.rng import RandomStream
from cluster.objects.endpoints import Endpoints, ready_addresses
from cluster.objects.meta import Key
from cluster.objects.service import Service, ServicePort

T = TypeVar("T")
LOCAL: Final = "Local"
"""externalTrafficPolicy: only endpoints of the node that the packet came to."""
DEFAULT_AFFINITY_SECONDS: Final = 10_800


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
        return self._left < 0


def choose_endpoint(endpoints: Sequence[T], seed: int) -> T | None:
    """The endpoint of a connection: each equally likely over the seeds. None where there is none."""
    return endpoints[_index(len(endpoints), seed)] if endpoints else None


def _index(count: int, seed: int) -> int:
    return RandomStream(seed).bits64() * count >> 64


def targets(view: NetworkView, service: Service, port: ServicePort) -> tuple[Target, ...]:
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


def port_name(service: Service, port: ServicePort, *, is_modern: bool) -> str:
    """What kube-proxy calls a service's port; 1.11 leaves the colon even where there is no name."""
    name = str(service.metadata.key)
    return f"{name}:{port.name}" if port.name or not is_modern else name


def chain_name(prefix: str, *parts: str) -> str:
    """`KUBE-SVC-NPX46M4PTMTKRN6Y`: 16 characters of the base 32 of the hash of the parts."""
    digest = hashlib.sha256("".join(parts).encode()).digest()
    # Ten bytes are sixteen characters.
    return f"{prefix}-{base64.b32encode(digest[:10]).decode()}"


def affinity_seconds(service: Service) -> int:
    """How long a client stays with its endpoint under ClientIP; 0 without affinity."""
    if service.spec.session_affinity != "ClientIP":
        return 0
    config = service.spec.extra.get("sessionAffinityConfig") or {}
    return int((config.get("clientIP") or {}).get("timeoutSeconds") or DEFAULT_AFFINITY_SECONDS)


def port_of(service: Service, port: int, protocol: str) -> ServicePort | None:
    """The port of a service that a client dials."""
    ports = service.spec.ports
    return next((p for p in ports if p.port == port and (p.protocol or "TCP") == protocol), None)


def ingress_ips(service: Service) -> tuple[str, ...]:
    """The addresses that a load balancer has for a service."""
    given = service.status.load_balancer.get("ingress") or ()
    return tuple(each["ip"] for each in given if each.get("ip"))
