"""Who listens: at the ends of a walk, on pods and in the nodes' own network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cluster.engine.network.view import NetworkView, PodSite
from cluster.engine.network.walk.model import TCP, UDP
from cluster.engine.traffic.applications import listens
from cluster.objects.node import ROLE_PREFIX, Node
from cluster.objects.pod import Pod

_EVERY_NODE: Final[Mapping[tuple[int, str], str]] = {
    (22, TCP): "sshd",
    (10250, TCP): "the kubelet",
}
_EVERY_NODE_OF_3: Final[Mapping[tuple[int, str], str]] = {
    (53, TCP): "dnsmasq",
    (53, UDP): "dnsmasq",
}
_MASTERS_OF_3: Final[Mapping[tuple[int, str], str]] = {
    (8443, TCP): "the API server",
    (8053, TCP): "the masters' DNS",
    (8053, UDP): "the masters' DNS",
}
_MASTERS_OF_4: Final[Mapping[tuple[int, str], str]] = {(6443, TCP): "the API server"}


def listener_on_pod(site: PodSite, port: int) -> str:
    """What listens on a port of a pod; "" for nothing."""
    return str(site.key) if listens(site.pod.spec, port) else ""


def listener_on_node(view: NetworkView, node: str, port: int, protocol: str) -> str:
    """What listens on a port of a node; "" for nothing."""
    key = port, protocol
    fixed = dict(_EVERY_NODE) if view.is_modern else {**_EVERY_NODE, **_EVERY_NODE_OF_3}
    if _is_master(view, node):
        fixed |= _MASTERS_OF_4 if view.is_modern else _MASTERS_OF_3
    if key in fixed:
        return fixed[key]
    for pod in view.objects.pods_on(node):
        is_there = pod.is_on_host_network and not pod.is_finished
        if is_there and listens(pod.spec, port):
            return _named(pod)
    return ""


def _is_master(view: NetworkView, node: str) -> bool:
    held = view.objects.get(Node, "", node)
    roles = ("master", "control-plane")
    return held is not None and any(
        f"{ROLE_PREFIX}{role}" in held.metadata.labels for role in roles
    )


def _named(pod: Pod) -> str:
    return str(pod.metadata.key)
