"""Keeps the EndpointSlices of every service: its endpoints in parts of a hundred.

Stands for kubernetes `controller/endpointslice` and, for services without a selector, for
`controller/endpointslicemirroring`. A change touches only the slices that it concerns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cluster.engine.cluster import Cluster, owner_reference
from cluster.engine.copying import changed
from cluster.engine.watch import Change
from cluster.objects.endpoints import EndpointAddress, Endpoints, EndpointSubset
from cluster.objects.endpointslice import (
    MANAGED_BY,
    SERVICE_NAME,
    Endpoint,
    EndpointConditions,
    EndpointSlice,
    EndpointSlicePort,
)
from cluster.objects.meta import Key, ObjectMeta
from cluster.objects.service import EXTERNAL_NAME, Service

MOST = 100
"""Endpoints of a slice (`max-endpoints-per-slice`)."""
CONTROLLER = "endpointslice-controller.k8s.io"
MIRRORING = "endpointslicemirroring-controller.k8s.io"
READY = EndpointConditions(ready=True, serving=True)
NOT_READY = EndpointConditions()

Ports = tuple[EndpointSlicePort, ...]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The endpoints of one set of ports, by address."""

    ports: Ports
    endpoints: Mapping[str, Endpoint]


class EndpointSliceController:
    """Controller `endpointslice`: keys are services."""

    name = "endpointslice"
    watches: tuple[type, ...] = (Service, Endpoints)

    def keys(self, change: Change, cluster: Cluster) -> list[Key]:
        """The service of that name."""
        return [change.key]

    def reconcile(self, key: Key, cluster: Cluster) -> float | None:
        """Write the slices of a service, or take them away with it."""
        service = cluster.store.get(Service, *key)
        held = [
            each
            for each in cluster.store.list(EndpointSlice, key.namespace)
            if each.metadata.labels.get(SERVICE_NAME) == key.name
        ]
        endpoints = cluster.store.get(Endpoints, *key)
        if service is None or service.spec.type == EXTERNAL_NAME or endpoints is None:
            for each in held:
                cluster.remove(each)
            return None
        left = list(held)
        for subset in endpoints.subsets:
            wanted = _wanted(subset)
            own = [each for each in left if each.ports == wanted.ports]
            left = [each for each in left if each.ports != wanted.ports]
            _write(service, wanted, own, cluster)
        for each in left:
            cluster.remove(each)
        return None


def _wanted(subset: EndpointSubset) -> _Wanted:
    ports = tuple(
        EndpointSlicePort(
            name=each.name, port=each.port, protocol=each.protocol, app_protocol=each.app_protocol
        )
        for each in subset.ports
    )
    endpoints = {each.ip: _endpoint(each, READY) for each in subset.addresses}
    endpoints |= {each.ip: _endpoint(each, NOT_READY) for each in subset.not_ready_addresses}
    return _Wanted(ports, endpoints)


def _endpoint(address: EndpointAddress, conditions: EndpointConditions) -> Endpoint:
    return Endpoint(
        addresses=(address.ip,),
        conditions=conditions,
        hostname=address.hostname,
        node_name=address.node_name,
        target_ref=address.target_ref,
    )


def _write(
    service: Service, wanted: _Wanted, held: Sequence[EndpointSlice], cluster: Cluster
) -> None:
    """Keep endpoints where they are, fill up what has room, and make slices for the rest."""
    missing = dict(wanted.endpoints)
    kept: list[tuple[EndpointSlice, list[Endpoint]]] = []
    for each in held:
        stay = [missing.pop(ip) for ip in _addresses(each) if ip in missing]
        kept.append((each, stay))
    new = iter(list(missing.values()))
    for each, stay in kept:
        stay += _take(new, MOST - len(stay))
        endpoints = tuple(stay)
        if not endpoints:
            cluster.remove(each)
        elif endpoints != each.endpoints:
            cluster.update(changed(each, endpoints=endpoints))
    while part := _take(new, MOST):
        cluster.create(_slice(service, wanted.ports, part))


def _addresses(slice_: EndpointSlice) -> Iterable[str]:
    return (ip for each in slice_.endpoints for ip in each.addresses)


def _take(endpoints: Iterable[Endpoint], most: int) -> list[Endpoint]:
    found: list[Endpoint] = []
    if most > 0:
        for each in endpoints:
            found.append(each)
            if len(found) == most:
                break
    return found


def _slice(service: Service, ports: Ports, endpoints: Sequence[Endpoint]) -> EndpointSlice:
    namespace, name = service.metadata.key
    labels = {
        **service.metadata.labels,
        SERVICE_NAME: name,
        MANAGED_BY: CONTROLLER if service.spec.selector else MIRRORING,
    }
    metadata = ObjectMeta(
        generate_name=f"{name}-",
        namespace=namespace,
        labels=labels,
        owner_references=(owner_reference(service),),
    )
    return EndpointSlice(metadata=metadata, endpoints=tuple(endpoints), ports=ports)
