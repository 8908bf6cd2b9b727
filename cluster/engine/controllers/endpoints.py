"""Keeps the Endpoints of every service with a selector: which pods serve it, on which port.

Stands for kubernetes `controller/endpoint`. Services with very many pods are brought up to date in
batches, as the real controller does with its `endpoint-updates-batch-period`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from cluster.engine.cluster import Cluster
from cluster.engine.copying import changed
from cluster.engine.watch import Change
from cluster.objects import kinds
from cluster.objects.endpoints import (
    EndpointAddress,
    EndpointPort,
    Endpoints,
    EndpointSubset,
    ObjectReference,
)
from cluster.objects.meta import Key, ObjectMeta
from cluster.objects.pod import Pod, PodSpec, container_port
from cluster.objects.selector import matches
from cluster.objects.service import EXTERNAL_NAME, HEADLESS, Service

IMMEDIATE_BELOW = 100
"""Services with fewer pods are updated at once."""
PODS_PER_SECOND = 10_000
"""Addresses written per second of cluster time for a larger service: its batch period follows."""

Ports = tuple[EndpointPort, ...]


class EndpointsController:
    """Controller `endpoints`: keys are services."""

    name = "endpoints"
    watches: tuple[type, ...] = (Service, Pod)

    def __init__(self) -> None:
        self._selectors = SelectorIndex()
        self._updated: dict[Key, float] = {}

    def keys(self, change: Change, cluster: Cluster) -> list[Key]:
        """A service itself; for a pod the services that select it, if what they show changed."""
        if change.kind is kinds.SERVICE:
            self._selectors.set(change.key, {} if change.new is None else change.new.spec.selector)
            return [change.key]
        old, new = change.old, change.new
        if old is None or new is None:
            return self._selectors.selecting(change.object)
        if old.metadata.labels is not new.metadata.labels:
            both = (*self._selectors.selecting(old), *self._selectors.selecting(new))
            return list(dict.fromkeys(both))
        return self._selectors.selecting(new) if _looks_different(old, new) else []

    def reconcile(self, key: Key, cluster: Cluster) -> float | None:
        """Write the endpoints of a service, or take them away with it."""
        service = cluster.store.get(Service, *key)
        held = cluster.store.get(Endpoints, *key)
        if service is None:
            self._updated.pop(key, None)
            if held is not None:
                cluster.remove(held)
            return None
        if not service.spec.selector or service.spec.type == EXTERNAL_NAME:
            return None
        pods = cluster.store.pods_matching(key.namespace, service.spec.selector)
        if (wait := self._wait(key, len(pods), cluster.now)) > 0:
            return wait
        self._write(service, held, _subsets(service, pods, held), cluster)
        return None

    def _wait(self, key: Key, pods: int, now: float) -> float:
        """Seconds that the next batch of a large service is to wait."""
        if pods < IMMEDIATE_BELOW:
            self._updated.pop(key, None)
            return 0.0
        # On tenths of a second, where the moments of pods lie too.
        due = round((self._updated.get(key, now - pods) + pods / PODS_PER_SECOND) * 10) / 10
        if due > now:
            return due - now
        self._updated[key] = now
        return 0.0

    def _write(
        self,
        service: Service,
        held: Endpoints | None,
        subsets: tuple[EndpointSubset, ...],
        cluster: Cluster,
    ) -> None:
        labels = service.metadata.labels
        if held is None:
            namespace, name = service.metadata.key
            metadata = ObjectMeta(name=name, namespace=namespace, labels=labels)
            cluster.create(Endpoints(metadata=metadata, subsets=subsets))
        elif held.subsets != subsets or held.metadata.labels != labels:
            metadata = changed(held.metadata, labels=labels)
            cluster.update(changed(held, metadata=metadata, subsets=subsets))


class SelectorIndex:
    """Which services select a pod: services are filed under one pair of their selector."""

    def __init__(self) -> None:
        self._selectors: dict[Key, Mapping[str, str]] = {}
        self._filed: dict[tuple[str, str, str], dict[Key, None]] = {}

    def set(self, key: Key, selector: Mapping[str, str]) -> None:
        """File a service; an empty selector takes it out."""
        old = self._selectors.pop(key, None)
        if old:
            place = (key.namespace, *min(old.items()))
            del self._filed[place][key]
            if not self._filed[place]:
                del self._filed[place]
        if selector:
            self._selectors[key] = selector
            self._filed.setdefault((key.namespace, *min(selector.items())), {})[key] = None

    def selecting(self, pod: Pod) -> list[Key]:
        """The services that select a pod."""
        labels = pod.metadata.labels
        return [
            key
            for pair in labels.items()
            for key in self._filed.get((pod.metadata.namespace, *pair), ())
            if matches(self._selectors[key], labels)
        ]


def _looks_different(old: Pod, new: Pod) -> bool:
    one, other = old.status, new.status
    return (
        one.ready is not other.ready
        or one.pod_ip != other.pod_ip
        or one.phase != other.phase
        or old.is_terminating is not new.is_terminating
        or old.spec is not new.spec
    )


def _subsets(
    service: Service, pods: Iterable[Pod], held: Endpoints | None
) -> tuple[EndpointSubset, ...]:
    """The serving pods, grouped by their ports (`endpoints.RepackSubsets`)."""
    known = {each.target_ref.uid: each for each in _addresses(held) if each.target_ref is not None}
    ports_of: dict[int, Ports | None] = {}
    groups: dict[Ports, tuple[list[EndpointAddress], list[EndpointAddress]]] = {}
    for pod in pods:
        if not pod.status.pod_ip or pod.is_terminating or pod.is_finished:
            continue
        if id(pod.spec) not in ports_of:
            ports_of[id(pod.spec)] = _ports(service, pod.spec)
        ports = ports_of[id(pod.spec)]
        if ports is None:
            continue
        serves = pod.status.ready or service.spec.publish_not_ready_addresses
        group = groups.setdefault(ports, ([], []))
        group[0 if serves else 1].append(_address(pod, service.metadata.name, known))
    return tuple(
        EndpointSubset(
            addresses=tuple(sorted(ready, key=_address_order)),
            not_ready_addresses=tuple(sorted(not_ready, key=_address_order)),
            ports=ports,
        )
        for ports, (ready, not_ready) in sorted(groups.items(), key=lambda item: repr(item[0]))
    )


def _ports(service: Service, spec: PodSpec) -> Ports | None:
    """The pod's port behind each port of the service; None when it has none of them."""
    found = []
    for each in service.spec.ports:
        protocol = each.protocol or "TCP"
        target = each.effective_target
        number = target if isinstance(target, int) else container_port(spec, target, protocol)
        if number is not None:
            port = EndpointPort(
                name=each.name, port=number, protocol=protocol, app_protocol=each.app_protocol
            )
            found.append(port)
    if found:
        return tuple(sorted(found, key=lambda port: (port.name, port.port)))
    headless = service.spec.cluster_ip == HEADLESS
    return () if headless and not service.spec.ports else None


def _address(pod: Pod, service: str, known: Mapping[str, EndpointAddress]) -> EndpointAddress:
    same = known.get(pod.metadata.uid)
    if same is not None and same.ip == pod.status.pod_ip:
        return same
    namespace, name = pod.metadata.key
    reference = ObjectReference(kind="Pod", namespace=namespace, name=name, uid=pod.metadata.uid)
    # kubernetes `endpoints_controller.go`: a pod's hostname counts under its own subdomain.
    extra = pod.spec.extra
    hostname = str(extra.get("hostname", "")) if extra.get("subdomain") == service else ""
    return EndpointAddress(
        ip=pod.status.pod_ip, hostname=hostname, node_name=pod.node_name, target_ref=reference
    )


def _addresses(endpoints: Endpoints | None) -> Iterator[EndpointAddress]:
    for subset in endpoints.subsets if endpoints is not None else ():
        yield from subset.addresses
        yield from subset.not_ready_addresses


def _address_order(address: EndpointAddress) -> tuple[int, ...]:
    return tuple(map(int, address.ip.split(".")))
