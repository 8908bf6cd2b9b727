"""Names to use instead of one that does not resolve; each has been looked up from the same pod."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from cluster.engine.network.dns.dialects import OPENSHIFT3
from cluster.engine.network.dns.lookup import play
from cluster.engine.network.dns.message import Resolver
from cluster.engine.network.dns.names import dashed, fnv32a
from cluster.engine.network.dns.objects import Objects, is_headless, ready_ips
from cluster.engine.network.dns.resolv import ResolvConf
from cluster.objects.endpoints import Endpoints
from cluster.objects.namespace import Namespace
from cluster.objects.pod import Pod
from cluster.objects.service import Service

MOST_PROPOSALS: Final = 5
MOST_TYPOS: Final = 3


@dataclass(frozen=True, slots=True)
class Use:
    """A name to use instead, as the pod may write it, and what it leads to."""

    name: str
    why: str


class Names:
    """The names of a cluster as a pod of the project `own` may write them."""

    def __init__(
        self,
        own: str,
        conf: ResolvConf,
        objects: Objects,
        resolver: Resolver,
        may_see: Callable[[str], bool],
    ) -> None:
        self._own = own
        self._conf = conf
        self._objects = objects
        self._resolver = resolver
        self._may_see = may_see
        self._domain = resolver.zone.rstrip(".")
        self._is_openshift3 = resolver.dialect == OPENSHIFT3

    def names_of(self, pod: Pod, over: list[Service]) -> Iterator[tuple[str, str]]:
        """The names that lead to a pod: of the services over it, and its address."""
        namespace, name = pod.metadata.key
        address = pod.status.pod_ip
        for service in over:
            if is_headless(service):
                endpoints = self._objects.get(Endpoints, *service.metadata.key)
                labels = self.endpoint_labels(endpoints, address) if endpoints is not None else []
                for label in labels:
                    full = f"{label}.{self.short(service)}"
                    yield full, f"this pod, by the headless service {service.metadata.name}"
            else:
                yield self.short(service), f"the service {service.metadata.name} over {name}"
        if address:
            full = f"{dashed(address)}.{namespace}.pod.{self._domain}"
            yield full, "the address as a name; a pod that replaces this one has another"

    def elsewhere(self, name: str) -> Iterator[tuple[str, str]]:
        """The services of this name in other projects."""
        for namespace in self.namespaces():
            if namespace != self._own and self._objects.get(Service, namespace, name) is not None:
                yield f"{name}.{namespace}", f"the service of the project {namespace}"

    def namespaces(self) -> list[str]:
        """The projects that may be named."""
        names = (each.metadata.name for each in self._objects.list(Namespace))
        return [each for each in names if self._may_see(each)]

    def services(self, namespace: str) -> Iterable[Service]:
        """The services of a project that may be named."""
        return self._objects.list(Service, namespace) if self._may_see(namespace) else ()

    def services_over(self, namespace: str, address: str) -> list[Service]:
        """The services that have an address among their ready endpoints."""
        return [
            service
            for service in self.services(namespace)
            if (found := self._objects.get(Endpoints, *service.metadata.key)) is not None
            and address in ready_ips(found)
        ]

    def short(self, service: Service) -> str:
        """A service as the pod may write it."""
        namespace, name = service.metadata.key
        return name if namespace == self._own else f"{name}.{namespace}"

    def endpoint_labels(self, endpoints: Endpoints, address: str = "") -> list[str]:
        """The labels of ready endpoints, all or those of an address."""
        return [
            each.hostname or (fnv32a(each.ip) if self._is_openshift3 else dashed(each.ip))
            for subset in endpoints.subsets
            for each in subset.addresses
            if address in ("", each.ip)
        ]

    @staticmethod
    def typos(name: str, known: Iterable[str]) -> list[str]:
        """What may have been meant."""
        return get_close_matches(name, list(known), n=MOST_TYPOS)

    def proposals(self, names: Iterable[tuple[str, str]]) -> tuple[Use, ...]:
        """Those of the names that this pod can resolve."""
        found: dict[str, Use] = {}
        for name, why in names:
            if len(found) == MOST_PROPOSALS:
                break
            if name not in found and play(self._resolver, self._conf, name).is_resolved:
                found[name] = Use(name, why)
        return tuple(found.values())
