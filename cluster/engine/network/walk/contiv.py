"""Contiv's datapath: contivVxlanBridge with ofnet's tables, one network for all pods, default policy allow.

Stands for netplugin and ofnet (contiv/netplugin, contiv/ofnet): table 3 translates services at the source and
table 6 their answers, table 5 holds the rules of endpoint groups, table 7 routes. contivh1 joins a host
to its pods. NetworkPolicies of Kubernetes have no effect.
"""

from __future__ import annotations

from cluster.engine.network.iptables.host import HOST_DEVICES
from cluster.engine.network.kube_proxy import Target
from cluster.engine.network.plugins.contiv import host_access_address, mac_of
from cluster.engine.network.plugins.facts import CONTIV_FAMILY
from cluster.engine.network.policy.ends import End
from cluster.engine.network.view import NetworkView, NodeSite, PodSite
from cluster.engine.network.walk.journey import Ended, Journey, Route
from cluster.engine.network.walk.model import Header
from cluster.engine.network.walk.overlay import Overlay
from cluster.objects.service import Service, ServicePort

HOST_DEVICE = HOST_DEVICES[CONTIV_FAMILY]
POLICY_MISS = "table=5, priority=1 actions=goto_table:6"
VLAN, DNAT, POLICY, IP = "1", "3", "5", "7"


class ContivDatapath(Overlay):
    """One cluster's."""

    switch = "contivVxlanBridge"
    tunnel = "vxif"

    def __init__(self, view: NetworkView) -> None:
        super().__init__(view)
        self._numbers = {node.name: number for number, node in enumerate(view.nodes())}
        self._network = str(view.cluster_networks[0])

    # --- tables ------------------------------------------------------------------------------------

    def routes(self, node: str) -> tuple[Route, ...]:
        """The pods' network by contivh1."""
        own = self._access(node)
        return tuple(Route(str(each), HOST_DEVICE, own) for each in self.view.cluster_networks)

    def gateway_device(self, node: str) -> tuple[str, str]:
        """contivh1 with the node's address in its network."""
        return HOST_DEVICE, self._access(node)

    def host_addresses(self, node: NodeSite) -> tuple[str, ...]:
        """contivh1's."""
        return (self._access(node.name),)

    def _access(self, node: str) -> str:
        return host_access_address(self._network, self._numbers.get(node, 0))

    def port_row(self, site: PodSite) -> str:
        """The endpoint's flow in the routing table."""
        port = f"vvport{self._port(site)}"
        return f"table=7, priority=100,ip,nw_dst={site.ip} actions=output:{port}"

    def _port(self, site: PodSite) -> int:
        ips = sorted(each.ip for each in self.view.pods_on(site.node))
        return 1 + ips.index(site.ip) if site.ip in ips else 0

    def _source_row(self, site: PodSite) -> str:
        return (
            f"table=1, priority=100,in_port=vvport{self._port(site)},dl_src={mac_of(site.ip)}"
            " actions=write_metadata:vrf default,goto_table:2"
        )

    def service_row(self, service: Service, port: ServicePort, found: tuple[Target, ...]) -> str:
        """The watch on a service's address, and its providers."""
        protocol = (port.protocol or "TCP").lower()
        providers = ",".join(map(str, found)) or "none"
        return (
            f"table=3, priority=10,{protocol},nw_dst={service.spec.cluster_ip},tp_dst={port.port}"
            f" actions=CONTROLLER # providers {providers}"
        )

    def listing(self, node: str) -> str:
        """The node's routes, and ofnet's flows as ovs-ofctl prints them."""
        pods = self.view.pods_on(node)
        remote = [each for each in self.view.nodes() if each.name != node]
        parts = ["# ip route", *(route.text for route in self.routes(node))]
        parts += ["", f"# ovs-ofctl dump-flows {self.switch}", *map(self._source_row, pods)]
        parts += [*self.service_rows(), POLICY_MISS]
        parts += [*map(self.port_row, pods), *map(self._remote_row, remote)]
        return "\n".join(parts) + "\n"

    def _remote_row(self, node: NodeSite) -> str:
        return f"table=7, priority=100,ip,vtep={node.ip} actions=output:vxif{node.ip}"

    # --- packets -----------------------------------------------------------------------------------

    def enter(self, journey: Journey, site: PodSite, header: Header) -> None:
        """The port is known, and with it the endpoint group."""
        said = "The port is an endpoint of tenant default, network default-net."
        row = self._source_row(site)
        journey.note(site.node, self.switch, said, header, table=VLAN, rule=row)

    def leaving(
        self, journey: Journey, site: PodSite, destination: End, header: Header
    ) -> Ended | None:
        """Rules of endpoint groups: there are none, and what matches nothing passes."""
        said = "No rule of an endpoint group matches: allowed."
        journey.note(site.node, self.switch, said, header, table=POLICY, rule=POLICY_MISS)
        return None

    def arriving(
        self, journey: Journey, source: End, target: PodSite, header: Header
    ) -> Ended | None:
        """Decided at the source already."""
        return None

    def routed(self, journey: Journey, node: NodeSite, remote: NodeSite, header: Header) -> None:
        """The endpoint is known behind another host's tunnel."""
        said = f"The endpoint is on {remote.name}."
        row = self._remote_row(remote)
        journey.note(node.name, self.switch, said, header, table=IP, rule=row)
