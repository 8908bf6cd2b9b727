"""The chains of a node that do not belong to one service: the built-in ones, kube-proxy's, OpenShift SDN's.

Stands for `getNodeIPTablesChains` and the egress IPs of openshift/sdn `node/iptables.go`, and for
`iptablesJumpChains` of kube-proxy. The node's SDN sets its chains up before kube-proxy does, and both
put their jumps first: so kube-proxy's come first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cluster.engine.network.iptables.port_rules import (
    EXTERNAL,
    LOCAL_TYPE,
    MARK_DROP,
    MARK_MASQ,
    NODEPORTS,
    PROXY_FIREWALL,
    SERVICES,
    is_local,
)
from cluster.engine.network.iptables.rule import (
    ACCEPT,
    DNAT,
    DROP,
    FILTER,
    MARK,
    MASQUERADE,
    NAT,
    NOTRACK,
    RAW,
    REJECT,
    RETURN,
    SNAT,
    Rule,
)
from cluster.engine.network.ovs.egress import DROP_MARK, MASQUERADE_MARK, EgressIPs
from cluster.engine.network.plugins.facts import (
    BY_POLICY,
    CONTIV_FAMILY,
    FLANNEL,
    NUAGE_FAMILY,
    SDN,
)
from cluster.engine.network.view import NetworkView
from cluster.objects.service import HEADLESS, Service

BUILT_IN = {
    RAW: ("PREROUTING", "OUTPUT"),
    NAT: ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
    FILTER: ("INPUT", "FORWARD", "OUTPUT"),
}
HOST_DEVICES = {CONTIV_FAMILY: "contivh1", NUAGE_FAMILY: "svc-pat-tap"}
"""Where a node's own network meets the pods, by plugin family."""
OVN_NODE_PORTS, OVN_LOCAL = "OVN-KUBE-NODEPORT", "OVN-KUBE-ETP"
OVN_JOIN = "100.64.0.0/16"
"""The join switch, with the gateway routers' addresses."""
OVN_LOCAL_ADDRESS = "169.254.169.3"
"""ovnkube's host masquerade address: what is dialled there, OVN brings to pods of this node alone."""
SERVICE_PORTALS = "kubernetes service portals"
OVERRIDES = "firewall overrides"
_ALL_BITS = 0xFFFF_FFFF


def nat_rules(view: NetworkView, node: str) -> Iterator[Rule]:
    """The nat table without the services' rules."""
    if not view.plugin.has_kube_proxy:
        yield from _without_proxy(view)
        return
    yield Rule(chain="PREROUTING", target=SERVICES, comment=SERVICE_PORTALS)
    yield Rule(chain="OUTPUT", target=SERVICES, comment=SERVICE_PORTALS)
    postrouting = "kubernetes postrouting rules"
    yield Rule(chain="POSTROUTING", target="KUBE-POSTROUTING", comment=postrouting)
    yield Rule(chain=MARK_MASQ, target=MARK, set_mark=MASQUERADE_MARK)
    if not view.is_modern:
        yield Rule(chain=MARK_DROP, target=MARK, set_mark=DROP_MARK)
    yield from _postrouting(view)
    if view.plugin.family == SDN:
        ours = "rules for masquerading OpenShift traffic"
        yield Rule(chain="POSTROUTING", target="OPENSHIFT-MASQUERADE", comment=ours)
        yield from _masquerade(view, node)
    if view.plugin.family == FLANNEL:
        yield from _flannel_masquerade(view, node)
    if view.plugin.family in HOST_DEVICES:
        yield from _outward_masquerade(view)
        device = HOST_DEVICES[view.plugin.family]
        # Pods answer to an address that they know on this device: who comes by it gets one of those.
        yield Rule(chain="POSTROUTING", target=MASQUERADE, out_device=device)


def _outward_masquerade(view: NetworkView) -> Iterator[Rule]:
    """What leaves the pods' network has the node's address."""
    for cidr in map(str, view.cluster_networks):
        yield Rule(chain="POSTROUTING", target=MASQUERADE, src=cidr, dst=cidr, is_dst_negated=True)


