"""DeploymentConfigs: donut with arrows, the running version, its controllers."""

from __future__ import annotations

from typing import Any

from cluster.objects import kinds
from cluster.objects.event import Event
from cluster.objects.pod import Pod
from cluster.objects.replicationcontroller import ReplicationController
from console.kinds import common, workloads
from console.kinds.base import (
    CREATED,
    NAME,
    NAMESPACE,
    Action,
    Col,
    Page,
    ResourceView,
    Tab,
    printed,
)
from console.kinds.calls import CALLS, edit_url
from console.urls_for import url_of


def _details(page: Page) -> dict[str, Any]:
    active = common.active_controller(page.obj, page.client)
    return {
        **common.summary(page),
        **workloads.donut(page),
        "active": active,
        "active_url": url_of(active) if active else "",
    }


def _controllers(page: Page) -> dict[str, Any]:
    owned = [
        each
        for each in page.client.owned(page.obj.metadata.uid)
        if isinstance(each, ReplicationController)
    ]
    owned.sort(key=lambda each: -(each.metadata.creation_timestamp or 0))
    return {
        "controllers": [
            {
                "obj": each,
                "url": url_of(each),
                "phase": each.metadata.annotations.get("openshift.io/deployment.phase", ""),
                "desired": workloads.desired(each),
            }
            for each in owned
        ]
    }


def status(obj: Any) -> str:
    """Up to date, or Updating while a rollout is on its way (console: DeploymentConfig status)."""
    conditions = {each.type: each for each in obj.status.conditions}
    progressing = conditions.get("Progressing")
    if progressing is not None and progressing.status == "False":
        return "Failed"
    done = progressing is None or progressing.reason == "NewReplicationControllerAvailable"
    return "Up to date" if done else "Updating"


def _actions(page: Page) -> list[Action]:
    scale, *others = workloads.actions(page)
    edit = {
        "label": "Edit calls",
        "get": edit_url(*page.obj.metadata.key),
        "disabled": not page.may_edit,
    }
    return [scale, edit, *others]


VIEW = ResourceView(
    kind=kinds.DEPLOYMENTCONFIG,
    columns=(
        NAME,
        NAMESPACE,
        Col("Status", workloads.pods_word),
        printed(kinds.DEPLOYMENTCONFIG, "REVISION", "Latest version"),
        Col("Labels"),
        Col("Pod selector"),
        CREATED,
    ),
    tabs=(
        Tab("details", "Details", "resources/deploymentconfigs/details.html", _details),
        common.YAML,
        Tab(
            "replicationcontrollers",
            "ReplicationControllers",
            "resources/deploymentconfigs/controllers.html",
            _controllers,
        ),
        common.PODS,
        CALLS,
        common.EVENTS,
    ),
    row=workloads.row,
    actions=_actions,
    related=(Pod,),
    detail_related=(ReplicationController, Event),
    status=status,
    create=lambda namespace: common.create_link(kinds.DEPLOYMENTCONFIG, namespace),
)
