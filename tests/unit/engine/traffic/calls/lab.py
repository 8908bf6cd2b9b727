"""The shop, running in an engine of its own, and short words for what tests do with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cluster.engine.access import SYSTEM_ADMIN
from cluster.engine.assembly import build_engine
from cluster.engine.commands import Create, Delete, Edit
from cluster.engine.config import EngineConfig
from cluster.engine.traffic.calls import CallsController, CallsReport, TargetReport
from cluster.objects import kinds
from cluster.objects.calls import CALLS, CALLS_PER_SECOND
from cluster.objects.document import from_document
from cluster.objects.kind import Kind, Object
from cluster.objects.meta import Key
from cluster.objects.pod import Pod
from cluster.scenarios import first_boot
from cluster.scenarios.manifests import deployment_config
from tests.builders import EPOCH

SHOP, DATA = "shop", "data"


class ShopLab:
    """An engine with the scenario `shop`."""

    def __init__(self, scenario: str = "shop", *, seed: int = 1, **config: Any) -> None:
        self.engine = build_engine(EngineConfig(epoch=EPOCH, seed=seed, **config))
        first_boot(self.engine, 2, scenario)

    @property
    def calls(self) -> CallsController:
        controller = self.engine.controller("calls")
        assert isinstance(controller, CallsController)
        return controller

    def run(self, seconds: float) -> None:
        self.engine.step(self.engine.now + seconds)

    def report(self, name: str, namespace: str = SHOP) -> CallsReport:
        found = self.calls.report(Key(namespace, name))
        assert found is not None
        return found

    def target(self, name: str, number: int = 0) -> TargetReport:
        return self.report(name).targets[number]

    def create(self, *objects: Object) -> None:
        self.engine.execute([Create(each) for each in objects], SYSTEM_ADMIN)

    def apply(self, document: Any) -> None:
        self.create(from_document(document)[0])

    def edit(
        self, kind: Kind, name: str, change: Callable[[Any], Any], namespace: str = SHOP
    ) -> None:
        self.engine.execute([Edit(kind, Key(namespace, name), change)], SYSTEM_ADMIN)

    def delete(self, kind: Kind, name: str, namespace: str = SHOP) -> None:
        self.engine.execute([Delete(kind, Key(namespace, name))], SYSTEM_ADMIN)

    def declare(self, name: str, calls: str, rate: str = "", namespace: str = SHOP) -> None:
        """Let a DeploymentConfig call somebody; "" lets it call nobody."""

        def change(config: Any) -> Any:
            held = dict(config.metadata.annotations)
            held.pop(CALLS, None)
            held.pop(CALLS_PER_SECOND, None)
            held |= {CALLS: calls} if calls else {}
            held |= {CALLS_PER_SECOND: rate} if rate else {}
            return replace(config, metadata=replace(config.metadata, annotations=held))

        self.edit(kinds.DEPLOYMENTCONFIG, name, change, namespace)

    def pods(self, name: str, namespace: str = SHOP) -> list[Pod]:
        return self.engine.store.pods_matching(namespace, {"deploymentconfig": name})

    def since(self, name: str, moment: float) -> dict[str, float]:
        """Calls by class after a moment, without the classes that nobody met."""
        series = self.report(name).series(moment)
        return {each: float(rates.sum()) for each, rates in series.classes.items() if rates.any()}


def workload(name: str, *, calls: str, rate: str = "", namespace: str = SHOP) -> Any:
    """A DeploymentConfig that calls somebody."""
    config: Any = from_document(
        deployment_config(namespace, name, name, "mmumshad/simple-webapp-docker:v1", 1)
    )[0]
    annotations = {CALLS: calls, **({CALLS_PER_SECOND: rate} if rate else {})}
    return replace(config, metadata=replace(config.metadata, annotations=annotations))
