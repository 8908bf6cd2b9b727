"""Why a packet ended where it did, and which object changes that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cluster.engine.network.iptables.evaluate import Run
from cluster.engine.network.iptables.rule import REJECT
from cluster.engine.network.iptables.services import ServiceIndex
from cluster.engine.network.kube_proxy import withheld
from cluster.engine.network.ovs.bridge import Bridge
from cluster.engine.network.ovs.egress import policies_of
from cluster.engine.network.ovs.fields import Field, address
from cluster.engine.network.ovs.interpreter import Hit
from cluster.engine.network.ovs.place import Projects
from cluster.engine.network.ovs.policy_rules import PolicyReader
from cluster.engine.network.view import NetworkView
from cluster.engine.network.walk.journey import Ended, Journey
from cluster.engine.network.walk.model import DROPPED, REFUSED, Fix, Header
from cluster.objects.meta import Key
from cluster.objects.netnamespace import GLOBAL_VNID
from cluster.objects.networkpolicy import EGRESS, INGRESS
from cluster.objects.service import Service

NO_ENDPOINTS, NO_SERVICE = "no-endpoints", "no-such-service"
OTHER_NETWORK, POLICY = "other-network", "network-policy"


def blame_flow(bridge: Bridge, hit: Hit) -> Ended:
    """Why the last flow of a bridge let nothing out."""
    explain = _EXPLAIN.get(hit.flow.table, _unexpected)
    if bridge.place.is_modern:
        explain = _EXPLAIN_4.get(hit.flow.table, explain)
    return explain(bridge, hit)


def _isolation(bridge: Bridge, hit: Hit) -> Ended:
    return _other_network(bridge, hit) if bridge.place.by_vnid else _policy(bridge, hit, INGRESS)


def _other_network(bridge: Bridge, hit: Hit) -> Ended:
    view = bridge.place.view
    source, target = hit.after[Field.REG0], hit.after[Field.REG1]
    projects = view.derived(Projects).by_vnid
    from_, to = projects.get(source, []), projects.get(target, [])
    said = (
        f"Table 80 of {bridge.place.node.name} drops it: {_named('project', from_)} is on the virtual"
        f" network {source}, {_named('project', to)} on {target}, and neither is global."
    )
    fixes = []
    if from_ and to:
        join = f"Join {from_[0]} to the network of {to[0]}: oc adm pod-network join-projects"
        fixes.append(
            Fix(kind="NetNamespace", key=Key("", from_[0]), said=f"{join} --to={to[0]} {from_[0]}")
        )
    for name in dict.fromkeys((*to[:1], *from_[:1])):
        make = f"Make {name} global: oc adm pod-network make-projects-global {name}"
        fixes.append(Fix(kind="NetNamespace", key=Key("", name), said=make))
    return Ended(DROPPED, OTHER_NETWORK, said, tuple(fixes))


def _egress_rule(bridge: Bridge, hit: Hit) -> Ended:
    return _policy(bridge, hit, EGRESS)


def _policy(bridge: Bridge, hit: Hit, direction: str) -> Ended:
    """The policies that select the pod and admit nothing of this kind."""
    view, packet = bridge.place.view, hit.after
    is_ingress = direction == INGRESS
    vnid = packet[Field.REG1 if is_ingress else Field.REG0]
    pod_ip = packet[Field.NW_DST if is_ingress else Field.NW_SRC]
    project = (view.derived(Projects).by_vnid.get(vnid) or [""])[-1]
    found = [
        each.policy.metadata.key
        for each in view.derived(PolicyReader).policies(project)
        if each.rules(direction) is not None and (each.selected is None or pod_ip in each.selected)
    ]
    site = view.pod_at(address(pod_ip))
    pod = address(pod_ip) if site is None else str(site.key)
    verb, way = ("admits", "to") if is_ingress else ("lets out", "from")
    named = ", ".join(key.name for key in found) or "none"
    said = (
        f"Table {hit.flow.table} of {bridge.place.node.name} drops it: {pod} is isolated by NetworkPolicy"
        f" ({named}), and none {verb} this connection."
    )
    if is_ingress and packet[Field.REG0] == GLOBAL_VNID:
        said += (
            " Packets of nodes, routers and node ports arrive on VNID 0: only a namespaceSelector that"
            " matches project default lets them in."
        )
    advice = f"Add a rule for this connection {way} {pod}, or make the policy select other pods."
    fixes = tuple(Fix(kind="NetworkPolicy", key=key, said=advice) for key in found)
    return Ended(DROPPED, POLICY, said, fixes)


def _spoofed(bridge: Bridge, hit: Hit) -> Ended:
    ip, port = address(hit.after[Field.NW_SRC]), hit.after[Field.IN_PORT]
    said = f"Table 20 drops it: {ip} is not the address of the pod at port {port}."
    return Ended(DROPPED, "spoofed-source", said)


def _unknown_node(bridge: Bridge, hit: Hit) -> Ended:
    ip = address(hit.after[Field.TUN_SRC])
    said = (
        f"Table 10 drops it: no HostSubnet names a node {ip}, so its VXLAN packets are not let in."
    )
    return Ended(DROPPED, "unknown-node", said)


def _no_address(bridge: Bridge, hit: Hit) -> Ended:
    return no_such_address(bridge.place.view, address(hit.after[Field.NW_DST]))


def no_such_address(view: NetworkView, ip: str) -> Ended:
    """Nobody has an address of the cluster network."""
    node = view.node_of(ip)
    where = f"no pod on {node.name} has it" if node else "no node has its subnet"
    said = (
        f"{ip} is of the cluster network, but {where}: nobody answers ARP, and the sender gets"
        ' "no route to host" after about three seconds.'
    )
    return Ended(DROPPED, "no-such-address", said)


def _no_service(bridge: Bridge, hit: Hit) -> Ended:
    ip, port = address(hit.after[Field.NW_DST]), hit.after[Field.TP_DST]
    return no_such_service(bridge.place.view, ip, port)


def no_such_service(view: NetworkView, ip: str, port: int) -> Ended:
    """An address of the service network that nobody translates."""
    service = view.service_at(ip)
    if service is None:
        said = f"{ip} is of the service network, but no service has it: nothing translates it."
        return Ended(DROPPED, NO_SERVICE, said)
    key = service.metadata.key
    ports = ", ".join(str(each.port) for each in service.spec.ports) or "none"
    said = f"The service {key} has no port {port}, only {ports}: nothing translates it."
    fix = Fix(kind="Service", key=key, said=f"Dial one of its ports, or add port {port}.")
    known = ", ".join(each.protocol or "TCP" for each in service.spec.ports if each.port == port)
    if known:
        said = f"The service {key} has port {port} for {known} alone: nothing translates it."
        fix = Fix(kind="Service", key=key, said=f"Dial it by {known}, or add the protocol's port.")
    return Ended(DROPPED, "no-such-port", said, (fix,))


def _egress_policy(bridge: Bridge, hit: Hit) -> Ended:
    vnid, ip = hit.after[Field.REG0], address(hit.after[Field.NW_DST])
    policies = policies_of(bridge.place.view, vnid)
    named = ", ".join(str(each.metadata.key) for each in policies)
    is_general = hit.flow.match_text == f"reg0={vnid:#x}"
    why = (
        "there are several of them on this virtual network, so everything is dropped"
        if is_general
        else f"its rule denies {ip}"
    )
    said = f"Table {hit.flow.table} drops it: EgressNetworkPolicy {named}: {why}."
    fixes = tuple(
        Fix(
            kind="EgressNetworkPolicy",
            key=each.metadata.key,
            said=f"Allow {ip} above the rule that denies it."
            if not is_general
            else "Keep one policy, in a project that shares its network with none.",
        )
        for each in policies
    )
    return Ended(DROPPED, "egress-policy", said, fixes)


def _egress_ip(bridge: Bridge, hit: Hit) -> Ended:
    vnid = hit.after[Field.REG0]
    projects = bridge.place.view.derived(Projects).by_vnid.get(vnid, [])
    said = (
        f"Table {hit.flow.table} drops it: {_named('project', projects)} asks for an egress IP that no"
        " single node holds."
    )
    fixes = tuple(
        Fix(
            kind="NetNamespace",
            key=Key("", name),
            said="Give the egress IP to a node, or take it away.",
        )
        for name in projects
    )
    return Ended(DROPPED, "no-egress-ip", said, fixes)


def _multicast(bridge: Bridge, hit: Hit) -> Ended:
    vnid = hit.after[Field.REG0]
    projects = bridge.place.view.derived(Projects).by_vnid.get(vnid, [])
    said = f"Multicast is off for {_named('project', projects)}, or no pod of it is there."
    enable = "Annotate it netnamespace.network.openshift.io/multicast-enabled=true."
    fixes = tuple(Fix(kind="NetNamespace", key=Key("", name), said=enable) for name in projects)
    return Ended(DROPPED, "multicast-off", said, fixes)


def _unexpected(bridge: Bridge, hit: Hit) -> Ended:
    said = f"Table {hit.flow.table} of {bridge.place.node.name} drops it: no flow lets it through."
    return Ended(DROPPED, "no-flow", said)


Explain = Callable[[Bridge, Hit], Ended]
_EXPLAIN: Final[dict[int, Explain]] = {
    10: _unknown_node,
    20: _spoofed,
    40: _no_address,
    50: _no_address,
    60: _no_service,
    70: _no_address,
    80: _isolation,
    90: _no_address,
    100: _egress_ip,
    101: _egress_policy,
    110: _multicast,
    120: _multicast,
}
_EXPLAIN_4: Final[dict[int, Explain]] = {
    27: _egress_rule,
    100: _egress_policy,
    101: _egress_ip,
}


def blame_rule(journey: Journey, node: str, run: Run) -> Ended:
    """Why a chain of iptables ended a packet."""
    header = run.packet.header
    services = _services_meant(journey.view, header)
    rule = run.matched[-1].rule
    if run.end == REJECT and rule.comment.endswith("has no endpoints"):
        return _without_endpoints(journey.view, services[0], header, node)
    if run.end == REJECT:
        said = f"The firewall of {node} rejects it."
        return Ended(REFUSED, "rejected", said, rejected_by=node, header=header)
    if services and _is_out_of_range(journey, rule.comment):
        return _out_of_range(services[0])
    if services:
        return without_local_endpoints(services[0], node)
    return Ended(DROPPED, "firewall", f"The firewall of {node} drops it.")


def blame_loop(journey: Journey) -> Ended:
    """Why a packet goes round in circles: nothing translated it, so it is sent out again."""
    header = journey.steps[-1].after
    services = _services_meant(journey.view, header)
    if services and _is_out_of_range(journey, ""):
        return _out_of_range(services[0])
    return Ended(DROPPED, "loop", "It goes round in circles until its TTL is used up.")


def _is_out_of_range(journey: Journey, comment: str) -> bool:
    """Whether a load balancer's firewall chain (1.11) or its rule (1.27) did not accept it."""
    marked = any(
        "KUBE-FW" in step.table and "KUBE-MARK-DROP" in step.rule for step in journey.steps
    )
    return marked or "traffic not accepted by" in comment


