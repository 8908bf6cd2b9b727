"""ReplicationControllers: scaling one that a DeploymentConfig owns is allowed, and then set back."""

from __future__ import annotations

from typing import Any

from cluster.objects import kinds
from cluster.objects.deploymentconfig import PHASE_ANNOTATION, VERSION_ANNOTATION
from cluster.objects.event import Event
from cluster.objects.kind import Object
from cluster.objects.pod import Pod
from cluster.runtime.client import Client
from console.kinds import common, workloads
from console.kinds.base import CREATED, NAME, NAMESPACE, Col, Filter, Page, ResourceView, Tab
from console.kinds.pods import owner_of

PHASES = ("New", "Pending", "Running", "Complete", "Failed")


def phase(obj: Object) -> str:
    """The phase of the deployment that a controller is, or ""."""
    return str(obj.metadata.annotations.get(PHASE_ANNOTATION, ""))


def _row(obj: Object, client: Client) -> dict[str, Any]:
    return {**workloads.row(obj, client), "phase": phase(obj), "owner": owner_of(obj)}


def _details(page: Page) -> dict[str, Any]:
    return {
        **common.summary(page),
        **workloads.donut(page),
        "phase": phase(page.obj),
        "revision": page.obj.metadata.annotations.get(VERSION_ANNOTATION, ""),
    }


VIEW = ResourceView(
    kind=kinds.REPLICATIONCONTROLLER,
    columns=(
        NAME,
        NAMESPACE,
        Col("Status", workloads.pods_word),
        Col("Phase", phase),
        Col("Owner", common.owner_name),
        CREATED,
    ),
    filters=(Filter("phase", "Phase", phase, PHASES),),
    tabs=(
        Tab("details", "Details", "resources/replicationcontrollers/details.html", _details),
        common.YAML,
        common.PODS,
        common.EVENTS,
    ),
    row=_row,
    actions=workloads.actions,
    related=(Pod,),
    detail_related=(Event,),
    create=lambda namespace: common.create_link(kinds.REPLICATIONCONTROLLER, namespace),
)
