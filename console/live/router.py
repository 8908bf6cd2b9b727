"""The live parts of the router's page: its settings, and the routes by status in one user's projects."""

from __future__ import annotations

from typing import Any

from django.template.loader import get_template

from cluster.objects.ingresscontroller import ROUTER_NAMESPACE, IngressController
from cluster.objects.rolebinding import RoleBinding
from cluster.objects.route import Route
from cluster.objects.secret import Secret
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor, Change
from console.kinds.router import SETTINGS_TOPIC, TOPIC, counts_context, settings_context
from console.live import topics
from console.live.topic import Frame


class CountsTopic:
    """`router:developer`: what this user may see."""

    ticks = False

    def __init__(self, name: str, user: str) -> None:
        self.name = name
        self._user = user
        self._actor = Actor(user)

    def allowed(self, client: Client, actor: Actor) -> bool:
        """The user themself."""
        self._actor = actor
        return actor.name == self._user

    def touches(self, change: Change) -> bool:
        """Routes, and who may see them."""
        return change.kind.cls in (Route, RoleBinding)

    def frame(self, client: Client, since: Any) -> tuple[Frame | None, Any]:
        """The counts again."""
        html = get_template("pages/router/counts.html").render(counts_context(client, self._actor))
        return {"t": "html", "html": html}, since


class SettingsTopic(CountsTopic):
    """`router-settings:kubeadmin`: the settings, with the links that this user may follow."""

    def touches(self, change: Change) -> bool:
        """The router's object, and the secrets that may hold its certificate."""
        if change.kind.cls is Secret:
            return change.key.namespace == ROUTER_NAMESPACE
        return change.kind.cls is IngressController

    def frame(self, client: Client, since: Any) -> tuple[Frame | None, Any]:
        """The settings again."""
        context = settings_context(client, self._actor)
        html = get_template("pages/router/settings_shown.html").render(context)
        return {"t": "html", "html": html}, since


topics.register(TOPIC, CountsTopic)
topics.register(SETTINGS_TOPIC, SettingsTopic)
