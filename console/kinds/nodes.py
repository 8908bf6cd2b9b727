"""Nodes: role, status, machine, addresses, what comes next and, beyond the real console, the pod subnet."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from cluster.objects import kinds, node
from cluster.objects.document import to_document
from cluster.objects.errors import NotFound
from cluster.objects.event import Event
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.kind import Object
from cluster.objects.manifest import to_yaml
from cluster.objects.pod import Pod
from cluster.runtime.client import Client, When
from console.kinds import common, node_network
from console.kinds.base import (
    CREATED,
    NAME,
    Action,
    Col,
    Filter,
    Page,
    ResourceView,
    Tab,
    printed,
)
from console.urls_for import name_url

NETWORK_CUT = "Network cut"
SIGNS = {When.PAST: "check-circle", When.NOW: "info", When.COMING: "hourglass"}


def subnet_of(client: Client, name: str) -> HostSubnet | None:
    """The HostSubnet of a node: it has the node's name."""
    try:
        held: HostSubnet = client.get(kinds.HOSTSUBNET, "", name)
    except NotFound:
        return None
    return held


def _row(obj: Object, client: Client) -> dict[str, Any]:
    name = obj.metadata.name
    subnet = subnet_of(client, name)
    cut = sorted(client.nodes.cut_from(obj))
    return {
        "words": node.status_word(obj).split(","),
        "machine": node.machine_word(obj),
        "cut": cut,
        "roles": node.roles(obj),
        "internal_ip": node.internal_ip(obj),
        "subnet": subnet.subnet if subnet else node.pod_cidr(obj),
        "subnet_url": name_url(kinds.HOSTSUBNET, "", name) if subnet else "",
        "pod_count": client.nodes.pod_count(name),
        "pod_limit": obj.status.allocatable.get("pods", ""),
    }


def _details(page: Page) -> dict[str, Any]:
    nodes = page.client.nodes
    return {
        **common.summary(page),
        **_row(page.obj, page.client),
        "steps": [
            {"when": each.when.value, "at": each.at, "text": each.text, "sign": SIGNS[each.when]}
            for each in nodes.timeline(page.obj)
        ],
        "conditions": nodes.shown(page.obj).status.conditions,
        "reports": node.is_reporting(page.obj),
        "beats_since": page.obj.metadata.creation_timestamp,
    }


def _yaml(page: Page) -> dict[str, Any]:
    shown = to_document(page.client.nodes.shown(page.obj))
    return {**common.yaml_context(page), "yaml": to_yaml(shown)}


def _pods(page: Page) -> dict[str, Any]:
    here = page.client.pods_on(page.obj.metadata.name)
    found = [pod for pod in here if page.may_see(pod.metadata.namespace)]
    found.sort(key=lambda pod: pod.metadata.name)
    table = common.pod_table(found, page.client)
    return {**table, "pods_hidden": len(here) - len(found)}


def _ready_word(obj: Object) -> str:
    return "Ready" if node.is_ready(obj) else "Not Ready"


# --- actions ---------------------------------------------------------------------------------------


def _actions(page: Page) -> list[Action]:
    """What cluster admins can do; the others see it and cannot."""
    obj, is_off = page.obj, not page.may_edit
    stays = is_off or page.client.nodes.is_last_master(obj)
    return [
        _cordon(obj, is_off),
        _entry(obj, "Drain", "drain", is_off, dialog=True),
        {"separator": True},
        *_power(obj, is_off, stays),
        _entry(obj, "Cut network", "network", is_off, dialog=True),
        *_reconnect(page, is_off),
        _entry(obj, "Change IP address", "address", is_off, dialog=True),
        {"separator": True},
        common.yaml_action(page),
        {**common.edit_yaml_action(page), "disabled": is_off},
        {**common.delete_action(page), "disabled": stays},
    ]


def _entry(
    obj: Object, label: str, verb: str, disabled: bool, *, dialog: bool = False, **more: Any
) -> Action:
    url = reverse(f"node-{verb}", args=[obj.metadata.name])
    return {"label": label, "get" if dialog else "post": url, "disabled": disabled, **more}


def _cordon(obj: Object, disabled: bool) -> Action:
    if obj.spec.unschedulable:
        return _entry(obj, "Mark as schedulable", "uncordon", disabled)
    return _entry(
        obj,
        "Mark as unschedulable",
        "cordon",
        disabled,
        confirm="Unschedulable nodes won't accept new pods. This is useful for scheduling"
        " maintenance or preparing to decommission a node.",
        confirm_title="Mark as unschedulable?",
        confirm_label="Mark unschedulable",
    )


def _power(obj: Object, disabled: bool, stays: bool) -> list[Action]:
    name, state = obj.metadata.name, node.machine_word(obj)
    reboot = _entry(
        obj,
        "Reboot",
        "reboot",
        stays or state != node.RUNNING,
        confirm=f"Nothing on {name} answers for 60 s. Its pods stay and then get new sandboxes"
        " with new addresses.",
        confirm_title=f"Reboot {name}?",
        confirm_label="Reboot",
        danger=True,
    )
    if state == node.OFF:
        return [reboot, _entry(obj, "Power on", "power-on", disabled)]
    off = _entry(
        obj,
        "Power off",
        "power-off",
        stays,
        confirm=f"Nothing on {name} answers from now on. After 40 s the node is NotReady, and 5 min"
        " later its pods are evicted.",
        confirm_title=f"Power off {name}?",
        confirm_label="Power off",
        danger=True,
    )
    return [reboot, off]


def _reconnect(page: Page, disabled: bool) -> list[Action]:
    if not page.client.nodes.cut_from(page.obj):
        return []
    return [_entry(page.obj, "Reconnect network", "reconnect", disabled)]


VIEW = ResourceView(
    kind=kinds.NODE,
    columns=(
        NAME,
        printed(kinds.NODE, "STATUS"),
        Col("Machine", node.machine_word),
        printed(kinds.NODE, "ROLES"),
        printed(kinds.NODE, "INTERNAL-IP", "Internal IP"),
        Col("Pod subnet"),
        Col("Pods"),
        CREATED,
    ),
    filters=(
        Filter("status", "Status", _ready_word, ("Ready", "Not Ready")),
        Filter("role", "Roles", node.roles, ("master", "worker")),
        Filter("machine", "Machine", node.machine_word, (node.RUNNING, node.STARTING, node.OFF)),
    ),
    tabs=(
        Tab("details", "Details", "resources/nodes/details.html", _details),
        Tab("yaml", "YAML", "resources/yaml.html", _yaml, live=False),
        Tab("pods", "Pods", "resources/pods/table.html", _pods, personal=True),
        *node_network.TABS,
        common.EVENTS,
    ),
    row=_row,
    actions=_actions,
    related=(Pod, HostSubnet),
    detail_related=(Event,),
    status=node.status_word,
    create=lambda namespace: ("Add node", reverse("node-add")),
    create_in_dialog=True,
    has_changing_actions=True,
)
