"""A project's overview, live: its applications, and the traffic of each route in a line."""

from __future__ import annotations

from typing import Any

from django.template.loader import get_template

from cluster.objects.deploymentconfig import DeploymentConfig
from cluster.objects.event import Event
from cluster.objects.pod import Pod
from cluster.objects.replicationcontroller import ReplicationController
from cluster.objects.route import Route
from cluster.objects.service import Service
from cluster.runtime.client import Client
from console.live import topics
from console.live.topic import Frame, ProjectTopic
from console.views.overview import overview_context


class OverviewTopic(ProjectTopic):
    """The applications of a project."""

    kinds = (DeploymentConfig, ReplicationController, Pod, Service, Route, Event)

    def frame(self, client: Client, since: Any) -> tuple[Frame | None, Any]:
        """The whole of it again; the browser changes what differs."""
        context = overview_context(client, self.namespace)
        html = get_template("pages/overview/applications.html").render(context)
        return {"t": "html", "html": html}, since


topics.register("overview", OverviewTopic)
