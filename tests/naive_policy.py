"""NetworkPolicy a second time, as slowly and literally as the rules are written: what tests compare with."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from cluster.engine.network.policy import KUBERNETES, SDN_3_11, SDN_4, End, NodeEnd, Outside
from tests.policy_cluster import PlainCluster

HOST_NAMESPACES = ("default", "openshift-host-network")


def allows(
    cluster: PlainCluster,
    documents: list[dict[str, Any]],
    semantics: str,
    source: End,
    destination: End,
    port: int,
    protocol: str,
) -> bool:
    """The verdict on one connection, from the policies as written."""
    hosts = {id(end): host(end) for end in (source, destination)}
    if pod(source) and source is destination:
        return True
    if pod(destination) and hosts[id(source)] == destination.node:
        return True
    if semantics == KUBERNETES and pod(source) and hosts[id(destination)] == source.node:
        return True
    args = (cluster, documents, semantics, source, destination, port, protocol)
    return _side("Egress", *args) and _side("Ingress", *args)


def pod(end: End) -> bool:
    return not isinstance(end, (Outside, NodeEnd))


def host(end: End) -> str | None:
    if isinstance(end, NodeEnd):
        return end.name
    return end.node if pod(end) and end.on_host_network else None


def selected(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    for key, value in selector.get("matchLabels", {}).items():
        if key not in labels or labels[key] != value:
            return False
    for each in selector.get("matchExpressions", []):
        key, operator, values = each["key"], each["operator"], each.get("values", [])
        fine = {
            "In": key in labels and labels[key] in values,
            "NotIn": key not in labels or labels[key] not in values,
            "Exists": key in labels,
            "DoesNotExist": key not in labels,
        }[operator]
        if not fine:
            return False
    return True


def _side(
    direction: str,
    cluster: PlainCluster,
    documents: list[dict[str, Any]],
    semantics: str,
    source: End,
    destination: End,
    port: int,
    protocol: str,
) -> bool:
    subject, other = (source, destination) if direction == "Egress" else (destination, source)
    if not pod(subject) or subject.on_host_network:
        return True
    isolated = False
    for document in documents:
        spec = document["spec"]
        types = spec.get("policyTypes") or (
            ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
        )
        if document["namespace"] != subject.namespace or direction not in types:
            continue
        if semantics == SDN_3_11 and direction == "Egress":
            continue
        if semantics == SDN_3_11 and any(map(_odd, _ports(spec))):
            isolated = True
            continue
        if not selected(spec["podSelector"], subject.labels):
            continue
        isolated = True
        for rule in spec.get(direction.lower(), []):
            peers = rule.get("from" if direction == "Ingress" else "to", [])
            peer = not peers or any(
                _peer(each, direction, document["namespace"], cluster, semantics, other)
                for each in peers
            )
            ports = rule.get("ports", [])
            fits = not ports or any(
                _port(each, semantics, destination, port, protocol) for each in ports
            )
            if peer and fits:
                return True
    return not isolated


def _ports(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [port for rule in spec.get("ingress", []) for port in rule.get("ports", [])]


def _odd(port: dict[str, Any]) -> bool:
    return port.get("protocol", "TCP") == "SCTP" or not isinstance(port.get("port"), int)


def _port(
    entry: dict[str, Any], semantics: str, destination: End, port: int, protocol: str
) -> bool:
    if entry.get("protocol", "TCP") != protocol:
        return False
    wanted = entry.get("port")
    if wanted is None:
        return True
    if isinstance(wanted, int):
        return wanted <= port <= entry.get("endPort", wanted)
    if semantics == SDN_4 or not pod(destination):
        return False
    return (wanted, protocol, port) in destination.named_ports


def _peer(
    peer: dict[str, Any],
    direction: str,
    namespace: str,
    cluster: PlainCluster,
    semantics: str,
    other: End,
) -> bool:
    sdn = semantics != KUBERNETES
    networked = pod(other) and not other.on_host_network
    arrives_as = (
        [other.namespace]
        if networked and other.namespace not in HOST_NAMESPACES
        else [name for name in HOST_NAMESPACES if name in cluster.labels]
    )
    if "ipBlock" in peer:
        return semantics != SDN_3_11 and _inside(peer["ipBlock"], other.ip, semantics)
    pods, spaces = peer.get("podSelector"), peer.get("namespaceSelector")
    if semantics == SDN_3_11 and pods is not None and spaces is not None:
        return False
    if sdn and spaces == {} and pods is None:
        return True
    if sdn and direction == "Ingress" and spaces is None and pods == {}:
        return namespace in arrives_as
    if sdn and direction == "Ingress" and pods is None:
        return any(selected(spaces, cluster.labels[name]) for name in arrives_as)
    if not networked:
        return False
    if spaces is None and other.namespace != namespace:
        return False
    if spaces is not None and not selected(spaces, cluster.labels[other.namespace]):
        return False
    return pods is None or selected(pods, other.labels)


def _inside(block: dict[str, Any], ip: str, semantics: str) -> bool:
    address = ipaddress.ip_address(ip)

    def within(cidr: str) -> bool:
        return address in ipaddress.ip_network(cidr, strict=False)

    if semantics == SDN_4 and ":" in block["cidr"]:
        return False
    return within(block["cidr"]) and not any(map(within, block.get("except", [])))
