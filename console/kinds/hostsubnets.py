"""HostSubnets: which part of the cluster network each node's pods live in, as a live map."""

from __future__ import annotations

from typing import Any

from cluster.objects import kinds
from cluster.objects.kind import Object
from cluster.objects.pod import Pod
from cluster.runtime.client import Client
from console.kinds import common
from console.kinds.base import CREATED, NAME, Col, Page, ResourceView, Tab, printed
from console.network.blocks import host_block
from console.network.subnet_map import subnet_map
from console.urls_for import name_url


def _row(obj: Object, client: Client) -> dict[str, Any]:
    return {
        "node_url": name_url(kinds.NODE, "", obj.host),
        "addresses": sum(1 for pod in client.pods_on(obj.host) if pod.status.pod_ip),
    }


def _why_none(client: Client) -> str:
    """Where the subnets are under a plugin that has no HostSubnets."""
    plugin = client.network.plugin
    if plugin.has_hostsubnets:
        return ""
    return f"{plugin.title} has none. Subnets: {client.network.subnets_said()}."


def _details(page: Page) -> dict[str, Any]:
    return {
        **common.summary(page),
        **_row(page.obj, page.client),
        "map": subnet_map(
            page.client,
            host_block(page.obj.host, page.obj.subnet, page.obj.host_ip),
            page.may_see,
        )
        if page.obj.subnet
        else None,
    }


VIEW = ResourceView(
    kind=kinds.HOSTSUBNET,
    columns=(
        NAME,
        printed(kinds.HOSTSUBNET, "HOST IP", "Host IP"),
        printed(kinds.HOSTSUBNET, "SUBNET"),
        Col("Addresses in use"),
        CREATED,
    ),
    tabs=(
        Tab("details", "Details", "resources/hostsubnets/details.html", _details, personal=True),
        common.YAML,
    ),
    row=_row,
    actions=common.plain_actions,
    related=(Pod,),
    empty=_why_none,
)
