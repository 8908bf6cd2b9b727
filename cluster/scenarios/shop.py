"""A shop in two projects whose pods call each other: frontend → api → the database of another project."""

from __future__ import annotations

from typing import Any

from cluster.engine.access import Actor
from cluster.engine.engine import Engine
from cluster.objects.calls import CALLS, CALLS_PER_SECOND
from cluster.scenarios.manifests import (
    Document,
    apply_all,
    project,
    visitors,
)

SHOP, DATA = "shop", "data"
FRONTEND, API, DB = "frontend", "api", "db"
DEVELOPER = Actor("developer")
WEB_IMAGE = "mmumshad/simple-webapp-docker"
WEB_PORT, DB_PORT = 8080, 5432

LIVED = 90.0
"""Seconds of cluster time that the shop has been open when somebody looks at it first: the calls that
failed before the database was up lie more than a minute back."""


def shop(engine: Engine) -> None:
    """Project shop with a frontend behind a route and an api, project data with their database."""
    apply_all(engine, DEVELOPER, [project(SHOP, "Shop", "A frontend and the API that it calls.")])
    apply_all(engine, DEVELOPER, [project(DATA, "Data", "The database of the shop.")])
    apply_all(engine, DEVELOPER, documents())
    engine.step(engine.now + LIVED)


def documents() -> list[Document]:
    """Everything in both projects."""
    return [
        _workload(
            SHOP,
            FRONTEND,
            f"{WEB_IMAGE}:blue",
            WEB_PORT,
            calls=f"http://{API}:{WEB_PORT}",
            rate=2,
            replicas=2,
        ),
        _workload(
            SHOP,
            API,
            f"{WEB_IMAGE}:green",
            WEB_PORT,
            calls=f"tcp://{DB}.{DATA}:{DB_PORT}",
            rate=2,
            replicas=2,
        ),
        _workload(DATA, DB, "postgres:10", DB_PORT, POSTGRES_PASSWORD="shop"),
        _service(SHOP, FRONTEND, WEB_PORT),
        _service(SHOP, API, WEB_PORT),
        _service(DATA, DB, DB_PORT),
        _route(),
        visitors(
            SHOP,
            "customers",
            FRONTEND,
            requestsPerSecond=20,
            clients=60,
            network="203.0.113.0/24",
            cookiePercent=50,
        ),
    ]


def _workload(
    namespace: str,
    name: str,
    image: str,
    port: int,
    *,
    calls: str = "",
    rate: int = 0,
    replicas: int = 1,
    **environment: str,
) -> Document:
    annotations = {CALLS: calls, CALLS_PER_SECOND: str(rate)} if calls else {}
    container: dict[str, Any] = {
        "name": name,
        "image": image,
        "ports": [{"containerPort": port, "protocol": "TCP"}],
    }
    if environment:
        container["env"] = [{"name": key, "value": value} for key, value in environment.items()]
    labels = {"app": name, "deploymentconfig": name}
    metadata = {"name": name, "namespace": namespace, "labels": {"app": name}}
    return {
        "apiVersion": "apps.openshift.io/v1",
        "kind": "DeploymentConfig",
        "metadata": {**metadata, "annotations": annotations} if annotations else metadata,
        "spec": {
            "replicas": replicas,
            "selector": {"deploymentconfig": name},
            "strategy": {"type": "Rolling"},
            "triggers": [{"type": "ConfigChange"}],
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def _service(namespace: str, name: str, port: int) -> Document:
    ports = [{"name": f"{port}-tcp", "protocol": "TCP", "port": port, "targetPort": port}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
        "spec": {"selector": {"deploymentconfig": name}, "ports": ports},
    }


def _route() -> Document:
    return {
        "apiVersion": "route.openshift.io/v1",
        "kind": "Route",
        "metadata": {"name": FRONTEND, "namespace": SHOP, "labels": {"app": FRONTEND}},
        "spec": {
            "to": {"kind": "Service", "name": FRONTEND},
            "port": {"targetPort": f"{WEB_PORT}-tcp"},
        },
    }
