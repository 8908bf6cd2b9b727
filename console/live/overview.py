"""A project's overview, live: its applications, and the traffic of each route in a line."""

from __future__ import annotations

from typing import Any

from django.template.loader import get_template

from cluster.objects.deploymentconfig import DeploymentConfig
from cluster.objects.event import Event
from cluster.objects.kinds import DEPLOYMENTCONFIG
from cluster.objects.pod import Pod
from cluster.objects.replicationcontroller import ReplicationController
from cluster.objects.route import Route
from cluster.objects.service import Service
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor
from console.live import topics
from console.live.topic import Frame, ProjectTopic
from console.views.overview import overview_context


class OverviewTopic(ProjectTopic):
    """The applications of a project, with their controls for those who may use them."""

    kinds = (DeploymentConfig, ReplicationController, Pod, Service, Route, Event)

    def __init__(self, name: str, namespace: str, *, writes: bool) -> None:
        super().__init__(name, namespace)
        self._writes = writes

    def allowed(self, client: Client, actor: Actor) -> bool:
        """Members of the project; with controls, those who may scale in it."""
        if self._writes:
            return client.may(actor, "update", DEPLOYMENTCONFIG, self.namespace)
        return super().allowed(client, actor)

    def frame(self, client: Client, since: Any) -> tuple[Frame | None, Any]:
        """The whole of it again; the browser changes what differs."""
        context = overview_context(client, self.namespace, may_edit=self._writes)
        html = get_template("pages/overview/applications.html").render(context)
        return {"t": "html", "html": html}, since


def _make(name: str, arguments: str) -> OverviewTopic | None:
    namespace, _, mode = arguments.partition(":")
    if not namespace or mode not in ("", "edit"):
        return None
    return OverviewTopic(name, namespace, writes=mode == "edit")


topics.register("overview", _make)
