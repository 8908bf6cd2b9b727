"""A small cluster under a virtual clock, and the words with which tests speak to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cluster.engine.access import SYSTEM_ADMIN
from cluster.engine.commands import Create, Delete, Edit, Scale
from cluster.engine.config import EngineConfig
from cluster.engine.controllers import all_controllers
from cluster.engine.engine import Engine
from cluster.objects import kinds
from cluster.objects.document import from_document
from cluster.objects.event import Event
from cluster.objects.kind import Kind
from cluster.objects.meta import Key
from cluster.objects.pod import Pod, status_word
from cluster.scenarios import first_boot
from cluster.scenarios.manifests import Document, deployment_config

EPOCH = 1_800_000_000.0
IMAGE = "mmumshad/simple-webapp-docker:v1"
NAMESPACE = "demo"


class Lab:
    """An engine with the project `demo`, without router and visitors."""

    def __init__(self, nodes: int = 2, seed: int = 1, **config: Any) -> None:
        settings = EngineConfig(epoch=EPOCH, seed=seed, **config)
        self.engine = Engine(settings, all_controllers(settings))
        first_boot(self.engine, nodes, "empty")

    @property
    def elapsed(self) -> float:
        return round(self.engine.now - EPOCH, 6)

    def run(self, seconds: float) -> None:
        self.engine.step(self.engine.now + seconds)

    def create(self, *documents: Document) -> None:
        objects = [from_document(each)[0] for each in documents]
        self.engine.execute([Create(each) for each in objects], SYSTEM_ADMIN)

    def delete(self, kind: Kind, name: str, namespace: str = NAMESPACE, **how: Any) -> None:
        self.engine.execute([Delete(kind, Key(namespace, name), **how)], SYSTEM_ADMIN)

    def scale(self, kind: Kind, name: str, replicas: int) -> None:
        self.engine.execute([Scale(kind, Key(NAMESPACE, name), replicas)], SYSTEM_ADMIN)

    def edit(self, kind: Kind, name: str, change: Callable[[Any], Any]) -> None:
        namespace = NAMESPACE if kind.namespaced else ""
        self.engine.execute([Edit(kind, Key(namespace, name), change)], SYSTEM_ADMIN)

    def get(self, kind: Kind, name: str, namespace: str = NAMESPACE) -> Any:
        return self.engine.store.get(kind.cls, namespace if kind.namespaced else "", name)

    def pods(self) -> list[Pod]:
        return self.engine.store.list(Pod, NAMESPACE)

    def pod(self, name: str = "web") -> Pod:
        pod = self.engine.store.get(Pod, NAMESPACE, name)
        assert pod is not None
        return pod

    def words(self) -> list[str]:
        return sorted(status_word(pod) for pod in self.pods())

    def events(self, reason: str | None = None) -> list[Event]:
        return [
            event
            for event in self.engine.store.list(Event)
            if reason is None or event.reason == reason
        ]

    def messages(self, reason: str) -> list[str]:
        return [event.message for event in self.events(reason)]

    def until(self, condition: Callable[[], bool], limit: float = 120.0) -> float:
        """Let tenths of a second pass until a condition holds; returns the cluster time."""
        for tenth in range(int(limit * 10)):
            if condition():
                return self.elapsed
            self.engine.step(round((self.engine.now + 0.1) * 10) / 10)
            assert tenth < limit * 10 - 1, "the condition never came to hold"
        raise AssertionError("limit must be positive")


def pod_document(name: str = "web", image: str = IMAGE, **spec: Any) -> Document:
    """A pod with one container; `env` and the like go to the container."""
    inside = {"command", "args", "env", "imagePullPolicy", "readinessProbe", "livenessProbe"}
    container = {"name": "web", "image": image, "ports": [{"containerPort": 8080}]}
    container |= {key: spec.pop(key) for key in list(spec) if key in inside}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"app": name}},
        "spec": {"containers": [container], **spec},
    }


def crashing(after: float) -> list[dict[str, str]]:
    """The environment of an application that ends in an error after some seconds."""
    return [{"name": "APP_CRASH_AFTER", "value": f"{after:g}"}]


def controller_document(name: str = "web", replicas: int = 2, image: str = IMAGE) -> Document:
    """A plain ReplicationController."""
    labels = {"app": name}
    container = {"name": "web", "image": image, "ports": [{"containerPort": 8080}]}
    return {
        "apiVersion": "v1",
        "kind": "ReplicationController",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "replicas": replicas,
            "selector": labels,
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def config_document(name: str = "web", replicas: int = 2, image: str = IMAGE) -> Document:
    """A DeploymentConfig with a ConfigChange trigger."""
    return deployment_config(NAMESPACE, name, name, image, replicas, APP_COLOR="blue")


def with_image(image: str) -> Callable[[Any], Any]:
    """An edit of a config's only container."""

    def change(config: Any) -> Any:
        template = config.spec.template
        container = replace(template.spec.containers[0], image=image)
        spec = replace(template.spec, containers=(container,))
        return replace(config, spec=replace(config.spec, template=replace(template, spec=spec)))

    return change


RC, DC, POD, SVC, NODE = (
    kinds.REPLICATIONCONTROLLER,
    kinds.DEPLOYMENTCONFIG,
    kinds.POD,
    kinds.SERVICE,
    kinds.NODE,
)
