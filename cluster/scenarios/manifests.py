"""Manifests as Python documents, and their way into a cluster: the same commands that users send."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cluster.engine.access import Actor
from cluster.engine.commands import Create
from cluster.engine.engine import Engine
from cluster.objects.document import from_document

Document = Mapping[str, Any]


def apply_all(engine: Engine, actor: Actor, documents: Iterable[Document]) -> None:
    """Create all objects of some manifests as one transaction. Raises ApiError."""
    objects = []
    for document in documents:
        obj, unknown = from_document(document)
        if unknown:
            raise ValueError(f"{document.get('kind')}: unknown fields {', '.join(unknown)}")
        objects.append(obj)
    engine.execute([Create(obj) for obj in objects], actor)


def project(name: str, display_name: str, description: str) -> Document:
    """A project request."""
    return {
        "apiVersion": "project.openshift.io/v1",
        "kind": "Project",
        "metadata": {
            "name": name,
            "annotations": {
                "openshift.io/display-name": display_name,
                "openshift.io/description": description,
            },
        },
    }


def deployment_config(
    namespace: str, name: str, application: str, image: str, replicas: int, **environment: str
) -> Document:
    """A DeploymentConfig as the course writes it: its pods carry `deploymentconfig: <name>`."""
    labels = {"app": application, "deploymentconfig": name}
    container: dict[str, Any] = {
        "name": "simple-webapp-docker",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "ports": [{"containerPort": 8080, "protocol": "TCP"}],
        "env": [{"name": key, "value": value} for key, value in environment.items()],
    }
    return {
        "apiVersion": "apps.openshift.io/v1",
        "kind": "DeploymentConfig",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": application}},
        "spec": {
            "replicas": replicas,
            "selector": {"deploymentconfig": name},
            "strategy": {"type": "Rolling"},
            "triggers": [{"type": "ConfigChange"}],
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def service(
    namespace: str, name: str, application: str, selector: Mapping[str, str] | None = None
) -> Document:
    """The course's Service: port 8080-tcp to the pods of the DeploymentConfig of the same name.

    With a `selector` it goes to the pods that carry its labels.
    """
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": application}},
        "spec": {
            "selector": selector or {"deploymentconfig": name},
            "ports": [{"name": "8080-tcp", "protocol": "TCP", "port": 8080, "targetPort": 8080}],
        },
    }


def visitors(namespace: str, name: str, route: str, **spec: Any) -> Document:
    """A group of simulated clients of a route."""
    return {
        "apiVersion": "shiftlab.io/v1",
        "kind": "Visitors",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"route": route, **spec},
    }
