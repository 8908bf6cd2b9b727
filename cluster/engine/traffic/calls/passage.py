"""The packet's fate on one way: by the packet walk, or, for a plugin whose packets nobody follows, by
the rules that its tables carry out."""

from __future__ import annotations

from cluster.engine.network.iptables.services import ServiceIndex
from cluster.engine.network.kube_proxy import port_of, targets
from cluster.engine.network.reachability import Reachability
from cluster.engine.network.view import NetworkView, PodSite
from cluster.engine.network.walk.blame import NO_ENDPOINTS, no_such_address, no_such_service
from cluster.engine.network.walk.dispatch import NoWalkError, walk
from cluster.engine.network.walk.model import (
    DELIVERED,
    DROPPED,
    REFUSED,
    TCP,
    Connection,
    OfPod,
    ToAddress,
    Walk,
)
from cluster.engine.network.walk.sockets import listener_on_node, listener_on_pod
from cluster.engine.traffic.calls.dialling import Way


def passage(view: NetworkView, site: PodSite, way: Way, port: int) -> Walk:
    """What happens to a pod's connection on one way."""
    try:
        return walk(view, _connection(site, way, port))
    except NoWalkError:
        return judged(view, site, way, port)


def judged(view: NetworkView, site: PodSite, way: Way, port: int) -> Walk:
    """The same verdict without the steps that lead to it."""
    verdict, reason, said = _verdict(view, site, way, port)
    return Walk(
        connection=_connection(site, way, port),
        verdict=verdict,
        reason=reason,
        said=said,
        endpoint=way.endpoint or f"{way.ip}:{port}",
    )


def _connection(site: PodSite, way: Way, port: int) -> Connection:
    to = ToAddress(way.ip, way.endpoint)
    return Connection(source=OfPod(site.key), destination=to, port=port)


def _verdict(view: NetworkView, site: PodSite, way: Way, port: int) -> tuple[str, str, str]:
    """Verdict, reason and sentence without a walk."""
    ip, dialled = way.ip, port
    if way.endpoint:
        ip, _, number = way.endpoint.partition(":")
        dialled = int(number)
    elif view.is_service_address(ip):
        return _without_endpoint(view, ip, port)
    pod = view.pod_at(ip)
    if pod is not None:
        return _to_pod(view, site, pod, dialled)
    node = view.node_at(ip)
    if node is not None:
        if not view.are_linked(site.node, node.name):
            return DROPPED, "no-link", f"{site.node} does not reach {node.name}."
        who = listener_on_node(view, node.name, dialled, TCP)
        return _listened(who, f"node {node.name}", dialled)
    if view.is_cluster_address(ip):
        ended = no_such_address(view, ip)
        return ended.verdict, ended.reason, ended.said
    return DELIVERED, "left-cluster", f"It leaves the cluster to {ip}:{dialled}."


def _to_pod(view: NetworkView, site: PodSite, pod: PodSite, port: int) -> tuple[str, str, str]:
    permission = view.derived(Reachability).between(site, pod, port)
    if not permission.allowed:
        return DROPPED, permission.reason, permission.said
    return _listened(listener_on_pod(pod, port), f"pod {pod.key}", port)


def _listened(who: str, where: str, port: int) -> tuple[str, str, str]:
    if who:
        return DELIVERED, "delivered", f"It reaches {who}."
    return REFUSED, "nothing-listens", f"Nothing listens on port {port}/TCP of {where}: refused."


def _without_endpoint(view: NetworkView, ip: str, port: int) -> tuple[str, str, str]:
    for service in view.derived(ServiceIndex).at(ip):
        dialled = port_of(service, port, TCP)
        if dialled is not None and not targets(view, service, dialled):
            said = f"The service {service.metadata.key} has no ready endpoints for port {port}."
            return REFUSED, NO_ENDPOINTS, said
    ended = no_such_service(view, ip, port)
    return ended.verdict, ended.reason, ended.said