def _out_of_range(service: Service) -> Ended:
    key = service.metadata.key
    said = f"The client is not in the loadBalancerSourceRanges of {key}: its packets are dropped."
    fix = Fix(kind="Service", key=key, said="Add the client's network to loadBalancerSourceRanges.")
    return Ended(DROPPED, "source-range", said, (fix,))


def _services_meant(view: NetworkView, header: Header) -> list[Service]:
    index = view.derived(ServiceIndex)
    at_port = index.at_node_port(header.dst_port, header.protocol)
    return index.at(header.dst) or at_port


def _without_endpoints(view: NetworkView, service: Service, header: Header, node: str) -> Ended:
    key = service.metadata.key
    hidden = withheld(view, service)
    cause = f"{hidden}, so the SDN hides them all" if hidden else f"{key} has no ready endpoints"
    said = f"{cause}: kube-proxy rejects connections to port {header.dst_port}, they are refused at once."
    fix = Fix(kind="Endpoints", key=key, said="Let it point to pods of its own project.")
    fixes = (fix,) if hidden else no_endpoints_fixes(key)
    return Ended(REFUSED, NO_ENDPOINTS, said, fixes, node, header)


def no_endpoints_fixes(key: Key) -> tuple[Fix, ...]:
    """What brings endpoints to a service."""
    advice = "Its selector must match pods that are Ready, and its targetPort a port of theirs."
    return (Fix(kind="Service", key=key, said=advice),)


def without_local_endpoints(service: Service, node: str) -> Ended:
    """externalTrafficPolicy Local on a node that has none of the service's pods."""
    key = service.metadata.key
    said = (
        f"{node} has no ready endpoint of {key}, and its externalTrafficPolicy is Local: packets from"
        " outside stay on the node that they come to, and are dropped."
    )
    advice = "Come in by a node with an endpoint, or set externalTrafficPolicy: Cluster."
    fix = Fix(kind="Service", key=key, said=advice)
    return Ended(DROPPED, "no-local-endpoints", said, (fix,))


def _named(word: str, names: list[str]) -> str:
    return f"{word} {', '.join(names)}" if names else f"no {word}"
