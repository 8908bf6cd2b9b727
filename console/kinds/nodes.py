"""Nodes: role, status, addresses and, beyond the real console, the pod subnet."""

from __future__ import annotations

from typing import Any

from cluster.objects import kinds, node
from cluster.objects.event import Event
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.kind import Object
from cluster.objects.pod import Pod
from cluster.runtime.client import Client
from console.kinds import common
from console.kinds.base import CREATED, NAME, Col, Filter, Page, ResourceView, Tab, printed
from console.urls_for import name_url


def subnet_of(client: Client, name: str) -> HostSubnet | None:
    """The HostSubnet of a node."""
    return next((each for each in client.list(kinds.HOSTSUBNET) if each.host == name), None)


def _row(obj: Object, client: Client) -> dict[str, Any]:
    subnet = subnet_of(client, obj.metadata.name)
    return {
        "words": node.status_word(obj).split(","),
        "roles": node.roles(obj),
        "internal_ip": node.internal_ip(obj),
        "subnet": subnet.subnet if subnet else node.pod_cidr(obj),
        "subnet_url": name_url(kinds.HOSTSUBNET, "", subnet.metadata.name) if subnet else "",
        "pod_count": len(client.pods_on(obj.metadata.name)),
        "pod_limit": obj.status.allocatable.get("pods", ""),
    }


def _details(page: Page) -> dict[str, Any]:
    return {**common.summary(page), **_row(page.obj, page.client)}


def _pods(page: Page) -> dict[str, Any]:
    here = page.client.pods_on(page.obj.metadata.name)
    found = [pod for pod in here if page.may_see(pod.metadata.namespace)]
    found.sort(key=lambda pod: pod.metadata.name)
    table = common.pod_table(found, page.client)
    return {**table, "pods_hidden": len(here) - len(found)}


def _ready_word(obj: Object) -> str:
    return "Ready" if node.is_ready(obj) else "Not Ready"


VIEW = ResourceView(
    kind=kinds.NODE,
    columns=(
        NAME,
        printed(kinds.NODE, "STATUS"),
        printed(kinds.NODE, "ROLES"),
        printed(kinds.NODE, "INTERNAL-IP", "Internal IP"),
        Col("Pod subnet"),
        Col("Pods"),
        CREATED,
    ),
    filters=(
        Filter("status", "Status", _ready_word, ("Ready", "Not Ready")),
        Filter("role", "Roles", node.roles, ("master", "worker")),
    ),
    tabs=(
        Tab("details", "Details", "resources/nodes/details.html", _details),
        common.YAML,
        Tab("pods", "Pods", "resources/pods/table.html", _pods, personal=True),
        common.EVENTS,
    ),
    row=_row,
    actions=common.plain_actions,
    related=(Pod, HostSubnet),
    detail_related=(Event,),
    status=lambda obj: _ready_word(obj),
)
