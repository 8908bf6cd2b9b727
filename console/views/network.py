"""The cluster network: the overlay, the node subnets in it, and who holds which address, live."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cluster.objects import kinds
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor
from console.network.subnet_map import subnet_map
from console.session import actor, client

MAPS_PER_PAGE = 6
LEGEND = (
    ("pod", "Pod, ready"),
    ("pending", "Pod, not ready"),
    ("leaving", "Pod, terminating"),
    ("gateway", "Gateway (tun0)"),
    ("network", "Network and broadcast address"),
    ("free", "Free"),
)


def network_page(request: HttpRequest) -> HttpResponse:
    """Show the network. Everybody may look; pods are named in the user's own projects only."""
    port, who = client(), actor(request)
    subnets = sorted(port.list(kinds.HOSTSUBNET), key=lambda each: each.metadata.resource_version)
    paginator = Paginator(subnets, MAPS_PER_PAGE)
    page = paginator.get_page(request.GET.get("page"))
    context = {
        "network": network_facts(port),
        "maps": [map_context(port, each, who) for each in page.object_list],
        "page": _page(page),
        "legend": LEGEND,
        "several_pages": paginator.num_pages > 1,
    }
    return render(request, "pages/network/network.html", context)


def network_facts(port: Client) -> dict[str, Any]:
    """The ClusterNetwork and how much of it is in use."""
    found = port.list(kinds.CLUSTERNETWORK)
    network = found[0] if found else None
    entry = network.cluster_networks[0] if network else None
    prefix = int(entry.cidr.rpartition("/")[2]) if entry else 0
    length = entry.host_subnet_length if entry else 0
    return {
        "object": network,
        "entry": entry,
        "per_node": 2**length - 3 if entry else 0,
        "node_prefix": 32 - length,
        "possible_nodes": 2 ** (32 - prefix - length) if entry else 0,
        "nodes": port.count(kinds.HOSTSUBNET),
        "addresses": sum(1 for pod in port.list(kinds.POD) if pod.status.pod_ip),
        "services": sum(1 for each in port.list(kinds.SERVICE) if "." in each.spec.cluster_ip),
    }


def map_context(port: Client, subnet: Any, who: Actor) -> dict[str, Any]:
    """One node's map as a user sees it, for the page and for live frames."""

    def may_see(namespace: str) -> bool:
        return port.may(who, "get", kinds.POD, namespace)

    return {
        "map": subnet_map(port, subnet, may_see),
        "topic": f"subnet:{subnet.metadata.name}:{who.name}",
    }


def _page(page: Any) -> dict[str, Any]:
    def href(number: int, wanted: bool) -> str:
        return f"?page={number}" if wanted else ""

    return {
        "first": page.start_index(),
        "last": page.end_index(),
        "total": page.paginator.count,
        "prev_href": href(page.number - 1, page.has_previous()),
        "next_href": href(page.number + 1, page.has_next()),
    }
