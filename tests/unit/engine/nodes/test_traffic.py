"""What visitors of a route notice of a machine that is off: its pods answer nobody."""

from __future__ import annotations

import pytest

from cluster.engine.assembly import build_engine
from cluster.engine.config import EngineConfig
from cluster.objects.meta import Key
from cluster.scenarios import first_boot
from cluster.scenarios.manifests import service, visitors
from tests.unit.engine.lab import EPOCH, NAMESPACE, controller_document
from tests.unit.engine.nodes.lab import NodeLab

ROUTE = Key(NAMESPACE, "web")


class Busy(NodeLab):
    """A route with visitors of 100 requests/s."""

    def __init__(self, replicas: int) -> None:
        config = EngineConfig(epoch=EPOCH)
        self.engine = build_engine(config)
        first_boot(self.engine, 2, "empty")
        served = service(NAMESPACE, "web", "web")
        served["spec"]["selector"] = {"app": "web"}
        route = {
            "apiVersion": "route.openshift.io/v1",
            "kind": "Route",
            "metadata": {
                "name": "web",
                "namespace": NAMESPACE,
                "annotations": {
                    "haproxy.router.openshift.io/balance": "roundrobin",
                    "haproxy.router.openshift.io/disable_cookies": "true",
                },
            },
            "spec": {"to": {"kind": "Service", "name": "web"}},
        }
        self.create(controller_document("web", replicas), served, route)
        self.create(visitors(NAMESPACE, "crowd", "web", requestsPerSecond=100))
        self.run(20)

    def answers(self, seconds: float) -> tuple[dict[str, int], dict[int, int]]:
        """Requests by pod and by status in some seconds."""
        traffic = self.engine.controller("traffic")
        before = traffic.snapshot(ROUTE)  # type: ignore[attr-defined]
        self.run(seconds)
        after = traffic.snapshot(ROUTE)  # type: ignore[attr-defined]
        pods = {
            name: count - before.totals.pods.get(name, 0)
            for name, count in after.totals.pods.items()
        }
        codes = {
            code: count - before.totals.statuses.get(code, 0)
            for code, count in after.totals.statuses.items()
        }
        return (
            {name: count for name, count in pods.items() if count},
            {code: count for code, count in codes.items() if count},
        )


def test_checked_servers_on_a_machine_that_is_off_get_no_more_requests() -> None:
    lab = Busy(2)
    (gone,) = lab.on_node("node-1")
    (left,) = lab.on_node("node-2")
    reloaded = lab.engine.controller("traffic").snapshot(ROUTE).reloaded_at  # type: ignore[attr-defined]
    lab.off("node-1")
    lab.engine.settle()
    pods, statuses = lab.answers(10)
    assert pods == {left.metadata.name: 1000}
    assert statuses == {200: 1000}
    assert gone.metadata.name in lab.serving()
    seen = lab.engine.controller("traffic").snapshot(ROUTE)  # type: ignore[attr-defined]
    assert seen.reloaded_at == reloaded


@pytest.mark.parametrize("cause", ["off", "cut"])
def test_the_only_pod_out_of_reach_means_503_until_it_is_back(cause: str) -> None:
    lab = Busy(1)
    (name,) = {each.node_name for each in lab.pods()}
    if cause == "off":
        lab.off(name)
    else:
        lab.cut(name, "master")
    lab.engine.settle()
    assert lab.answers(10) == ({}, {503: 1000})
    if cause == "off":
        lab.on(name)
        lab.run(60)
    else:
        lab.cut(name)
        lab.engine.settle()
    pods, statuses = lab.answers(10)
    assert sum(pods.values()) == 1000
    assert statuses == {200: 1000}
