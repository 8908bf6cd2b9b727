"""The cluster network: its plugin, the subnets in it, and who holds which address, live."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cluster.objects import kinds
from cluster.objects.clusternetwork import SWITCHING_FROM
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor
from cluster.runtime.network import PLUGINS
from console.network.blocks import Block, blocks
from console.network.subnet_map import subnet_map
from console.session import actor, client

MAPS_PER_PAGE = 6
LEGEND = (
    ("pod", "Pod, ready"),
    ("pending", "Pod, not ready"),
    ("leaving", "Pod, terminating"),
    ("gateway", "Gateway, node's own address"),
    ("network", "Network and broadcast address"),
    ("free", "Free"),
)


def network_page(request: HttpRequest) -> HttpResponse:
    """Show the network. Everybody may look; pods are named in the user's own projects only."""
    port, who = client(), actor(request)
    context = {
        "network": network_facts(port),
        **maps_context(port, who, request.GET.get("page", "")),
        "legend": LEGEND,
        "may_change": port.may(who, "update", kinds.CLUSTERNETWORK, ""),
    }
    return render(request, "pages/network/network.html", context)


def maps_context(port: Client, who: Actor, number: str) -> dict[str, Any]:
    """A page of the maps as a user sees them, for the page and for live frames."""
    paginator = Paginator(blocks(port), MAPS_PER_PAGE)
    page = paginator.get_page(number)
    return {
        "maps": [map_context(port, each, who) for each in page.object_list],
        "page": _page(page),
        "several_pages": paginator.num_pages > 1,
        "none_said": f"Subnets: {port.network.subnets_said()}.",
        "maps_topic": f"subnets:{who.name}:{page.number}",
    }


def network_facts(port: Client) -> dict[str, Any]:
    """The ClusterNetwork, its plugin, and how much of it is in use."""
    found = port.list(kinds.CLUSTERNETWORK)
    network = found[0] if found else None
    entry = network.cluster_networks[0] if network else None
    length = entry.host_subnet_length if entry else 0
    pods = [pod for pod in port.list(kinds.POD) if not (pod.is_finished or pod.is_on_host_network)]
    return {
        "object": network,
        "entry": entry,
        "plugin": port.network.plugin,
        "properties": port.network.properties(),
        "node_subnets": port.network.gives_node_subnets(),
        "per_node": 2**length - (4 if port.network.plugin.family == "ovn" else 3) if entry else 0,
        "node_prefix": 32 - length,
        "possible_nodes": port.network.node_capacity(),
        "nodes": sum(1 for each in port.network.view().nodes() if each.subnet is not None),
        "addresses": sum(1 for pod in pods if pod.status.pod_ip),
        "waiting": sum(1 for pod in pods if pod.node_name and not pod.status.pod_ip),
        "services": sum(1 for each in port.list(kinds.SERVICE) if "." in each.spec.cluster_ip),
        "leaving": _leaving(network),
    }


def _leaving(network: Any) -> Any:
    """The plugin that the cluster is coming from; None when it is on none of its ways."""
    name = network.metadata.annotations.get(SWITCHING_FROM, "") if network else ""
    return PLUGINS.get(name)


def map_context(port: Client, block: Block, who: Actor) -> dict[str, Any]:
    """One block's map as a user sees it, for the page and for live frames."""

    def may_see(namespace: str) -> bool:
        return port.may(who, "get", kinds.POD, namespace)

    return {
        "map": subnet_map(port, block, may_see),
        "topic": f"subnet:{block.name}:{who.name}",
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
