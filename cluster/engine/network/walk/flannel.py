"""Flannel's datapath: a Linux bridge on every node, and routes, a VXLAN device or a TUN between them.

Stands for what flanneld and docker set up (flannel-io/flannel `pkg/backend`): pods hang on docker0 (cni0
with CNI), remote subnets are routes. host-gw sends to the other node itself; vxlan wraps in flannel.1, whose
ARP and FDB entries name the other node; udp goes through flanneld behind flannel0. Nobody is isolated.
"""

from __future__ import annotations

from dataclasses import replace

from cluster.engine.network.conntrack import tuple_of
from cluster.engine.network.plugins.facts import (
    FLANNEL_HOST_GW,
    FLANNEL_UDP,
    FLANNEL_VXLAN,
)
from cluster.engine.network.plugins.flannel import lease_key, vtep_mac
from cluster.engine.network.view import NetworkView, NodeSite, PodSite
from cluster.engine.network.walk.blame import no_such_address
from cluster.engine.network.walk.host import UPLINK
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
from cluster.engine.network.walk.model import DROPPED, Fix, Header
from cluster.objects.meta import Key

VNI = 1
DEVICES = {FLANNEL_VXLAN: "flannel.1", FLANNEL_UDP: "flannel0"}


class FlannelDatapath:
    """One cluster's."""

    def __init__(self, view: NetworkView) -> None:
        self._view = view
        self._plugin = view.plugin
        self._bridge = "cni0" if view.is_modern else "docker0"
        self._device = DEVICES.get(view.plugin.name, UPLINK)
        self._routes: dict[str, tuple[Route, ...]] = {}

    # --- tables ------------------------------------------------------------------------------------

    def routes(self, node: str) -> tuple[Route, ...]:
        """The own subnet on the bridge, all others behind their nodes."""
        held = self._routes.get(node)
        if held is None:
            held = self._routes[node] = self._read_routes(node)
        return held

    def _read_routes(self, node: str) -> tuple[Route, ...]:
        site = self._view.node(node)
        if site is None or site.subnet is None:
            return ()
        local = Route(str(site.subnet), self._bridge, site.gateway)
        own = str(site.subnet[0])
        if self._plugin.name == FLANNEL_UDP:
            whole = (Route(str(each), self._device, own) for each in self._view.cluster_networks)
            return (*whole, local)
        others = [
            each for each in self._view.nodes() if each.subnet is not None and each.name != node
        ]
        if self._plugin.name == FLANNEL_HOST_GW:
            return (local, *(Route(str(o.subnet), UPLINK, site.ip, o.ip) for o in others))
        return (
            local,
            *(
                Route(str(o.subnet), self._device, own, str(o.subnet[0]))
                for o in others
                if o.subnet
            ),
        )

    def own_addresses(self, node: str) -> frozenset[str]:
        """That of flannel.1 or flannel0: the subnet's first."""
        site = self._view.node(node)
        if site is None or site.subnet is None or self._device == UPLINK:
            return frozenset()
        return frozenset((str(site.subnet[0]),))

    def gateway_device(self, node: str) -> tuple[str, str]:
        """The bridge, with the subnet's first host address."""
        site = self._view.node(node)
        return (self._bridge, site.gateway) if site is not None and site.gateway else ("", "")

    def listing(self, node: str) -> str:
        """What decides on a node, as the node prints it: routes, neighbours, forwarding database, lease."""
        site = self._view.node(node)
        if site is None or site.subnet is None:
            return ""
        parts = ["# ip route", *(route.text for route in self.routes(node))]
        if self._plugin.name == FLANNEL_VXLAN:
            remote = [each for each in self._view.nodes() if each.subnet and each.name != node]
            parts += ["", f"# ip neigh show dev {self._device}", *map(neighbour, remote)]
            parts += ["", f"# bridge fdb show dev {self._device}", *map(forwarding, remote)]
        pods = self._view.pods_on(node)
        parts += ["", f"# bridge fdb show br {self._bridge}", *map(self._port, pods)]
        value = f'{{"PublicIP":"{site.ip}","BackendType":"{self._plugin.name.partition("/")[2]}"}}'
        parts += ["", f"# etcdctl get {lease_key(str(site.subnet))}", value]
        return "\n".join(parts) + "\n"

    def _port(self, pod: PodSite) -> str:
        return f"{pod.mac} dev {pod.veth} master {self._bridge}"

    # --- packets -----------------------------------------------------------------------------------

    def from_pod(self, journey: Journey, place: FromPod) -> Place:
        """To a pod of the same node over the bridge; else to the bridge's own address, the gateway."""
        node = self._view.node(place.site.node)
        if node is None or node.subnet is None:
            return no_lease(place.site.node)
        header = place.header
        if self._view.node_of(header.dst) is node and header.dst != node.gateway:
            return self._bridged(journey, node, self._untranslated(journey, node, header))
        said = f"Its default route leads to {node.gateway}, {self._bridge} of the node."
        rule = f"default via {node.gateway} dev eth0"
        journey.note(node.name, "eth0", said, header, table="routes", rule=rule)
        return AtHost(node.name, header, self._bridge)

    def _untranslated(self, journey: Journey, node: NodeSite, header: Header) -> Header:
        """Bridged packets pass conntrack too (bridge-nf-call-iptables): answers get their address back."""
        conntrack = journey.conntrack(node.name)
        found = conntrack.find(tuple_of(header))
        if found is None or not found[1]:
            return header
        after = conntrack.translate(tuple_of(header)).header()
        if after != header:
            said = "The bridge shows it to connection tracking, which translates the answer back."
            journey.note(node.name, "conntrack", said, header, after, table="nat")
        return after

    def _bridged(self, journey: Journey, node: NodeSite, header: Header) -> Place:
        if header.dst == node.gateway:
            return AtHost(node.name, header, self._bridge)
        target = self._view.pod_on(node.name, header.dst)
        if target is None:
            ended = no_such_address(self._view, header.dst)
            journey.note(node.name, self._bridge, ended.said, header, table="ARP")
            return ended
        said = f"The bridge knows the MAC of {target.key} behind {target.veth}."
        journey.note(node.name, self._bridge, said, header, table="fdb", rule=self._port(target))
        return AtPod(target, header)

    def to_pods(self, journey: Journey, place: AtPodNetwork) -> Place:
        """Onto the bridge, or into the device towards the other nodes."""
        node = self._view.node(place.node)
        if node is None or node.subnet is None:
            return no_lease(place.node)
        if place.device == self._bridge:
            return self._bridged(journey, node, place.header)
        target = self._view.node_of(place.header.dst)
        if target is None:
            return no_such_address(self._view, place.header.dst)
        return self._wrapped(journey, node, target, place.header)

    def _wrapped(self, journey: Journey, node: NodeSite, target: NodeSite, header: Header) -> Place:
        is_vxlan = self._plugin.name == FLANNEL_VXLAN
        outer = replace(
            header,
            outer_src=node.ip,
            outer_dst=target.ip,
            outer_port=self._plugin.port,
            vni=VNI if is_vxlan else None,
        )
        if is_vxlan:
            said = f"ARP for the next hop is answered by an entry that flanneld wrote for {target.name}."
            journey.note(
                node.name, self._device, said, header, table="neigh", rule=neighbour(target)
            )
            said = f"The forwarding database sends that MAC to {target.ip}: wrapped with VNI {VNI}."
            table, rule = "fdb", forwarding(target)
        else:
            said = f"flanneld reads it from {self._device} and sends it to {target.ip} in a UDP packet."
            table, rule = "flanneld", lease_key(str(target.subnet))
        journey.note(node.name, self._device, said, header, outer, table=table, rule=rule)
        return OnWire(node.name, outer)

    def from_tunnel(self, journey: Journey, place: FromTunnel) -> Place:
        """The device unwraps it; then it is routed like any other packet."""
        outer = place.header
        inner = replace(outer, outer_src="", outer_dst="", outer_port=0, vni=None)
        journey.note(place.node, self._device, f"{self._device} unwraps it.", outer, inner)
        return AtHost(place.node, inner, self._device)


def neighbour(node: NodeSite) -> str:
    """The permanent ARP entry for another node's flannel.1."""
    address = "" if node.subnet is None else str(node.subnet[0])
    return f"{address} lladdr {vtep_mac(node.name)} PERMANENT"


def forwarding(node: NodeSite) -> str:
    """The entry of the forwarding database for another node."""
    return f"{vtep_mac(node.name)} dst {node.ip} self permanent"


def no_lease(node: str) -> Ended:
    """A node without a lease has no pod network."""
    said = f"{node} has no lease on a subnet: flanneld waits for one, its pods have no network."
    fix = Fix(kind="Node", key=Key("", node), said="Make room in the cluster network.")
    return Ended(DROPPED, "no-subnet", said, (fix,))
