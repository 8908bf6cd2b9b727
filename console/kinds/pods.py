"""Pods: IP and node stand in the list, as in `oc get pods -o wide`."""

from __future__ import annotations

from typing import Any

from cluster.objects import kinds, pod
from cluster.objects.endpoints import Endpoints
from cluster.objects.event import Event
from cluster.objects.kind import Object
from cluster.objects.pod import Pod
from cluster.runtime.client import Client
from console.kinds import common
from console.kinds.base import (
    CREATED,
    NAME,
    NAMESPACE,
    Col,
    Filter,
    Page,
    ResourceView,
    Tab,
    printed,
)
from console.urls_for import name_url

STATUSES = (
    "Running",
    "Pending",
    "ContainerCreating",
    "Terminating",
    "CrashLoopBackOff",
    "ImagePullBackOff",
    "ErrImagePull",
    "Error",
    "Completed",
    "Failed",
    "Unknown",
)


def owner_of(obj: Pod) -> dict[str, Any]:
    """The owner's kind, name and page."""
    owner = obj.metadata.controller()
    kind = kinds.BY_NAME.get(owner.kind) if owner else None
    if owner is None or kind is None:
        return {}
    href = name_url(kind, obj.metadata.namespace, owner.name)
    return {"kind": owner.kind, "name": owner.name, "href": href}


def _row(obj: Object, client: Client) -> dict[str, Any]:
    ready, total = pod.ready_counts(obj)
    return {
        "word": pod.status_word(obj),
        "ready": f"{ready}/{total}",
        "restarts": pod.restarts(obj),
        "owner": owner_of(obj),
        "node_url": name_url(kinds.NODE, "", obj.node_name) if obj.node_name else "",
    }


def receiving(obj: Pod, client: Client) -> list[str]:
    """The services whose ready endpoints include the pod: "Receiving Traffic" of the 3.x console."""
    found = []
    for each in client.list(kinds.ENDPOINTS, obj.metadata.namespace):
        addresses = [address for subset in each.subsets for address in subset.addresses]
        if any(a.target_ref and a.target_ref.uid == obj.metadata.uid for a in addresses):
            found.append(each.metadata.name)
    return found


def _details(page: Page) -> dict[str, Any]:
    services = receiving(page.obj, page.client)
    return {
        **common.summary(page),
        **_row(page.obj, page.client),
        **common.why(page.client, page.obj),
        "services": [(each, name_url(kinds.SERVICE, page.namespace, each)) for each in services],
        "containers": _containers(page.obj),
        "first_port": next((port.container_port for port in _ports(page.obj)), 0),
    }


def _ports(obj: Pod) -> list[pod.ContainerPort]:
    return [port for container in obj.spec.containers for port in container.ports]


def _containers(obj: Pod) -> list[dict[str, Any]]:
    states = {each.name: each for each in obj.status.container_statuses}
    return [
        {"spec": each, "status": states.get(each.name), "state": _state(states.get(each.name))}
        for each in obj.spec.containers
    ]


def _state(status: pod.ContainerStatus | None) -> str:
    if status is None:
        return "Waiting"
    word = status.state.capitalize()
    return f"{word}: {status.reason}" if status.reason else word


VIEW = ResourceView(
    kind=kinds.POD,
    columns=(
        NAME,
        NAMESPACE,
        printed(kinds.POD, "STATUS"),
        printed(kinds.POD, "READY"),
        printed(kinds.POD, "RESTARTS"),
        printed(kinds.POD, "IP", "IP address"),
        printed(kinds.POD, "NODE"),
        Col("Owner", common.owner_name),
        CREATED,
    ),
    filters=(Filter("status", "Status", pod.status_word, STATUSES),),
    tabs=(
        Tab("details", "Details", "resources/pods/details.html", _details),
        common.YAML,
        common.EVENTS,
    ),
    row=_row,
    actions=common.plain_actions,
    related=(),
    status=pod.status_word,
    create=lambda namespace: common.create_link(kinds.POD, namespace),
    detail_related=(Endpoints, Event),
)
