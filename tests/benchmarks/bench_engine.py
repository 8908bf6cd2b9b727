"""How fast pods of one controller come to life: `python -m tests.benchmarks.bench_engine [pods] [nodes]`."""

from __future__ import annotations

import sys
import time

from cluster.engine.access import SYSTEM_ADMIN
from cluster.engine.commands import Create
from cluster.engine.config import EngineConfig
from cluster.engine.controllers import all_controllers
from cluster.engine.engine import Engine
from cluster.objects import kinds
from cluster.objects.document import from_document
from cluster.objects.pod import Pod
from cluster.objects.replicationcontroller import ReplicationController
from cluster.scenarios import first_boot
from cluster.scenarios.manifests import service

EPOCH = 1_800_000_000.0


def booted(nodes: int) -> Engine:
    """A cluster with an empty project."""
    config = EngineConfig(epoch=EPOCH)
    engine = Engine(config, all_controllers(config))
    first_boot(engine, nodes, "empty")
    return engine


def controller(replicas: int) -> ReplicationController:
    """A controller of web pods, with a readiness probe left out."""
    labels = {"app": "web", "deploymentconfig": "web"}
    container = {
        "name": "web",
        "image": "mmumshad/simple-webapp-docker:v1",
        "ports": [{"containerPort": 8080}],
    }
    document = {
        "apiVersion": "v1",
        "kind": "ReplicationController",
        "metadata": {"name": "web", "namespace": "demo"},
        "spec": {
            "replicas": replicas,
            "selector": labels,
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }
    obj, _ = from_document(document)
    assert isinstance(obj, ReplicationController)
    return obj


def run(pods: int, nodes: int) -> tuple[float, float]:
    """CPU seconds and cluster seconds until all pods are Running and ready."""
    engine = booted(nodes)
    web, _ = from_document(service("demo", "web", "web"))
    engine.execute([Create(controller(pods)), Create(web)], SYSTEM_ADMIN)
    began, now = time.process_time(), engine.now
    while sum(pod.status.ready for pod in engine.store.list(Pod)) < pods:
        engine.step(engine.now + 1)
        engine.take_changes()
        if engine.now > now + 120:
            raise SystemExit("the pods do not get ready")
    return time.process_time() - began, engine.now - now


def main(pods: int = 10_000, nodes: int = 0) -> None:
    """Print the figures; 0 nodes: as many as the pods need."""
    nodes = nodes or max(41, pods // 240)
    seconds, passed = run(pods, nodes)
    print(
        f"{pods:,} {kinds.POD.plural} of one controller on {nodes} nodes to Running: "
        f"{seconds:.2f} s of CPU, {seconds / pods * 1e6:.0f} µs/pod, {passed:.0f} s of cluster time"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
