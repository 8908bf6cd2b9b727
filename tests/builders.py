"""Objects for tests: functions with defaults, so that a test names only what it is about."""

from __future__ import annotations

from typing import Any

from cluster.engine.access import SYSTEM_ADMIN
from cluster.engine.commands import Create
from cluster.engine.config import EngineConfig
from cluster.engine.engine import Engine
from cluster.objects.kind import Object
from cluster.objects.meta import ObjectMeta, Timestamp
from cluster.objects.namespace import Namespace
from cluster.objects.pod import Container, ContainerStatus, Pod, PodSpec, PodStatus
from cluster.objects.service import Service, ServicePort, ServiceSpec

EPOCH = 1_800_000_000.0
SPEC = PodSpec(containers=(Container(name="web", image="example/web:1"),))


def a_config(**fields: Any) -> EngineConfig:
    """The configuration of a test's cluster."""
    return EngineConfig(**{"epoch": EPOCH, **fields})


def metadata(name: str, namespace: str = "demo", **fields: Any) -> ObjectMeta:
    """Metadata of a stored object."""
    given = {
        "uid": f"uid-of-{namespace}-{name}",
        "resource_version": 1,
        "generation": 1,
        "creation_timestamp": Timestamp(EPOCH + 0.25),
    }
    return ObjectMeta(name=name, namespace=namespace, **{**given, **fields})


def a_namespace(name: str = "demo", **fields: Any) -> Namespace:
    """A namespace as the store holds it."""
    return Namespace(metadata=metadata(name, "", **fields))


def a_service(name: str = "web", *, cluster_ip: str = "", **fields: Any) -> Service:
    """A service on port 8080."""
    spec = ServiceSpec(
        ports=(ServicePort(port=8080, protocol="TCP"),),
        selector={"app": name},
        cluster_ip=cluster_ip,
        type="ClusterIP",
    )
    return Service(metadata=metadata(name, **fields), spec=spec)


def a_pod(
    name: str = "web-1", *, ip: str = "10.129.0.2", node: str = "node-1", **fields: Any
) -> Pod:
    """A running pod; its times are not whole seconds."""
    since = Timestamp(EPOCH + 1.5)
    status = PodStatus(
        phase="Running",
        pod_ip=ip,
        host_ip="192.168.122.12",
        start_time=since,
        scheduled_at=since,
        ready=True,
        ready_at=Timestamp(EPOCH + 3.125),
        container_statuses=(
            ContainerStatus(
                name="web", image="example/web:1", state="running", ready=True, started_at=since
            ),
        ),
    )
    labels = {"app": "web"}
    return Pod(
        metadata=metadata(name, labels=labels, **fields), spec=SPEC, node_name=node, status=status
    )


def a_new_service(name: str, namespace: str = "demo") -> Service:
    """A service as a user writes it."""
    spec = ServiceSpec(ports=(ServicePort(port=8080),), selector={"app": name})
    return Service(metadata=ObjectMeta(name=name, namespace=namespace), spec=spec)


def an_engine(*objects: Object, **config: Any) -> Engine:
    """An engine without controllers, with a project `demo` and objects in it."""
    engine = Engine(a_config(**config), [])
    first = Namespace(metadata=ObjectMeta(name="demo"))
    engine.execute([Create(each) for each in (first, *objects)], SYSTEM_ADMIN)
    return engine
