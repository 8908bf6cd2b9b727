"""Nuage's datapath: VRS on every node, one domain, a zone per project with ACLs between zones.

Stands for VRS (`alubr0`) programmed by VSC from what nuagekubemon tells VSD: inside a zone all is allowed,
the zone `default` reaches and is reached by all, between other zones nothing passes; NetworkPolicies
become policy groups. Subnets span the nodes, so VRS routes between them itself.

"""

from __future__ import annotations

import zlib

from cluster.engine.network.iptables.host import HOST_DEVICES
from cluster.engine.network.isolation import Permission, ZoneIsolation
from cluster.engine.network.kube_proxy import Target
from cluster.engine.network.plugins.facts import NUAGE_FAMILY
from cluster.engine.network.policy import PolicyIndex
from cluster.engine.network.policy.ends import End, is_pod
from cluster.engine.network.view import NetworkView, NodeSite, PodSite
from cluster.engine.network.vnids import DEFAULT_PROJECT
from cluster.engine.network.walk.acl import DEFAULT_ROW, judge, policy_rows
from cluster.engine.network.walk.journey import Ended, Journey, Route
from cluster.engine.network.walk.model import DROPPED, Fix, Header
from cluster.engine.network.walk.overlay import Overlay
from cluster.objects.meta import Key
from cluster.objects.networkpolicy import EGRESS, INGRESS
from cluster.objects.service import Service, ServicePort

HOST_DEVICE = HOST_DEVICES[NUAGE_FAMILY]


class NuageDatapath(Overlay):
    """One cluster's."""

    switch = "alubr0"
    tunnel = "vxlan"

    def __init__(self, view: NetworkView) -> None:
        super().__init__(view)
        self._policies = PolicyIndex.of(view)
        self._zones = ZoneIsolation()

    # --- tables ------------------------------------------------------------------------------------

    def routes(self, node: str) -> tuple[Route, ...]:
        """The pods' network by VRS' tap."""
        site = self.view.node(node)
        own = "" if site is None else site.ip
        return tuple(Route(str(each), HOST_DEVICE, own) for each in self.view.cluster_networks)

    def gateway_device(self, node: str) -> tuple[str, str]:
        """svc-pat-tap; the node has no address of its own in the overlay."""
        site = self.view.node(node)
        return (HOST_DEVICE, "") if site is None else (HOST_DEVICE, site.ip)

    def host_addresses(self, node: NodeSite) -> tuple[str, ...]:
        """The node's own."""
        return (node.ip,)

    def port_row(self, site: PodSite) -> str:
        """A VM interface of the domain, with its zone."""
        return f"vport {site.veth} mac {site.mac} ip {site.ip} zone {site.namespace}"

    def service_row(self, service: Service, port: ServicePort, found: tuple[Target, ...]) -> str:
        """A service's address at VRS."""
        protocol = (port.protocol or "TCP").lower()
        backends = ",".join(map(str, found)) or "none"
        return f"service {protocol} {service.spec.cluster_ip}:{port.port} backends {backends}"

    def listing(self, node: str) -> str:
        """Routes, ports, ACLs by zone and by policy, services."""
        zones = sorted(self.view.namespaces())
        parts = ["# ip route", *(route.text for route in self.routes(node))]
        parts += ["", "# ports", *map(self.port_row, self.view.pods_on(node))]
        parts += ["", "# ACLs", _privileged_row()]
        parts += [*map(_zone_row, zones), *map(_drop_row, zones)]
        parts += [*policy_rows(self.view, self._policies), *DEFAULT_ROW.values()]
        parts += ["", "# services", *self.service_rows()]
        parts += ["", "# tunnels", *map(_tunnel_row, self.view.nodes())]
        return "\n".join(parts) + "\n"

    def vni(self, source: End, target: PodSite | None) -> int:
        """The subnet's network identifier, one per zone here."""
        zone = target.namespace if target is not None else DEFAULT_PROJECT
        return zlib.crc32(zone.encode()) & 0xFFFFFF

    # --- packets -----------------------------------------------------------------------------------

    def enter(self, journey: Journey, site: PodSite, header: Header) -> None:
        """VRS knows the port, its address and its zone."""
        said = f"VRS knows the port: zone {site.namespace}."
        journey.note(site.node, self.switch, said, header, table="ports", rule=self.port_row(site))

    def dialling(self, journey: Journey, site: PodSite, header: Header) -> Ended | None:
        """A service belongs to its project's zone: other zones may not use it, wherever it leads."""
        service = self.view.service_at(header.dst)
        if service is None:
            return None
        zone = service.metadata.namespace
        found = self._zones.between(site.namespace, zone)
        if found.allowed:
            return None
        row = _drop_row(zone)
        journey.note(site.node, self.switch, found.said, header, table="acl", rule=row)
        return _other_zone(found, zone)

    def leaving(
        self, journey: Journey, site: PodSite, destination: End, header: Header
    ) -> Ended | None:
        """The egress rules of the source's policies."""
        verdict = self._policies.verdict(site, destination, header.dst_port, header.protocol)
        return judge(journey, site.node, self.switch, verdict.egress, EGRESS, header)

    def arriving(
        self, journey: Journey, source: End, target: PodSite, header: Header
    ) -> Ended | None:
        """The zones, then the ingress rules of the destination's policies."""
        denied = self._between_zones(journey, source, target, header)
        if denied is not None:
            return denied
        verdict = self._policies.verdict(source, target, header.dst_port, header.protocol)
        return judge(journey, target.node, self.switch, verdict.ingress, INGRESS, header)

    def _between_zones(
        self, journey: Journey, source: End, target: PodSite, header: Header
    ) -> Ended | None:
        zone = target.namespace
        if not is_pod(source) or not isinstance(source, PodSite) or source.on_host_network:
            said = "It comes from outside the overlay, like everything from zone default."
            self._acl(journey, target, said, header, _privileged_row())
            return None
        found = self._zones.permits(source, target, header.dst_port, header.protocol)
        if found.allowed:
            same = source.namespace == zone
            row = _zone_row(zone) if same else _privileged_row()
            self._acl(journey, target, found.said, header, row)
            return None
        self._acl(journey, target, found.said, header, _drop_row(zone))
        return _other_zone(found, zone)

    def _acl(self, journey: Journey, target: PodSite, said: str, header: Header, row: str) -> None:
        journey.note(target.node, self.switch, said, header, table="acl", rule=row)

    def routed(self, journey: Journey, node: NodeSite, remote: NodeSite, header: Header) -> None:
        """The distributed router of the domain knows where every port is."""
        said = f"The domain's router has learnt from VSC that the port is on {remote.name}."
        row = _tunnel_row(remote)
        journey.note(node.name, self.switch, said, header, table="routes", rule=row)


def _other_zone(found: Permission, zone: str) -> Ended:
    advice = "Nuage knows no join: put both into one project, or allow it by an ACL in VSD."
    fix = Fix(kind="Namespace", key=Key("", zone), said=advice)
    return Ended(DROPPED, found.reason, found.said, (fix,))


def _privileged_row() -> str:
    return "from zone default to any, from any to zone default: allow"


def _zone_row(zone: str) -> str:
    return f"from zone {zone} to zone {zone}: allow"


def _drop_row(zone: str) -> str:
    return f"from any to zone {zone}: drop"


def _tunnel_row(node: NodeSite) -> str:
    return f"vtep {node.ip} node {node.name}"
