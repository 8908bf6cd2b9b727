"""Temporary: stands in for the engine's assembly and the scenarios until they are there."""

# mypy: ignore-errors
try:
    from cluster.engine.assembly import build_engine
    from cluster.scenarios import SCENARIOS, first_boot
except ImportError:
    from cluster.engine.access import SYSTEM_ADMIN
    from cluster.engine.commands import Create
    from cluster.engine.engine import Engine
    from cluster.objects.meta import ObjectMeta
    from cluster.objects.namespace import Namespace
    from cluster.objects.node import Node

    SCENARIOS = {"demo": None, "empty": None}

    def build_engine(config, **kw):
        return Engine(config, [], **kw)

    def first_boot(engine, nodes, scenario):
        for name in ("default", "demo"):
            engine.execute([Create(Namespace(metadata=ObjectMeta(name=name)))], SYSTEM_ADMIN)
        for i in range(nodes + 1):
            engine.execute([Create(Node(metadata=ObjectMeta(name=f"node-{i}")))], SYSTEM_ADMIN)
