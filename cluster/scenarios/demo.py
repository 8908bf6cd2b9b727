"""The demo project: the course's `simple-webapp-docker` in two colours behind one route, with visitors."""

from __future__ import annotations

from cluster.engine.access import Actor
from cluster.engine.engine import Engine
from cluster.scenarios.manifests import (
    Document,
    apply_all,
    deployment_config,
    project,
    service,
    visitors,
)

DEMO = "demo"
DEVELOPER = Actor("developer")
APPLICATION = "simple-webapp-docker"
BLUE, GREEN = APPLICATION, f"{APPLICATION}-green"
ROUTE = WEB = "web"
IMAGE = "mmumshad/simple-webapp-docker"


LIVED = 15.0
"""Seconds of cluster time that the project has lived when its first visitor looks at it."""


def demo(engine: Engine) -> None:
    """Two DeploymentConfigs of two pods, two services, a route at weights 80/20, visitors."""
    apply_all(engine, DEVELOPER, [demo_project()])
    apply_all(engine, DEVELOPER, documents())
    engine.step(engine.now + LIVED)


def demo_project() -> Document:
    """The project, requested by the developer, who so becomes its admin."""
    return project(DEMO, "Demo", "The course's web application in two colours.")


def documents() -> list[Document]:
    """Everything in the project."""
    return [
        deployment_config(DEMO, BLUE, APPLICATION, f"{IMAGE}:v1", 2, APP_COLOR="blue"),
        deployment_config(DEMO, GREEN, APPLICATION, f"{IMAGE}:v2", 2, APP_COLOR="green"),
        service(DEMO, BLUE, APPLICATION),
        service(DEMO, GREEN, APPLICATION),
        # Both colours under one name, for who asks the cluster's DNS: `web.demo.svc.cluster.local`.
        service(DEMO, WEB, APPLICATION, {"app": APPLICATION}),
        _route(),
        # Most visitors keep no cookies, so the weights show at once in what is served; those who
        # do stay with the pod that served them first, as sticky sessions have it.
        visitors(
            DEMO,
            "visitors",
            ROUTE,
            requestsPerSecond=40,
            clients=120,
            network="203.0.113.0/24",
            cookiePercent=0,
        ),
        visitors(
            DEMO,
            "returning-visitors",
            ROUTE,
            requestsPerSecond=5,
            clients=20,
            network="198.51.100.0/24",
            cookiePercent=100,
        ),
    ]


def _route() -> Document:
    return {
        "apiVersion": "route.openshift.io/v1",
        "kind": "Route",
        "metadata": {"name": ROUTE, "namespace": DEMO, "labels": {"app": APPLICATION}},
        "spec": {
            "to": {"kind": "Service", "name": BLUE, "weight": 80},
            "alternateBackends": [{"kind": "Service", "name": GREEN, "weight": 20}],
            "port": {"targetPort": "8080-tcp"},
        },
    }
