"""OVN-Kubernetes' datapath: a logical switch per node, the cluster router, Geneve between nodes.

Stands for ovnkube (ovn-org/ovn-kubernetes) with routing by the host (`routingViaHost`): services are load
balancers of the source's switch, policies are ACLs with priorities 1001 and 1000, and what leaves the
cluster goes by ovn-k8s-mp0 through the node's own network. There is no kube-proxy.
"""

from __future__ import annotations

from dataclasses import replace

from cluster.engine.network.conntrack import tuple_of
from cluster.engine.network.iptables.host import OVN_LOCAL_ADDRESS
from cluster.engine.network.iptables.services import ServiceIndex
from cluster.engine.network.kube_proxy import Target, targets
from cluster.engine.network.plugins.ovn import MANAGEMENT_PORT
from cluster.engine.network.policy import PolicyIndex
from cluster.engine.network.policy.ends import End
from cluster.engine.network.view import NetworkView, NodeSite, PodSite
from cluster.engine.network.walk.acl import DEFAULT_ROW, judge, policy_rows
from cluster.engine.network.walk.blame import no_such_service, without_local_endpoints
from cluster.engine.network.walk.journey import AtPodNetwork, Ended, Journey, Route
from cluster.engine.network.walk.model import Header
from cluster.engine.network.walk.overlay import Overlay
from cluster.objects.networkpolicy import EGRESS, INGRESS
from cluster.objects.service import Service, ServicePort

BRIDGE, NEXT_HOP = "br-ex", "169.254.169.4"
"""Where the node's own network gives packets to services into OVN: a masquerade address."""
ROUTER = "ovn_cluster_router"
JOIN_FIRST = 2
"""The first gateway router's number on the join switch, 100.64.0.0/16."""