def _without_proxy(view: NetworkView) -> Iterator[Rule]:
    """OVN-Kubernetes: node ports lead to cluster IPs, which OVN itself translates (`OVN-KUBE-NODEPORT`);
    under externalTrafficPolicy Local to an address that OVN translates to the node's own pods
    (`OVN-KUBE-ETP`), unless a pod dials."""
    for chain in ("PREROUTING", "OUTPUT"):
        for target in (OVN_LOCAL, OVN_NODE_PORTS):
            yield Rule(chain=chain, target=target)
    pods = str(view.cluster_networks[0])
    for service in view.objects.list(Service):
        if service.spec.cluster_ip in ("", HEADLESS):
            continue
        for port in service.spec.ports:
            if not port.node_port:
                continue
            asked: dict[str, Any] = {
                "protocol": (port.protocol or "TCP").lower(),
                "port": port.node_port,
                "destination_type": LOCAL_TYPE,
            }
            if is_local(service):
                to = f"{OVN_LOCAL_ADDRESS}:{port.node_port}"
                yield Rule(
                    chain=OVN_LOCAL, target=DNAT, to=to, src=pods, is_src_negated=True, **asked
                )
            to = f"{service.spec.cluster_ip}:{port.port}"
            yield Rule(chain=OVN_NODE_PORTS, target=DNAT, to=to, **asked)
    yield from _outward_masquerade(view)
    # A node's own calls to services have the gateway router's address, which nobody outside knows.
    yield Rule(chain="POSTROUTING", target=MASQUERADE, src=OVN_JOIN, dst=pods, is_dst_negated=True)


def _flannel_masquerade(view: NetworkView, node: str) -> Iterator[Rule]:
    """`--ip-masq`: what leaves Flannel's network has the node's address, and what comes into it from
    elsewhere an address to which the answer finds its way (flannel `network/iptables.go`)."""
    site = view.node(node)
    network = str(view.cluster_networks[0])
    chain = "POSTROUTING"
    yield Rule(chain=chain, target=RETURN, src=network, dst=network)
    yield Rule(chain=chain, target=MASQUERADE, src=network, dst="224.0.0.0/4", is_dst_negated=True)
    if site is not None and site.subnet is not None:
        own = str(site.subnet)
        yield Rule(chain=chain, target=RETURN, src=network, is_src_negated=True, dst=own)
    yield Rule(chain=chain, target=MASQUERADE, src=network, is_src_negated=True, dst=network)


def _postrouting(view: NetworkView) -> Iterator[Rule]:
    """kube-proxy masquerades what it has marked; 1.27 takes the mark away, so that it is done once."""
    chain, marked = "KUBE-POSTROUTING", (MASQUERADE_MARK, MASQUERADE_MARK)
    comment = "kubernetes service traffic requiring SNAT"
    if not view.is_modern:
        yield Rule(chain=chain, target=MASQUERADE, comment=comment, mark=marked)
        return
    yield Rule(chain=chain, target=RETURN, mark=marked, is_mark_negated=True)
    yield Rule(chain=chain, target=MARK, clear_mark=MASQUERADE_MARK)
    yield Rule(chain=chain, target=MASQUERADE, comment=comment, is_fully_random=True)


def last_service_rule() -> Rule:
    """The end of KUBE-SERVICES in the nat table: what is for the node itself may be for a node port."""
    note = "kubernetes service nodeports; NOTE: this must be the last rule in this chain"
    return Rule(chain=SERVICES, target=NODEPORTS, comment=note, destination_type=LOCAL_TYPE)


def _masquerade(view: NetworkView, node: str) -> Iterator[Rule]:
    """Which packets of pods leave with the node's address: outbound ones, and before conntrack in the
    switch (subnet and multitenant of 3.x) those to services too."""
    chain, second = "OPENSHIFT-MASQUERADE", "OPENSHIFT-MASQUERADE-2"
    clusters = [str(each) for each in view.cluster_networks]
    for egress in view.derived(EgressIPs).of_node(node) if view.plugin.has_netnamespaces else ():
        mark = egress.mark, _ALL_BITS
        for cidr in clusters:
            if view.is_modern:
                yield Rule(chain=chain, target=MASQUERADE, src=cidr, dst=cidr, mark=mark)
            yield Rule(chain=chain, target=SNAT, src=cidr, mark=mark, to=egress.ip)
    if view.is_modern:
        yield Rule(chain=chain, target=RETURN, mark=(MASQUERADE_MARK, MASQUERADE_MARK))
    if not view.is_modern and view.plugin.isolation != BY_POLICY:
        comment = "masquerade pod-to-service and pod-to-external traffic"
        for cidr in clusters:
            yield Rule(chain=chain, target=MASQUERADE, src=cidr, comment=comment)
        return
    comment = "masquerade pod-to-external traffic"
    for cidr in clusters:
        yield Rule(chain=chain, target=second, src=cidr, comment=comment)
    for cidr in clusters:
        yield Rule(chain=second, target=RETURN, dst=cidr, comment=comment)
    yield Rule(chain=second, target=MASQUERADE)


