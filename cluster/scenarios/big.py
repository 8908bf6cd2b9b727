"""A crowded project: many applications with their services, routes and visitors, for measurements."""

from __future__ import annotations

from cluster.engine.engine import Engine
from cluster.scenarios.demo import APPLICATION, DEMO, DEVELOPER, IMAGE, demo_project
from cluster.scenarios.manifests import (
    Document,
    apply_all,
    deployment_config,
    service,
    visitors,
)


def big(
    engine: Engine,
    *,
    applications: int = 20,
    pods: int = 10,
    requests_per_second: float = 20.0,
) -> None:
    """Applications `web-1` … in the project `demo`, each with a service, a route and visitors.

    `pods` and `requests_per_second` are per application; with no requests there are no visitors.
    """
    apply_all(engine, DEVELOPER, [demo_project()])
    for number in range(1, applications + 1):
        apply_all(engine, DEVELOPER, _application(f"web-{number}", pods, requests_per_second))


def _application(name: str, pods: int, requests_per_second: float) -> list[Document]:
    documents = [
        deployment_config(DEMO, name, APPLICATION, f"{IMAGE}:v1", pods),
        service(DEMO, name, APPLICATION),
        {
            "apiVersion": "route.openshift.io/v1",
            "kind": "Route",
            "metadata": {"name": name, "namespace": DEMO},
            "spec": {
                "to": {"kind": "Service", "name": name},
                "port": {"targetPort": "8080-tcp"},
            },
        },
    ]
    if requests_per_second:
        documents.append(
            visitors(DEMO, name, name, requestsPerSecond=requests_per_second, clients=50)
        )
    return documents
