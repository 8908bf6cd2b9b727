"""What each flow table is for, in words, by generation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_COMMON: Final[Mapping[int, str]] = {
    0: "Sorts packets by the port they come in by",
    10: "Lets in what other nodes of the cluster send through the tunnel",
    20: "Checks that a pod uses its own address and tags its packets with its project's VNID",
    25: "Tags what comes back from a service's translation with its project's VNID",
    30: "Routes by destination",
    40: "ARP to pods on this node",
    50: "ARP to pods on other nodes",
    60: "Packets to services",
    70: "Looks up the pod that is addressed",
    80: "Decides whether the pod may be reached",
    90: "Packets to pods on other nodes",
    110: "Multicast from pods: which projects may",
    111: "Multicast: a copy to every node",
    120: "Multicast: to the pods on this node",
    253: "Notes the plugin and the version of the rules",
}
_OF_3: Final[Mapping[int, str]] = {
    21: "Remembers connections between pods",
    100: "Out of the cluster: DNS of the node, egress IPs",
    101: "EgressNetworkPolicy: where a project may go outside",
}
_OF_4: Final[Mapping[int, str]] = {
    27: "NetworkPolicy: where a pod may send to",
    30: "Remembers connections between pods",
    31: "Routes by destination",
    99: "Out of the cluster: DNS of the node is always let through",
    100: "EgressNetworkPolicy: where a project may go outside",
    101: "Out of the cluster: egress IPs",
}


def role(table: int, *, is_modern: bool) -> str:
    """What a table is for."""
    return (_OF_4 if is_modern else _OF_3).get(table) or _COMMON.get(table, f"Table {table}")