def filter_rules(view: NetworkView, node: str) -> Iterator[Rule]:
    """The filter table without the services' rules."""
    if not view.plugin.has_kube_proxy:
        return
    yield from _jumps(view)
    forwarding = "kubernetes forwarding rules"
    marked = (MASQUERADE_MARK, MASQUERADE_MARK)
    if view.is_modern:
        yield Rule(chain="KUBE-FORWARD", target=DROP, states=("INVALID",))
    else:
        dropping = "kubernetes firewall for dropping marked packets"
        mark = (DROP_MARK, DROP_MARK)
        yield Rule(chain="KUBE-FIREWALL", target=DROP, comment=dropping, mark=mark)
    yield Rule(chain="KUBE-FORWARD", target=ACCEPT, comment=forwarding, mark=marked)
    yield from _known_connections(view)
    if view.plugin.family == SDN:
        yield from _sdn_filter(view, node)
    if view.plugin.family == FLANNEL:
        network = str(view.cluster_networks[0])
        yield Rule(chain="FORWARD", target=ACCEPT, src=network)
        yield Rule(chain="FORWARD", target=ACCEPT, dst=network)


def _jumps(view: NetworkView) -> Iterator[Rule]:
    """From the built-in chains into kube-proxy's and the kubelet's."""
    portals = {
        EXTERNAL: "kubernetes externally-visible service portals",
        SERVICES: SERVICE_PORTALS,
        PROXY_FIREWALL: "kubernetes load balancer firewall",
    }
    targets = {
        "INPUT": (EXTERNAL, "KUBE-FIREWALL"),
        "FORWARD": ("KUBE-FORWARD", SERVICES, EXTERNAL),
        "OUTPUT": (SERVICES, "KUBE-FIREWALL"),
    }
    for chain, names in targets.items():
        for name in (PROXY_FIREWALL, *names) if view.is_modern else names:
            if name in portals:
                comment = portals[name]
                yield Rule(
                    chain=chain,
                    target=name,
                    states=("NEW",),
                    comment=comment,
                    is_comment_last=True,
                )
            elif name == "KUBE-FORWARD":
                yield Rule(chain=chain, target=name, comment="kubernetes forwarding rules")
            else:
                yield Rule(chain=chain, target=name)


def _known_connections(view: NetworkView) -> Iterator[Rule]:
    states = ("RELATED", "ESTABLISHED")
    if view.is_modern:
        comment = "kubernetes forwarding conntrack rule"
        yield Rule(chain="KUBE-FORWARD", target=ACCEPT, comment=comment, states=states)
        return
    source = "kubernetes forwarding conntrack pod source rule"
    target = "kubernetes forwarding conntrack pod destination rule"
    cidr = str(view.cluster_networks[0])
    yield Rule(chain="KUBE-FORWARD", target=ACCEPT, src=cidr, comment=source, states=states)
    yield Rule(chain="KUBE-FORWARD", target=ACCEPT, dst=cidr, comment=target, states=states)


def _sdn_filter(view: NetworkView, node: str) -> Iterator[Rule]:
    allow, forward = "OPENSHIFT-FIREWALL-ALLOW", "OPENSHIFT-FIREWALL-FORWARD"
    yield Rule(chain="INPUT", target=allow, comment=OVERRIDES)
    yield Rule(
        chain=allow,
        target=ACCEPT,
        protocol="udp",
        port=view.plugin.port,
        comment="VXLAN incoming",
        is_comment_last=True,
    )
    yield Rule(chain=allow, target=ACCEPT, in_device="tun0", comment="from SDN to localhost")
    if not view.is_modern:
        comment = "from docker to localhost"
        yield Rule(chain=allow, target=ACCEPT, in_device="docker0", comment=comment)
    for egress in view.derived(EgressIPs).of_node(node) if view.plugin.has_netnamespaces else ():
        yield Rule(chain=allow, target=REJECT, dst=egress.ip, states=("NEW",))
    yield Rule(
        chain="FORWARD",
        target="OPENSHIFT-ADMIN-OUTPUT-RULES",
        in_device="tun0",
        out_device="tun0",
        is_out_negated=True,
        comment="administrator overrides",
    )
    yield Rule(chain="FORWARD", target=forward, comment=OVERRIDES)
    for cidr in map(str, view.cluster_networks):
        resent = "attempted resend after connection close"
        invalid = ("INVALID",)
        yield Rule(chain=forward, target=DROP, src=cidr, comment=resent, states=invalid)
        yield Rule(chain=forward, target=ACCEPT, dst=cidr, comment="forward traffic from SDN")
        yield Rule(chain=forward, target=ACCEPT, src=cidr, comment="forward traffic to SDN")


def raw_rules(view: NetworkView) -> Iterator[Rule]:
    """4.x: VXLAN packets are not tracked."""
    if not view.is_modern or view.plugin.family != SDN:
        return
    comment, chain = "disable conntrack for vxlan", "OPENSHIFT-NOTRACK"
    yield Rule(chain="PREROUTING", target=chain, comment=comment)
    yield Rule(chain="OUTPUT", target=chain, comment=comment)
    yield Rule(chain=chain, target=NOTRACK, protocol="udp", port=view.plugin.port)
