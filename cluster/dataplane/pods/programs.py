"""What runs in a pod, as far as its sockets show it: the ports on which a container listens, and the
application behind them. Ports, environment and arguments are the kubelet's facts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cluster.engine.kubelet.application import Application, application_of
from cluster.engine.kubelet.images import ImagePullError, resolve
from cluster.objects.pod import Container, ContainerStatus, Pod, PodSpec

_KEPT: Final = 4_096
RUNNING: Final = "running"


@dataclass(frozen=True, slots=True)
class Program:
    """The program of one container. `speaks_http` is False for a database."""

    container: str
    application: Application
    ports: frozenset[int]
    speaks_http: bool


class Programs:
    """Programs by pod template: pods of one template share their spec, which is read once."""

    def __init__(self) -> None:
        self._held: OrderedDict[int, tuple[PodSpec, tuple[Program, ...]]] = OrderedDict()

    def listening(self, pod: Pod, port: int, now: float) -> Program | None:
        """The program that listens on a port of a pod at this time of the cluster, None for none."""
        for program, status in self._running(pod):
            since = (status.started_at or 0.0) + program.application.ready_delay
            if port in program.ports and since <= now:
                return program
        return None

    def ports(self, pod: Pod) -> frozenset[int]:
        """The ports on which a pod listens now or in a moment."""
        found: set[int] = set()
        for program, _ in self._running(pod):
            found |= program.ports
        return frozenset(found)

    def _running(self, pod: Pod) -> Iterator[tuple[Program, ContainerStatus]]:
        states = {each.name: each for each in pod.status.container_statuses}
        for program in self._of(pod.spec):
            status = states.get(program.container)
            if status is not None and status.state == RUNNING:
                yield program, status

    def _of(self, spec: PodSpec) -> tuple[Program, ...]:
        held = self._held.get(id(spec))
        if held is not None:
            return held[1]
        programs = tuple(program for each in spec.containers if (program := _program(each)))
        self._held[id(spec)] = (spec, programs)  # holding the spec keeps its id its own
        if len(self._held) > _KEPT:
            self._held.popitem(last=False)
        return programs


def _program(container: Container) -> Program | None:
    """The program of a container, None for one that never listens."""
    try:
        image = resolve(container.image)
    except ImagePullError:
        return None
    environment = {each.name: each.value for each in container.env}
    application = application_of(image, environment, container.command, container.args)
    if not application.serves:
        return None
    declared = {each.container_port for each in container.ports if each.protocol in ("", "TCP")}
    return Program(
        container.name,
        application,
        frozenset(declared | set(image.ports)),
        speaks_http=image.kind != "database",
    )
