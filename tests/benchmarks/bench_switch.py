"""Plan and change of the network plugin: `python -m tests.benchmarks.bench_switch [pods] [nodes]`.

By default 10,000 pods on 2,000 nodes.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace

from cluster.engine.access import SYSTEM_ADMIN
from cluster.engine.commands import Create, Edit
from cluster.engine.config import EngineConfig
from cluster.engine.controllers import all_controllers
from cluster.engine.engine import Engine
from cluster.engine.network.plugins.facts import FLANNEL_VXLAN, PLUGINS
from cluster.engine.network.plugins.switching import plan_switch
from cluster.objects import kinds
from cluster.objects.meta import Key
from cluster.objects.pod import Pod
from cluster.scenarios import first_boot
from tests.benchmarks.bench_engine import EPOCH, controller

CLUSTER_NETWORK = "10.128.0.0/11"
"""Room for 4,096 nodes of a /23 each."""


def crowded(pods: int, nodes: int) -> Engine:
    """A cluster whose pods all run."""
    config = EngineConfig(epoch=EPOCH, cluster_network=CLUSTER_NETWORK)
    engine = Engine(config, all_controllers(config))
    first_boot(engine, nodes, "empty")
    engine.execute([Create(controller(pods))], SYSTEM_ADMIN)
    _run_until_ready(engine, pods)
    return engine


def _run_until_ready(engine: Engine, pods: int) -> float:
    """The longest call of a hundred reconciles, in seconds of CPU."""
    longest, until = 0.0, engine.now
    while sum(pod.status.ready for pod in engine.store.list(Pod)) < pods:
        until += 1
        if until > engine.now + 300:
            raise SystemExit("the pods do not get ready")
        done = False
        while not done:
            began = time.process_time()
            done = engine.step(until, limit=100)
            longest = max(longest, time.process_time() - began)
        engine.take_changes()
    return longest


def main(pods: int = 10_000, nodes: int = 2_000) -> None:
    """Print the figures."""
    engine = crowded(pods, nodes)
    state = engine.cluster.addresses.lease_state
    for name in PLUGINS:
        began = time.process_time()
        plan = plan_switch(engine.store, engine.config, name, lease_state=state)
        took = time.process_time() - began
        print(f"plan {name}: {took * 1e3:.0f} ms of CPU, {plan.moved:,} pods with another address")
    key = Key("", "default")
    edit = Edit(kinds.CLUSTERNETWORK, key, lambda held: replace(held, plugin_name=FLANNEL_VXLAN))
    began, now = time.process_time(), engine.now
    engine.execute([edit], SYSTEM_ADMIN)
    engine.step(now + 1)
    longest = _run_until_ready(engine, pods)
    took = time.process_time() - began
    print(
        f"switch to {FLANNEL_VXLAN}: {pods:,} pods on {nodes:,} nodes ready again after"
        f" {took:.1f} s of CPU, {engine.now - now:.0f} s of cluster time;"
        f" the longest slice of 100 reconciles took {longest * 1e3:.0f} ms"
    )


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:]))
