"""What the resolvers read of a store: services, endpoints, pods, namespaces, and what follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, TypeVar

from cluster.engine.watch import Change
from cluster.objects.endpoints import EndpointAddress, Endpoints, EndpointSubset
from cluster.objects.pod import Pod
from cluster.objects.service import HEADLESS, Service

T = TypeVar("T")

EXTERNAL_NAME = "ExternalName"
TOLERATE_UNREADY = "service.alpha.kubernetes.io/tolerate-unready-endpoints"


class ChangeLog(Protocol):
    """The commits of a store, in order."""

    @property
    def oldest(self) -> int:
        """The lowest version that `since` takes."""

    def since(self, version: int) -> Sequence[Change]:
        """The commits after a version. Raises Gone."""


class Objects(Protocol):
    """The part of the store that DNS needs; `cluster.engine.store.Store` is one."""

    @property
    def version(self) -> int:
        """The version of the last commit."""

    @property
    def log(self) -> ChangeLog:
        """The commits."""

    def get(self, cls: type[T], namespace: str, name: str) -> T | None:
        """An object, or None."""

    def list(self, cls: type[T], namespace: str | None = None) -> Sequence[T]:
        """The objects of a kind, of one namespace or of all."""


def is_headless(service: Service) -> bool:
    """Whether a service has endpoints instead of a cluster IP."""
    return service.spec.cluster_ip == HEADLESS


def is_external_name(service: Service) -> bool:
    """Whether a service is another name for a host."""
    return service.spec.type == EXTERNAL_NAME


def cluster_ips(service: Service) -> tuple[str, ...]:
    """The cluster IPs, one for each family; none for a headless service."""
    held: Any = service.spec.extra.get("clusterIPs") or (service.spec.cluster_ip,)
    return tuple(str(each) for each in held if each and each != HEADLESS)


def external_addresses(service: Service) -> tuple[str, ...]:
    """Addresses and host names from outside: `externalIPs`, then those of the load balancer."""
    ingress = service.status.load_balancer.get("ingress") or ()
    balancers = (str(each.get("ip") or each.get("hostname") or "") for each in ingress)
    return (*service.spec.external_ips, *(each for each in balancers if each))


def publishes_unready(service: Service) -> bool:
    """Whether addresses count as ready that are not."""
    annotated = service.metadata.annotations.get(TOLERATE_UNREADY, "")
    return service.spec.publish_not_ready_addresses or annotated == "true"


def addresses_of(subset: EndpointSubset, with_unready: bool = False) -> tuple[EndpointAddress, ...]:
    """The addresses of a subset that DNS may name."""
    return subset.addresses + subset.not_ready_addresses if with_unready else subset.addresses


def ready_ips(endpoints: Endpoints) -> Iterator[str]:
    """Every ready address of endpoints."""
    for subset in endpoints.subsets:
        for address in subset.addresses:
            yield address.ip


def pod_ips(pod: Pod) -> tuple[str, ...]:
    """The address of a pod that has not ended."""
    return (pod.status.pod_ip,) if pod.status.pod_ip and not pod.is_finished else ()
