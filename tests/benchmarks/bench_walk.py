"""Walks per second, in a cluster of 3 nodes and in one of 2,000, and what a fresh view costs."""

from __future__ import annotations

import time
from collections.abc import Callable

from cluster.engine.network.iptables.listing import iptables_save
from cluster.engine.network.ovs.listing import dump_flows
from cluster.engine.network.view import NetworkView
from cluster.engine.network.walk.dispatch import walk
from cluster.engine.network.walk.model import Connection, OfPod, ToService
from cluster.objects.meta import Key
from tests.network_cluster import (
    OVS_MULTITENANT,
    OVS_NETWORKPOLICY,
    OVS_SUBNET,
    NetworkCluster,
)
from tests.policy_cluster import policy

PODS_PER_NODE, SERVICES_PER_NODE = 5, 1
PLUGINS = (OVS_SUBNET, OVS_MULTITENANT, OVS_NETWORKPOLICY)
SECONDS = 1.5
FROM_SAME = {"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}]}


def cluster_of(nodes: int, plugin: str) -> NetworkCluster:
    """A cluster with five pods and a service a node, in twenty projects."""
    cluster = NetworkCluster(plugin)
    projects = [f"project-{number}" for number in range(20)]
    for number, name in enumerate(projects):
        cluster.project(name, 100 + number)
        cluster.add(policy(name, "same", FROM_SAME))
    for number in range(nodes):
        name, third = f"node-{number}", 2 * (number % 128)
        subnet = f"10.{128 + number // 128}.{third}"
        cluster.node(name, f"192.168.{number // 250}.{1 + number % 250}", f"{subnet}.0/23")
        keys = []
        for place in range(PODS_PER_NODE):
            key = Key(projects[number % 20], f"pod-{number}-{place}")
            cluster.pod(key, name, f"{subnet}.{2 + place}")
            keys.append(key)
        service = Key(projects[number % 20], f"web-{number}")
        cluster.service(service, f"172.30.{number // 250}.{1 + number % 250}", keys[:3])
    return cluster


def connections(nodes: int) -> list[Connection]:
    """From pod to pod and to services, within a project."""
    found = []
    for number in range(60):
        source = number * 7 % nodes
        target = (source + 20 * (number % 3)) % nodes if nodes > 20 else source
        projects = f"project-{source % 20}", f"project-{target % 20}"
        from_ = OfPod(Key(projects[0], f"pod-{source}-0"))
        to_pod = OfPod(Key(projects[1], f"pod-{target}-1"))
        to_service = ToService(Key(projects[1], f"web-{target}"))
        found.append(Connection(source=from_, destination=to_pod, port=8080, seed=number))
        found.append(Connection(source=from_, destination=to_service, port=80, seed=number))
    return found


def rate(work: Callable[[int], object]) -> float:
    """How often a second something is done."""
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < SECONDS:
        work(done)
        done += 1
    return done / (time.perf_counter() - start)


def milliseconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def measure(nodes: int, plugin: str) -> None:
    """Prints the figures of one cluster."""
    cluster = cluster_of(nodes, plugin)
    asked = connections(nodes)
    view = cluster.view
    first = milliseconds(lambda: walk(view, asked[0]))
    cold = milliseconds(lambda: [walk(view, each) for each in asked]) / len(asked)
    walks = rate(lambda number: walk(view, asked[number % len(asked)]))

    def listings(fresh: NetworkView) -> tuple[str, str]:
        return dump_flows(fresh, "node-0"), iptables_save(fresh, "node-0")

    listing = milliseconds(lambda: listings(cluster.view))
    print(
        f"{plugin.rpartition('-')[2]:<14} {nodes:>5,} nodes: {walks:>7,.0f} walks/s there and back,"
        f" {cold:>5.1f} ms through nodes not walked before, first of a view {first:>6.1f} ms,"
        f" all flows and rules of a node {listing:>7.1f} ms"
    )


def main() -> None:
    """Measures every plugin at both sizes."""
    for nodes in (3, 2_000):
        for plugin in PLUGINS:
            measure(nodes, plugin)


if __name__ == "__main__":
    main()
