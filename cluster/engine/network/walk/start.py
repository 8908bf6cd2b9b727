"""From the question to the first packet: who sends, to which address, or why there is nothing to send."""

from __future__ import annotations

from dataclasses import dataclass

from cluster.engine.network.kube_proxy import Target, choose_endpoint, port_of, ready_targets
from cluster.engine.network.view import NetworkView
from cluster.engine.network.walk.blame import NO_ENDPOINTS, no_endpoints_fixes
from cluster.engine.network.walk.host import route_to
from cluster.engine.network.walk.journey import (
    AtPod,
    Ended,
    FromHost,
    FromPod,
    Journey,
    OnWire,
    Place,
)
from cluster.engine.network.walk.model import (
    DROPPED,
    REFUSED,
    Connection,
    Fix,
    Header,
    OfPod,
    OnNode,
    Outside,
    ToAddress,
    ToNodePort,
    ToService,
)
from cluster.engine.network.walk.wire import link_broken
from cluster.engine.rng import RandomStream
from cluster.objects.endpoints import Endpoints, ready_addresses
from cluster.objects.meta import Key
from cluster.objects.service import HEADLESS, Service

LOOPBACK_PREFIX = "127."
FIRST_EPHEMERAL, EPHEMERALS = 32_768, 28_232
"""Linux's `ip_local_port_range`: 32768 to 60999."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """What the sender puts in the packet."""

    ip: str
    port: int


def source_port(seed: int) -> int:
    """The sender's port: any of the ephemeral ones."""
    return FIRST_EPHEMERAL + RandomStream(seed).child("source port").randrange(EPHEMERALS)


def first_place(journey: Journey) -> Place:
    """Where the walk begins."""
    connection = journey.connection
    dialled = _dialled(journey.view, connection)
    if isinstance(dialled, Ended):
        return dialled
    return _leave_source(journey, dialled)


def _leave_source(journey: Journey, dialled: Dialled) -> Place:
    view, source = journey.view, journey.connection.source
    if isinstance(source, Outside):
        header = _header(journey.connection, source.ip, dialled)
        journey.note("", "client", f"A client at {source.ip} outside sends it.", header)
        return OnWire("", header)
    if isinstance(source, OnNode):
        return _from_node(journey, source.node, dialled, "router" if source.router else "process")
    site = view.pod(source.key)
    if site is None:
        return _no_pod(source.key)
    if site.on_host_network:
        return _from_node(journey, site.node, dialled, f"pod {site.key}")
    down = link_broken(view, site.node, site.node)
    if down is not None:
        return down
    header = _header(journey.connection, site.ip, dialled)
    if dialled.ip == site.ip or dialled.ip.startswith(LOOPBACK_PREFIX):
        said = f"{site.key} talks to itself: its own address never leaves the pod."
        journey.note(site.node, "lo", said, header)
        return AtPod(site, header)
    return FromPod(site, header)


def _from_node(journey: Journey, node: str, dialled: Dialled, who: str) -> Place:
    view = journey.view
    if view.node(node) is None:
        return _no_node(node)
    down = link_broken(view, node, node)
    if down is not None:
        return down
    route = route_to(journey, node, dialled.ip)
    header = _header(journey.connection, route.source, dialled)
    said = (
        f"A {who} on {node} sends it; by its route the source is {route.source} ({route.device})."
    )
    journey.note(node, "socket", said, header)
    return FromHost(node, header)


def _header(connection: Connection, ip: str, dialled: Dialled) -> Header:
    return Header(
        src=ip,
        dst=dialled.ip,
        protocol=connection.protocol,
        src_port=source_port(connection.seed),
        dst_port=dialled.port,
    )


def _no_pod(key: Key) -> Ended:
    said = f"The pod {key} has no network: it does not exist, is not placed yet, or has finished."
    return Ended(
        DROPPED, "no-such-pod", said, (Fix(kind="Pod", key=key, said="Look at its state."),)
    )


def _no_node(name: str) -> Ended:
    return Ended(DROPPED, "no-such-node", f"There is no node {name}.")


def _dialled(view: NetworkView, connection: Connection) -> Dialled | Ended:
    """The address that is dialled."""
    destination, port = connection.destination, connection.port
    if isinstance(destination, ToAddress):
        return Dialled(destination.ip, port)
    if isinstance(destination, ToNodePort):
        node = view.node(destination.node)
        if node is None:
            return _no_node(destination.node)
        return Dialled(node.ip, port)
    if isinstance(destination, OfPod):
        site = view.pod(destination.key)
        return _no_pod(destination.key) if site is None else Dialled(site.ip, port)
    return _of_service(view, connection, destination)


def _of_service(
    view: NetworkView, connection: Connection, destination: ToService
) -> Dialled | Ended:
    service = view.objects.get(Service, *destination.key)
    if service is None:
        said = f"There is no service {destination.key}."
        return Ended(DROPPED, "no-such-service", said)
    source = connection.source
    if isinstance(source, OnNode) and source.router:
        return _by_router(view, connection, destination, service)
    if service.spec.type == "ExternalName":
        name = service.spec.external_name
        said = (
            f"{destination.key} is only a name for {name}: its clients talk to {name} themselves."
        )
        return Ended(DROPPED, "external-name", said)
    if service.spec.cluster_ip == HEADLESS:
        return _headless(view, connection, destination, service)
    if not service.spec.cluster_ip:
        return Ended(DROPPED, "no-cluster-ip", f"{destination.key} has no cluster IP.")
    return Dialled(service.spec.cluster_ip, connection.port)


def _by_router(
    view: NetworkView, connection: Connection, destination: ToService, service: Service
) -> Dialled | Ended:
    """The router asks for no cluster IP: it knows the endpoints and balances itself."""
    port = port_of(service, connection.port, connection.protocol)
    found: tuple[Target, ...] = () if port is None else ready_targets(view, service, port)
    wanted = [each for each in found if str(each) == destination.endpoint]
    chosen = wanted[0] if wanted else choose_endpoint(found, connection.seed)
    if chosen is None:
        return _without_endpoints(destination.key, "the router answers 503")
    return Dialled(chosen.ip, chosen.port)


def _headless(
    view: NetworkView, connection: Connection, destination: ToService, service: Service
) -> Dialled | Ended:
    """DNS gives the endpoints' own addresses; nobody translates ports."""
    endpoints = view.objects.get(Endpoints, *service.metadata.key)
    ready = list(ready_addresses(endpoints)) if endpoints is not None else []
    ips = list(dict.fromkeys(each.ip for each, _ in ready))
    wanted = [ip for ip in ips if destination.endpoint.startswith(f"{ip}:")]
    ip = wanted[0] if wanted else choose_endpoint(ips, connection.seed)
    if ip is None:
        return _without_endpoints(destination.key, "DNS has no addresses for it")
    return Dialled(ip, connection.port)


def _without_endpoints(key: Key, effect: str) -> Ended:
    said = f"The service {key} has no ready endpoints: {effect}."
    return Ended(REFUSED, NO_ENDPOINTS, said, no_endpoints_fixes(key))