class OvnDatapath(Overlay):
    """One cluster's."""

    switch = "node-switch"
    tunnel = "genev_sys_6081"
    hairpin = "169.254.169.5"

    def __init__(self, view: NetworkView) -> None:
        super().__init__(view)
        self._policies = PolicyIndex.of(view)
        self._numbers = {node.name: number for number, node in enumerate(view.nodes())}

    # --- tables ------------------------------------------------------------------------------------

    def routes(self, node: str) -> tuple[Route, ...]:
        """Pods by ovn-k8s-mp0, services by br-ex and the gateway router."""
        site = self.view.node(node)
        if site is None or site.subnet is None:
            return ()
        own = str(site.subnet[2])
        inner = (
            Route(str(each), MANAGEMENT_PORT, own, site.gateway)
            for each in self.view.cluster_networks
        )
        services = Route(str(self.view.service_network), BRIDGE, site.ip, NEXT_HOP)
        own_pods = Route(f"{OVN_LOCAL_ADDRESS}/32", MANAGEMENT_PORT, own, site.gateway)
        return (*inner, services, own_pods)

    def gateway_device(self, node: str) -> tuple[str, str]:
        """ovn-k8s-mp0 with the subnet's second host address."""
        site = self.view.node(node)
        if site is None or site.subnet is None:
            return "", ""
        return MANAGEMENT_PORT, str(site.subnet[2])

    def host_addresses(self, node: NodeSite) -> tuple[str, ...]:
        """ovn-k8s-mp0's, and the gateway router's on the join switch."""
        management = "" if node.subnet is None else str(node.subnet[2])
        return (management, self._join(node.name))

    def _join(self, node: str) -> str:
        number = JOIN_FIRST + self._numbers.get(node, 0)
        return f"100.64.{number >> 8}.{number & 255}"

    def port_row(self, site: PodSite) -> str:
        """A logical switch port with its addresses."""
        return f'port {site.namespace}_{site.key.name} addresses: ["{site.mac} {site.ip}"]'

    def translates(self, ip: str) -> bool:
        """Services' addresses, and the one that stands for a service's pods on this node."""
        return super().translates(ip) or ip == OVN_LOCAL_ADDRESS

    def service_of(self, header: Header) -> tuple[Service, ServicePort] | Ended:
        """By cluster IP, or by node port where iptables led it to the node's own pods."""
        if header.dst != OVN_LOCAL_ADDRESS:
            return super().service_of(header)
        index = self.view.derived(ServiceIndex)
        for service in index.at_node_port(header.dst_port, header.protocol):
            for port in service.spec.ports:
                if port.node_port == header.dst_port:
                    return service, port
        return no_such_service(self.view, header.dst, header.dst_port)

    def backends(
        self, node: str, service: Service, port: ServicePort, header: Header
    ) -> tuple[Target, ...] | Ended:
        """All endpoints, or under externalTrafficPolicy Local those on the node."""
        found = targets(self.view, service, port)
        if header.dst != OVN_LOCAL_ADDRESS or not found:
            return found
        own = tuple(each for each in found if self._home(each) == node)
        return own or without_local_endpoints(service, node)

    def _home(self, target: Target) -> str:
        site = self.view.pod_at(target.ip)
        return target.node or ("" if site is None else site.node)

    def service_row(self, service: Service, port: ServicePort, found: tuple[Target, ...]) -> str:
        """A virtual address of a load balancer (`ovn-nbctl lb-list`)."""
        key, protocol = service.metadata.key, port.protocol or "TCP"
        vip = f"{service.spec.cluster_ip}:{port.port}"
        name = f"Service_{key.namespace}/{key.name}_{protocol}"
        return f"{name} {protocol.lower()} {vip} {','.join(map(str, found)) or 'reject'}"

    def listing(self, node: str) -> str:
        """Ports, ACLs, load balancers and routes, as ovn-nbctl prints them; the node's own routes."""
        parts = ["# ip route", *(route.text for route in self.routes(node))]
        parts += ["", f"# ovn-nbctl show {node}", *map(self.port_row, self.view.pods_on(node))]
        parts += ["", f"# ovn-nbctl acl-list {node}"]
        parts += [*policy_rows(self.view, self._policies), *DEFAULT_ROW.values()]
        parts += ["", f"# ovn-nbctl ls-lb-list {node}", *self.service_rows()]
        parts += ["", f"# ovn-nbctl lr-route-list {ROUTER}", *map(_route_row, self.view.nodes())]
        return "\n".join(parts) + "\n"

    # --- packets -----------------------------------------------------------------------------------

    def enter(self, journey: Journey, site: PodSite, header: Header) -> None:
        """Port security: a port may send from its own addresses alone."""
        said = "Port security: MAC and address are the port's own."
        journey.note(site.node, self.switch, said, header, table="ports", rule=self.port_row(site))

    def leaving(
        self, journey: Journey, site: PodSite, destination: End, header: Header
    ) -> Ended | None:
        """ACLs from-lport: the egress rules of the source's policies, after the load balancer."""
        verdict = self._policies.verdict(site, destination, header.dst_port, header.protocol)
        return judge(journey, site.node, self.switch, verdict.egress, EGRESS, header)

    def arriving(
        self, journey: Journey, source: End, target: PodSite, header: Header
    ) -> Ended | None:
        """ACLs to-lport at the destination's switch: the ingress rules of its policies."""
        verdict = self._policies.verdict(source, target, header.dst_port, header.protocol)
        return judge(journey, target.node, self.switch, verdict.ingress, INGRESS, header)

    def routed(self, journey: Journey, node: NodeSite, remote: NodeSite, header: Header) -> None:
        """The cluster router knows every node's switch."""
        said = f"The cluster router leads to the switch of {remote.name}; the TTL falls by one."
        journey.note(node.name, ROUTER, said, header, table="routes", rule=_route_row(remote))

    def from_host(
        self, journey: Journey, node: NodeSite, place: AtPodNetwork, header: Header
    ) -> Header:
        """By br-ex the gateway router's load balancer has translated it; the source becomes its own."""
        if place.device != BRIDGE:
            return header
        after = replace(header, src=self._join(node.name))
        said = (
            f"GR_{node.name} takes it from {BRIDGE}: the source becomes its own on the join switch."
        )
        journey.note(node.name, f"GR_{node.name}", said, header, after, table="nat")
        first = tuple_of(place.header)
        journey.conntrack(self.zone(node.name)).forget(tuple_of(header))
        journey.conntrack(self.zone(node.name)).commit(first, tuple_of(after))
        return after


def _route_row(node: NodeSite) -> str:
    return f"{node.subnet} rtos-{node.name} dst-ip"
