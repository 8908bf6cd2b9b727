"""The reachability matrix of 200 × 200 pods under every plugin, and one of its pairs."""

from __future__ import annotations

import time
from collections.abc import Callable

from cluster.engine.network.plugins.facts import PLUGINS
from cluster.engine.network.reachability import Reachability
from cluster.engine.network.view import NetworkView, PodSite
from tests.policy_cluster import policy
from tests.property.network_strategies import Machine, Project, Sketch, Workload, stored

PODS, NODES, PROJECTS, POLICIES = 200, 20, 20, 40
TIMES = 20
FROM_LABELLED = {"podSelector": {"matchLabels": {"app": "b"}}}
FROM_BLOCK = {"ipBlock": {"cidr": "10.128.0.0/18", "except": ["10.129.0.0/23"]}}


def sketch_of(plugin: str) -> Sketch:
    """20 nodes, 20 projects with 10 pods each, every fortieth pod on its node's network."""
    projects = [Project(f"project-{number}", 100 + number // 2) for number in range(PROJECTS)]
    pods = [
        Workload(
            projects[number % PROJECTS].name,
            number % NODES,
            labels={"app": "abcd"[number // PROJECTS % 4]},
            on_host=number % 40 == 39,
        )
        for number in range(PODS)
    ]
    return Sketch(plugin, True, (Machine(),) * NODES, tuple(projects), tuple(pods))


def view_of(plugin: str) -> NetworkView:
    """The cluster with two policies in every project."""
    cluster = stored(sketch_of(plugin))
    for number in range(POLICIES):
        peer = FROM_BLOCK if number >= PROJECTS else FROM_LABELLED
        spec = {
            "podSelector": {"matchLabels": {"app": "ab"[number // PROJECTS]}},
            "ingress": [{"from": [peer], "ports": [{"port": 8080}]}],
        }
        cluster.add(policy(f"project-{number % PROJECTS}", f"policy-{number}", spec))
    return cluster.view


def milliseconds(work: Callable[[], object], times: int = TIMES) -> float:
    """How long something takes, on average."""
    start = time.perf_counter()
    for _ in range(times):
        work()
    return 1000 * (time.perf_counter() - start) / times


def measure(plugin: str) -> None:
    """Prints the figures of one plugin."""
    view = view_of(plugin)
    pods = [site for name in view.namespaces() for site in view.pods_in(name)]
    first = milliseconds(lambda: Reachability(view).matrix(pods, 8080), 1)
    reachability = Reachability(view)
    whole = milliseconds(lambda: reachability.matrix(pods, 8080))
    summed = milliseconds(lambda: reachability.grouped(pods, namespace_of, 8080))
    pair = milliseconds(lambda: reachability.between(pods[0], pods[-1], 8080), 2_000)
    print(
        f"{PLUGINS[plugin].title:<34} {len(pods)} x {len(pods)} pods: {whole:6.2f} ms"
        f" (first of a view {first:6.2f}), by project {summed:6.2f} ms, one pair {1000 * pair:6.1f} µs"
    )


def namespace_of(site: PodSite) -> str:
    """The project of a pod."""
    return site.namespace


def main() -> None:
    """Measures every plugin."""
    for plugin in PLUGINS:
        measure(plugin)


if __name__ == "__main__":
    main()
