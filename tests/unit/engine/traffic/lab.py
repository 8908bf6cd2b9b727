"""A router and its visitors on hand-made objects: no kubelet, no controllers but the two under test."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from cluster.engine.config import COURSE, EngineConfig, Profile
from cluster.engine.engine import Engine
from cluster.engine.routing.admission import RouterController
from cluster.engine.traffic import RouteTraffic, TrafficController
from cluster.objects.endpoints import (
    EndpointAddress,
    EndpointPort,
    Endpoints,
    EndpointSubset,
    ObjectReference,
)
from cluster.objects.meta import Key, ObjectMeta
from cluster.objects.pod import Container, ContainerPort, EnvVar, Pod, PodSpec
from cluster.objects.route import Route, RoutePort, RouteSpec, RouteTargetReference, TLSConfig
from cluster.objects.service import Service, ServicePort, ServiceSpec
from cluster.objects.visitors import Visitors, VisitorsSpec

EPOCH = 1_790_000_000.0
NAMESPACE = "demo"
ROUTE = Key(NAMESPACE, "web")
IMAGE = "kodekloud/simple-webapp-docker"


def meta(name: str, **fields: Any) -> ObjectMeta:
    return ObjectMeta(name=name, namespace=NAMESPACE, **fields)


def backend(name: str, weight: int | None = 100) -> RouteTargetReference:
    return RouteTargetReference(kind="Service", name=name, weight=weight)


class Lab:
    """An engine with the router and the traffic controller, and short words for what tests do."""

    def __init__(
        self,
        profile: Profile = COURSE,
        quantum: float = 0.25,
        seed: int = 1,
        epoch: float = EPOCH,
    ) -> None:
        self.traffic = TrafficController(quantum)
        config = EngineConfig(epoch=epoch, profile=profile, seed=seed)
        self.engine = Engine(config, [RouterController(), self.traffic])

    @property
    def now(self) -> float:
        return self.engine.now

    # --- making things -----------------------------------------------------------------------------

    def service(
        self, name: str, pods: int, *, ports: Sequence[tuple[str, int]] = (("", 8080),)
    ) -> None:
        self.engine.cluster.create(
            Service(
                metadata=meta(name),
                spec=ServiceSpec(
                    ports=tuple(
                        ServicePort(name=label, port=port, target_port=port)
                        for label, port in ports
                    )
                ),
            )
        )
        self.scale(name, pods, ports=ports)

    def scale(
        self,
        name: str,
        pods: int,
        *,
        ports: Sequence[tuple[str, int]] = (("", 8080),),
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Give a service that many ready pods, `name-1` and so on, in a subnet of its own."""
        number = sum(name.encode()) % 250
        names = {
            f"{name}-{index}": f"10.{128 + index // 250}.{number}.{index % 250}"
            for index in range(1, pods + 1)
        }
        for pod in names:
            if self.engine.store.get(Pod, NAMESPACE, pod) is None:
                self.engine.cluster.create(pod_of(pod, env or {}))
        subset = EndpointSubset(
            addresses=tuple(
                EndpointAddress(
                    ip=ip,
                    node_name="node1",
                    target_ref=ObjectReference(kind="Pod", namespace=NAMESPACE, name=pod),
                )
                for pod, ip in names.items()
            ),
            ports=tuple(EndpointPort(name=label, port=port) for label, port in ports),
        )
        endpoints = Endpoints(metadata=meta(name), subsets=(subset,) if pods else ())
        old = self.engine.store.get(Endpoints, NAMESPACE, name)
        if old is None:
            self.engine.cluster.create(endpoints)
        else:
            self.engine.cluster.update(dataclasses.replace(endpoints, metadata=old.metadata))

    def route(
        self,
        *backends: RouteTargetReference,
        name: str = "web",
        tls: TLSConfig | None = None,
        path: str = "",
        port: int | str | None = None,
        annotations: Mapping[str, str] | None = None,
    ) -> Route:
        return self.engine.cluster.create(
            Route(
                metadata=meta(name, annotations=annotations or {}),
                spec=RouteSpec(
                    host=f"{name}-demo.apps.localhost",
                    to=backends[0],
                    alternate_backends=tuple(backends[1:]),
                    tls=tls,
                    path=path,
                    port=None if port is None else RoutePort(target_port=port),
                ),
            )
        )

    def reweigh(self, *backends: RouteTargetReference) -> None:
        self.change_route(to=backends[0], alternate_backends=tuple(backends[1:]))

    def change_route(self, **fields: Any) -> None:
        old = self.engine.store.get(Route, *ROUTE)
        assert old is not None
        spec = dataclasses.replace(old.spec, **fields)
        self.engine.cluster.update(dataclasses.replace(old, spec=spec))

    def visit(self, name: str = "crowd", **fields: Any) -> None:
        """Make a group of visitors, or change it."""
        old = self.engine.store.get(Visitors, NAMESPACE, name)
        if old is None:
            spec = VisitorsSpec(**{"route": "web", **fields})
            self.engine.cluster.create(Visitors(metadata=meta(name), spec=spec))
        else:
            spec = dataclasses.replace(old.spec, **fields)
            self.engine.cluster.update(dataclasses.replace(old, spec=spec))

    # --- letting time pass and looking -----------------------------------------------------------------

    def run(self, seconds: float) -> RouteTraffic:
        self.engine.step(self.engine.now + seconds)
        return self.seen

    @property
    def seen(self) -> RouteTraffic:
        traffic = self.traffic.snapshot(ROUTE)
        assert traffic is not None
        return traffic


def pod_of(name: str, env: Mapping[str, str]) -> Pod:
    container = Container(
        name="web",
        image=IMAGE,
        ports=(ContainerPort(container_port=8080),),
        env=tuple(EnvVar(name=key, value=value) for key, value in env.items()),
    )
    return Pod(metadata=meta(name), spec=PodSpec(containers=(container,)), node_name="node1")
