"""How the application behind a server answers, as far as visitors notice: delay, errors, or not at
all, because nothing listens on that port or the node is out of reach."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from cluster.engine.kubelet.application import application_of
from cluster.engine.kubelet.images import ImagePullError, resolve
from cluster.engine.nodes.reach import is_reached
from cluster.engine.routing.backends import BackendServer, Objects
from cluster.objects.pod import Container, Pod, PodSpec

DEFAULT_LATENCY = 0.005


@dataclass(frozen=True, slots=True)
class Answering:
    """How a server answers: mean seconds, share of answers that are 500, and whether it listens.

    `reachable` is False for a pod whose node the router's packets do not reach.
    `version` and `color` are what its pages show of the application. A database takes connections
    and speaks no HTTP.
    """

    latency: float = DEFAULT_LATENCY
    error_rate: float = 0.0
    listens: bool = True
    version: str = ""
    color: str = ""
    reachable: bool = True
    speaks_http: bool = True

    @property
    def answers(self) -> bool:
        """Whether a connection comes about."""
        return self.listens and self.reachable


def answering(
    objects: Objects, namespace: str, servers: Iterable[BackendServer]
) -> tuple[Answering, ...]:
    """How each server of a route answers. An address without a pod in the cluster just answers."""
    # Pods of one template share their spec object, so each is looked into once.
    known: dict[tuple[int, int], Answering] = {}
    reached: dict[str, bool] = {}
    found: list[Answering] = []
    for server in servers:
        pod = objects.get(Pod, namespace, server.pod) if server.pod else None
        if pod is None:
            found.append(Answering())
            continue
        held = known.get((id(pod.spec), server.port))
        if held is None:
            held = known[id(pod.spec), server.port] = on_port(pod.spec, server.port)
        if pod.node_name not in reached:
            reached[pod.node_name] = is_reached(objects, pod.node_name)
        found.append(held if reached[pod.node_name] else replace(held, reachable=False))
    return tuple(found)


def listens(spec: PodSpec, port: int) -> bool:
    """Whether some process of a pod listens on a port."""
    return on_port(spec, port).listens


def on_port(spec: PodSpec, port: int) -> Answering:
    """How the process of a pod that has a port answers on it."""
    for container in spec.containers:
        held = _of_container(container, port)
        if held is not None:
            return held
    return Answering(listens=False)


def _of_container(container: Container, port: int) -> Answering | None:
    """The container's application if it has this port: its image's, or declared in the manifest."""
    try:
        image = resolve(container.image)
    except ImagePullError:
        return None
    if port not in image.ports and all(each.container_port != port for each in container.ports):
        return None
    environment = {each.name: each.value for each in container.env}
    application = application_of(image, environment, container.command, container.args)
    return Answering(
        latency=application.latency_ms / 1000,
        error_rate=application.error_rate,
        listens=application.serves,
        version=application.version,
        color=application.color,
        speaks_http=image.kind != "database",
    )
