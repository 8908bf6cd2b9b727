"""What the datapaths of OVN-Kubernetes, Contiv and Nuage share: one switch per node that translates services
at the source, finds the pod behind an address, and wraps what is for another node.

Each of them says in its own words, tables and listings what its switch does; see `ovn`, `contiv`, `nuage`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace

from cluster.engine.network.conntrack import tuple_of
from cluster.engine.network.iptables.services import ServiceIndex
from cluster.engine.network.kube_proxy import (
    Target,
    affinity_seed,
    choose_endpoint,
    port_of,
    targets,
)
from cluster.engine.network.policy.ends import End, NodeEnd
from cluster.engine.network.view import NetworkView, NodeSite, PodSite
from cluster.engine.network.walk.blame import (
    NO_ENDPOINTS,
    no_endpoints_fixes,
    no_such_address,
    no_such_service,
)
from cluster.engine.network.walk.journey import (
    AtHost,
    AtPod,
    AtPodNetwork,
    Ended,
    FromPod,
    FromTunnel,
    Journey,
    OnWire,
    Place,
    Route,
)
from cluster.engine.network.walk.model import (
    DROPPED,
    REFUSED,
    Header,
    OfPod,
    Outside,
)
from cluster.objects.service import Service, ServicePort, affinity_seconds


class Overlay(ABC):
    """One cluster's."""

    switch = ""
    """The device that decides on a node."""
    tunnel = ""
    """The device that wraps packets for other nodes."""
    hairpin = ""
    """The source of a pod that calls itself through a service; "" for the service's own address."""

    def __init__(self, view: NetworkView) -> None:
        self.view = view
        self._holders: dict[str, str] | None = None

    # --- what each family says ---------------------------------------------------------------------

    @abstractmethod
    def routes(self, node: str) -> tuple[Route, ...]:
        """A node's routes into the pod network."""

    @abstractmethod
    def gateway_device(self, node: str) -> tuple[str, str]:
        """The device that the node's processes and pods meet on, and its address."""

    @abstractmethod
    def host_addresses(self, node: NodeSite) -> tuple[str, ...]:
        """The addresses behind which the overlay finds a node's own network."""

    @abstractmethod
    def enter(self, journey: Journey, site: PodSite, header: Header) -> None:
        """Note what the switch checks of a pod's packet."""

    @abstractmethod
    def service_row(self, service: Service, port: ServicePort, found: tuple[Target, ...]) -> str:
        """The line that translates a service's port."""

    def dialling(self, journey: Journey, site: PodSite, header: Header) -> Ended | None:
        """Whether the source may dial this service at all; most look at the endpoint alone."""
        return None

    @abstractmethod
    def leaving(
        self, journey: Journey, site: PodSite, destination: End, header: Header
    ) -> Ended | None:
        """Whether the source may send this; notes the row that decides."""

    @abstractmethod
    def arriving(
        self, journey: Journey, source: End, target: PodSite, header: Header
    ) -> Ended | None:
        """Whether the destination may get this; notes the row that decides."""

    @abstractmethod
    def routed(self, journey: Journey, node: NodeSite, remote: NodeSite, header: Header) -> None:
        """Note how the way to another node is found."""

    @abstractmethod
    def port_row(self, site: PodSite) -> str:
        """The line that names a pod's port."""

    @abstractmethod
    def listing(self, node: str) -> str:
        """What decides on a node, as its tools print it."""

    def vni(self, source: End, target: PodSite | None) -> int:
        """What the wrapped packet carries."""
        return 1

    def own_addresses(self, node: str) -> frozenset[str]:
        """The node's addresses on devices of the overlay."""
        site = self.view.node(node)
        return frozenset() if site is None else frozenset(self.host_addresses(site))

    # --- packets -----------------------------------------------------------------------------------

    def from_pod(self, journey: Journey, place: FromPod) -> Place:
        """Into the switch: source check, service translation, the source's rules, the way."""
        node = self.view.node(place.site.node)
        if node is None:
            return Ended(DROPPED, "no-such-node", f"There is no node {place.site.node}.")
        self.enter(journey, place.site, place.header)
        barred = None if journey.is_reply else self.dialling(journey, place.site, place.header)
        if barred is not None:
            return barred
        header = self.translated(journey, node.name, place.header)
        if isinstance(header, Ended):
            return header
        if not journey.is_reply:
            denied = self.leaving(journey, place.site, self.end_at(header.dst), header)
            if denied is not None:
                return denied
        return self._forward(journey, node, place.site, header)

    def to_pods(self, journey: Journey, place: AtPodNetwork) -> Place:
        """From the node's own network into the switch."""
        node = self.view.node(place.node)
        if node is None:
            return Ended(DROPPED, "no-such-node", f"There is no node {place.node}.")
        header = self.translated(journey, node.name, place.header)
        if isinstance(header, Ended):
            return header
        header = self.from_host(journey, node, place, header)
        return self._forward(journey, node, self.end_at(header.src), header)

    def from_host(
        self, journey: Journey, node: NodeSite, place: AtPodNetwork, header: Header
    ) -> Header:
        """What the switch does to a packet of the node's own network."""
        return header

    def from_tunnel(self, journey: Journey, place: FromTunnel) -> Place:
        """Unwrapped: to the pod or to the node's own network."""
        node = self.view.node(place.node)
        if node is None:
            return Ended(DROPPED, "no-such-node", f"There is no node {place.node}.")
        outer = place.header
        inner = replace(outer, outer_src="", outer_dst="", outer_port=0, vni=None)
        journey.note(node.name, self.tunnel, f"{self.tunnel} unwraps it.", outer, inner)
        sender = self.view.node_at(outer.outer_src)
        source = self.end_at(inner.src)
        if isinstance(source, Outside) and sender is not None:
            source = NodeEnd(sender.name, inner.src)
        return self._forward(journey, node, source, inner)

    def translated(self, journey: Journey, node: str, header: Header) -> Header | Ended:
        """A packet to a service gets an endpoint as destination.

        A pod that is its own endpoint would answer itself directly: it sees another source.
        """
        is_known = self.view.pod_at(header.dst) is not None or header.dst in self.holders()
        if journey.is_reply and not is_known:
            return self.untranslated(journey, node, header)
        if not self.translates(header.dst):
            return header
        found = self.service_of(header)
        if isinstance(found, Ended):
            journey.note(node, self.switch, found.said, header, table="services")
            return found
        service, port = found
        endpoints = self.backends(node, service, port, header)
        if isinstance(endpoints, Ended):
            journey.note(node, self.switch, endpoints.said, header, table="services")
            return endpoints
        row = self.service_row(service, port, endpoints)
        chosen = self._chosen(journey, service, endpoints, header)
        if chosen is None:
            key = service.metadata.key
            said = f"The service {key} has no ready endpoints: the switch rejects the connection."
            journey.note(node, self.switch, said, header, table="services", rule=row)
            return Ended(REFUSED, NO_ENDPOINTS, said, no_endpoints_fixes(key))
        after = replace(header, dst=chosen.ip, dst_port=chosen.port)
        said = f"The service is translated here, at the source: the destination becomes {chosen}."
        if chosen.ip == header.src:
            after = replace(after, src=self.hairpin or header.dst)
            said += f" It is the caller itself, so the source becomes {after.src}."
        journey.note(node, self.switch, said, header, after, table="services", rule=row)
        journey.conntrack(self.zone(node)).commit(tuple_of(header), tuple_of(after))
        return after

    def translates(self, ip: str) -> bool:
        """Whether the switch translates an address."""
        return self.view.is_service_address(ip)

    def backends(
        self, node: str, service: Service, port: ServicePort, header: Header
    ) -> tuple[Target, ...] | Ended:
        """The endpoints that a packet to a service may get."""
        return targets(self.view, service, port)

    def service_of(self, header: Header) -> tuple[Service, ServicePort] | Ended:
        """The service's port that a packet is for."""
        service = self.view.service_at(header.dst)
        port = None if service is None else port_of(service, header.dst_port, header.protocol)
        if service is None or port is None:
            return no_such_service(self.view, header.dst, header.dst_port)
        return service, port

    def _chosen(
        self, journey: Journey, service: Service, endpoints: tuple[Target, ...], header: Header
    ) -> Target | None:
        asked = journey.connection.destination
        if not isinstance(asked, OfPod):
            wanted = next((each for each in endpoints if str(each) == asked.endpoint), None)
            if wanted is not None:
                return wanted
        seed = journey.connection.seed
        if affinity_seconds(service):
            seed = affinity_seed(header.src)
        return choose_endpoint(endpoints, seed)

    def zone(self, node: str) -> str:
        """The switch tracks connections apart from the node's own network."""
        return f"{node} {self.switch}"

    def untranslated(self, journey: Journey, node: str, header: Header) -> Header:
        """An answer in a connection that this switch translated gets its addresses back."""
        conntrack = journey.conntrack(self.zone(node))
        found = conntrack.find(tuple_of(header))
        if found is None or not found[1]:
            return header
        after = conntrack.translate(tuple_of(header)).header()
        if after != header:
            said = "The switch knows the connection and translates the answer back."
            journey.note(node, self.switch, said, header, after, table="conntrack")
        return after

    def _forward(self, journey: Journey, node: NodeSite, source: End, header: Header) -> Place:
        holder = self.holders().get(header.dst)
        target = self.view.pod_at(header.dst) if holder is None else None
        home = holder if target is None else target.node
        if home is None:
            if self.view.is_cluster_address(header.dst):
                ended = no_such_address(self.view, header.dst)
                journey.note(node.name, self.switch, ended.said, header)
                return ended
            return self.outwards(journey, node, header)
        if home != node.name:
            return self._send(journey, node, home, header, self.vni(source, target))
        if target is None:
            device = self.gateway_device(node.name)[0]
            after = self.untranslated(journey, node.name, header)
            journey.note(node.name, device, "It is for the node itself.", after)
            return AtHost(node.name, after, device)
        return self._arrive(journey, source, target, header)

    def outwards(self, journey: Journey, node: NodeSite, header: Header) -> Place:
        """To the outside by the node's own network, which masquerades."""
        device = self.gateway_device(node.name)[0]
        said = "It is for no address of the overlay: on to the node's own network."
        journey.note(node.name, device, said, header)
        return AtHost(node.name, header, device)

    def _send(self, journey: Journey, node: NodeSite, home: str, header: Header, vni: int) -> Place:
        remote = self.view.node(home)
        if remote is None:
            return Ended(DROPPED, "no-such-node", f"There is no node {home}.")
        self.routed(journey, node, remote, header)
        plugin = self.view.plugin
        outer = replace(
            header, outer_src=node.ip, outer_dst=remote.ip, outer_port=plugin.port, vni=vni
        )
        said = f"Wrapped in {plugin.encapsulation} for {remote.name}, {remote.ip}."
        journey.note(node.name, self.tunnel, said, header, outer)
        return OnWire(node.name, outer)

    def _arrive(self, journey: Journey, source: End, target: PodSite, header: Header) -> Place:
        if journey.is_reply:
            header = self.untranslated(journey, target.node, header)
        else:
            denied = self.arriving(journey, source, target, header)
            if denied is not None:
                return denied
        said = f"Out of the port of {target.key}."
        journey.note(
            target.node, self.switch, said, header, table="ports", rule=self.port_row(target)
        )
        return AtPod(target, header)

    # --- who is who --------------------------------------------------------------------------------

    def holders(self) -> dict[str, str]:
        """Address of the overlay → the node behind it."""
        if self._holders is None:
            self._holders = {
                address: node.name
                for node in self.view.nodes()
                for address in self.host_addresses(node)
                if address
            }
        return self._holders

    def end_at(self, ip: str) -> End:
        """Who has an address, as policies see them."""
        site = self.view.pod_at(ip)
        if site is not None:
            return site
        name = self.holders().get(ip)
        node = self.view.node_at(ip) if name is None else self.view.node(name)
        return Outside(ip) if node is None else NodeEnd(node.name, ip)

    def service_rows(self) -> Iterator[str]:
        """The translations of all services."""
        for service in self.view.derived(ServiceIndex).all:
            for port in service.spec.ports:
                yield self.service_row(service, port, targets(self.view, service, port))
