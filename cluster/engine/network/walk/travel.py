"""Takes a packet from place to place until it arrives or ends, and the answer back; makes the Walk."""

from __future__ import annotations

from collections.abc import Iterable

from cluster.engine.network.iptables.evaluate import Choice
from cluster.engine.network.kube_proxy import Draw
from cluster.engine.network.ovs.fields import address
from cluster.engine.network.view import NetworkView
from cluster.engine.network.walk import host, wire
from cluster.engine.network.walk.blame import blame_loop
from cluster.engine.network.walk.journey import (
    Arrival,
    AtHost,
    AtOutside,
    AtPod,
    AtPodNetwork,
    AtSocket,
    Datapath,
    Ended,
    FromHost,
    FromPod,
    FromTunnel,
    Journey,
    OnWire,
    Place,
    reversed_header,
)
from cluster.engine.network.walk.model import (
    DELIVERED,
    DROPPED,
    REFUSED,
    Connection,
    Fix,
    Header,
    OfPod,
    Step,
    Walk,
)
from cluster.engine.network.walk.sockets import listener_on_node, listener_on_pod
from cluster.engine.network.walk.start import first_place

MOST_PLACES = 64
"""No packet is at so many places: a loop would be a mistake."""


def travel(view: NetworkView, connection: Connection, datapath: Datapath) -> Walk:
    """The walk of a connection's first packet, and of the answer."""
    choice = Choice(Draw(connection.seed), _wanted(view, connection))
    journey = Journey(view, connection, datapath, choice)
    end = _follow(journey, first_place(journey))
    if isinstance(end, Ended):
        reply = _rejection(journey, end)
        return _walk(journey, end.verdict, end.reason, end.said, end.fixes, reply)
    return _arrived(journey, end)


def _follow(journey: Journey, place: Place) -> Arrival | Ended:
    for _ in range(MOST_PLACES):
        if isinstance(place, AtPod | AtSocket | AtOutside | Ended):
            return place
        place = _next(journey, place)
    return blame_loop(journey)


def _next(
    journey: Journey,
    place: FromPod | FromHost | AtHost | AtPodNetwork | OnWire | FromTunnel,
) -> Place:
    if isinstance(place, FromPod):
        return journey.datapath.from_pod(journey, place)
    if isinstance(place, FromTunnel):
        return journey.datapath.from_tunnel(journey, place)
    if isinstance(place, AtPodNetwork):
        return journey.datapath.to_pods(journey, place)
    if isinstance(place, FromHost):
        return host.send(journey, place)
    if isinstance(place, AtHost):
        return host.enter(journey, place)
    return wire.carry(journey, place)


def _wanted(view: NetworkView, connection: Connection) -> str:
    """The endpoint that the question asks for, if the destination can name one."""
    destination = connection.destination
    return "" if isinstance(destination, OfPod) else destination.endpoint


# --- the far end ---------------------------------------------------------------------------------------


def _arrived(journey: Journey, arrival: Arrival) -> Walk:
    header = arrival.header
    endpoint = f"{header.dst}:{header.dst_port}"
    if isinstance(arrival, AtOutside):
        said = f"It leaves the cluster to {endpoint}; what answers there is not of this cluster."
        return _answered(journey, arrival, DELIVERED, "left-cluster", said)
    who, where = _listener(journey.view, arrival)
    if who:
        said = f"It reaches {who} at {endpoint}, which sees {header.src} as its client."
        journey.note(where, "socket", f"{who} takes it.", header)
        return _answered(journey, arrival, DELIVERED, "delivered", said)
    said = f"Nothing listens on port {header.dst_port}/{header.protocol} of {_place(arrival)}: refused."
    journey.note(where, "socket", said, header)
    return _answered(journey, arrival, REFUSED, "nothing-listens", said, _listen_fixes(arrival))


def _listener(view: NetworkView, arrival: AtPod | AtSocket) -> tuple[str, str]:
    """What listens, and on which node."""
    port, protocol = arrival.header.dst_port, arrival.header.protocol
    if isinstance(arrival, AtPod):
        return listener_on_pod(arrival.site, port), arrival.site.node
    return listener_on_node(view, arrival.node, port, protocol), arrival.node


def _place(arrival: AtPod | AtSocket) -> str:
    return f"pod {arrival.site.key}" if isinstance(arrival, AtPod) else f"node {arrival.node}"


def _listen_fixes(arrival: AtPod | AtSocket) -> tuple[Fix, ...]:
    if not isinstance(arrival, AtPod):
        return ()
    port = arrival.header.dst_port
    said = f"Dial a port on which its containers listen, or let one listen on {port}."
    return (Fix(kind="Pod", key=arrival.site.key, said=said),)


def _answered(
    journey: Journey,
    arrival: Arrival,
    verdict: str,
    reason: str,
    said: str,
    fixes: tuple[Fix, ...] = (),
) -> Walk:
    """Follow the answer; a connection whose answers are lost is lost itself."""
    reply, end = _reply(journey, arrival)
    if isinstance(end, Ended):
        said = f"The packet arrives, but its answer is lost. {end.said}"
        verdict, reason, fixes = DROPPED, end.reason, end.fixes
    header = arrival.header
    endpoint = f"{header.dst}:{header.dst_port}"
    return _walk(journey, verdict, reason, said, fixes, reply, endpoint, header.src)


def _reply(journey: Journey, arrival: Arrival) -> tuple[tuple[Step, ...], Arrival | Ended]:
    back = reversed_header(arrival.header)
    with journey.on_the_way_back() as steps:
        return _end_of(steps, _follow(journey, _answering_place(journey, arrival, back)))


def _end_of(steps: list[Step], end: Arrival | Ended) -> tuple[tuple[Step, ...], Arrival | Ended]:
    return tuple(steps), end


def _answering_place(journey: Journey, arrival: Arrival, header: Header) -> Place:
    if isinstance(arrival, AtOutside):
        journey.note("", "server", f"{header.src} answers.", header)
        return OnWire("", header)
    if isinstance(arrival, AtSocket):
        journey.note(arrival.node, "socket", f"Node {arrival.node} answers.", header)
        return FromHost(arrival.node, header)
    site = arrival.site
    if header.dst == site.ip:
        journey.note(site.node, "lo", f"{site.key} answers itself.", header)
        return AtPod(site, header)
    return FromPod(site, header)


def _rejection(journey: Journey, end: Ended) -> tuple[Step, ...]:
    """The ICMP error of a REJECT rule on its way to the sender."""
    refused, node = end.header, end.rejected_by
    if refused is None or not node:
        return ()
    source = journey.datapath.gateway_device(node)[1]
    site = journey.view.node(node)
    to_pods = journey.view.is_cluster_address(refused.src)
    own = source if to_pods else "" if site is None else site.ip
    header = Header(src=own or address(0), dst=refused.src, protocol="ICMP")
    with journey.on_the_way_back() as steps:
        said = f'{node} answers with ICMP "port unreachable".'
        journey.note(node, "iptables", said, header)
        if refused.src not in host.local_addresses(journey.view, node, source):
            _follow(journey, FromHost(node, header))
        return tuple(steps)


def _walk(
    journey: Journey,
    verdict: str,
    reason: str,
    said: str,
    fixes: Iterable[Fix],
    reply: tuple[Step, ...] = (),
    endpoint: str = "",
    seen_source: str = "",
) -> Walk:
    return Walk(
        connection=journey.connection,
        verdict=verdict,
        reason=reason,
        said=said,
        steps=tuple(journey.steps),
        endpoint=endpoint,
        seen_source=seen_source,
        reply=reply,
        fixes=tuple(fixes),
    )
