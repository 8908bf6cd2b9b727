"""Why a service does not answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol, TypeVar

from cluster.engine.traffic.applications import listens
from cluster.engine.why.model import Chain, Fact, chain, plural
from cluster.engine.why.pods import pod_facts
from cluster.objects import selector
from cluster.objects.endpoints import Endpoints, ready_addresses
from cluster.objects.meta import Key
from cluster.objects.pod import Pod, container_port
from cluster.objects.service import EXTERNAL_NAME, Service, ServicePort

T = TypeVar("T")


class Pods(Protocol):
    """What is read: the store."""

    def pods_matching(self, namespace: str, selector: Mapping[str, str]) -> list[Pod]:
        """The pods that carry every pair of a selector."""
        ...

    def get(self, cls: type[T], namespace: str, name: str) -> T | None:
        """The object, or None."""
        ...

    def list(self, cls: type[T], namespace: str | None = None) -> list[T]:
        """The objects of a kind, of one namespace or of all."""
        ...


def why_service(objects: Pods, key: Key) -> Chain:
    """The facts about a service."""
    return chain(service_facts(objects, key))


def service_facts(objects: Pods, key: Key) -> Iterator[Fact]:
    """It is there, selects pods, they are ready, and they listen on its target port."""
    service = objects.get(Service, *key)
    if service is None:
        said = f"Service {key.name} does not exist in project {key.namespace}."
        yield Fact(said, False, "Service", key, "Create it, or correct the name.")
        return
    yield Fact(f"Service {key.name} exists.", True, "Service", key)
    if service.spec.type == EXTERNAL_NAME:
        said = f"It is an alias of {service.spec.external_name}, outside the cluster."
        yield Fact(said, True, "Service", key)
        return
    if not service.spec.selector:
        yield from _own_endpoints(objects, key)
        return
    pods = objects.pods_matching(key.namespace, service.spec.selector)
    yield _selection(objects, service, pods)
    yield from _ports(service, pods)
    ready = [pod for pod in pods if pod.status.ready and not pod.is_terminating]
    if not ready and not service.spec.publish_not_ready_addresses:
        said = f"None of its {plural(len(pods), 'pod')} is ready."
        yield Fact(said, True, "Service", key)
        yield from pod_facts(objects, _first_to_look_at(pods).metadata.key)
        return
    yield Fact(f"{plural(len(ready), 'pod')} of {len(pods)} ready.", True, "Service", key)
    yield from _listening(service, ready)


def _own_endpoints(objects: Pods, key: Key) -> Iterator[Fact]:
    """A service without a selector lives from Endpoints that somebody else keeps."""
    held = objects.get(Endpoints, *key)
    addresses = [] if held is None else list(ready_addresses(held))
    if addresses:
        said = f"It has no selector; its Endpoints list {len(addresses)} ready."
        yield Fact(said, True, "Endpoints", key)
        return
    said = "It has no selector, and nobody has made Endpoints for it."
    fix = "Give it a selector, or create Endpoints of the same name."
    yield Fact(said, False, "Service", key, fix)


def _selection(objects: Pods, service: Service, pods: list[Pod]) -> Fact:
    key, wanted = service.metadata.key, selector.text(service.spec.selector)
    if pods:
        return Fact(f"Its selector {wanted} matches {plural(len(pods), 'pod')}.", True)
    others = objects.list(Pod, key.namespace)
    near = _nearest(service.spec.selector, others)
    said = f"Its selector {wanted} matches no pod"
    told = f"; {near}." if near else f": project {key.namespace} has no pods."
    return Fact(said + told, False, "Service", key, "Make selector and pod labels agree.")


def _nearest(wanted: Mapping[str, str], pods: Iterable[Pod]) -> str:
    """What pods carry instead of the pairs that the selector asks for."""
    found: dict[str, None] = {}
    for pod in pods:
        labels = pod.metadata.labels
        wrong = [name for name, value in wanted.items() if labels.get(name) != value]
        for name in wrong:
            if name in labels:
                found[f"{name}={labels[name]}"] = None
    if found:
        return f"pods carry {', '.join(list(found)[:3])}"
    missing = ", ".join(sorted(wanted))
    return f"no pod has a label {missing}" if any(True for _ in pods) else ""


def _ports(service: Service, pods: Iterable[Pod]) -> Iterator[Fact]:
    """Target ports by name must be names of container ports."""
    key = service.metadata.key
    for port in service.spec.ports:
        target = port.effective_target
        if isinstance(target, int):
            continue
        lacking = [p for p in pods if container_port(p.spec, target, port.protocol) is None]
        if lacking:
            said = f"Its target port {target} is no container port's name in {lacking[0].metadata.name}."
            yield Fact(said, False, "Service", key, "Correct targetPort, or name the port.")


def _first_to_look_at(pods: list[Pod]) -> Pod:
    """Rather one that stays than one that goes."""
    return min(pods, key=lambda pod: (pod.is_terminating, pod.metadata.name))


def _listening(service: Service, pods: Iterable[Pod]) -> Iterator[Fact]:
    for port in service.spec.ports:
        for pod in pods:
            number = _number(port, pod)
            if number is not None and not listens(pod.spec, number):
                said = f"Nothing listens on port {number} in pod {pod.metadata.name}."
                fix = f"Correct targetPort of service {service.metadata.name}."
                yield Fact(said, False, "Service", service.metadata.key, fix)
        target = port.effective_target
        yield Fact(f"Its pods listen on port {target}.", True, "Service", service.metadata.key)


def _number(port: ServicePort, pod: Pod) -> int | None:
    target = port.effective_target
    if isinstance(target, int):
        return target
    return container_port(pod.spec, target, port.protocol or "TCP")
