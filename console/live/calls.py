"""Calls between pods, live: a workload's targets, log and failures, and the callers of a service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.template.loader import get_template

from cluster.objects import kinds
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor, Change
from console.kinds import calls
from console.live import topics
from console.live.topic import Frame, ProjectTopic, Topic


class _MeasuredTopic(ProjectTopic):
    """Drawn on every beat, sent when it differs: calls are no commits."""

    ticks = True
    template = ""

    def __init__(self, name: str, namespace: str, workload: str) -> None:
        super().__init__(name, namespace)
        self.workload = workload

    def touches(self, change: Change) -> bool:
        """No commit as such."""
        return False

    def context(self, client: Client) -> dict[str, Any]:
        """What the template shows."""
        raise NotImplementedError

    def frame(self, client: Client, since: Any) -> tuple[Frame | None, Any]:
        """The partial again."""
        html = get_template(self.template).render(self.context(client))
        return {"t": "html", "html": html}, since


class TargetsTopic(_MeasuredTopic):
    """`calls-targets:shop/frontend`."""

    template = "resources/deploymentconfigs/calls_targets.html"

    def context(self, client: Client) -> dict[str, Any]:
        """The workload's targets."""
        return calls.targets_context(client, self.namespace, self.workload)


class FailingTopic(_MeasuredTopic):
    """`calls-failing:shop/frontend`: the warning in the project's overview."""

    template = "pages/overview/calls.html"

    def context(self, client: Client) -> dict[str, Any]:
        """What fails."""
        return calls.failing_context(client, self.namespace, self.workload)


class LogTopic(_MeasuredTopic):
    """`calls-log:shop/frontend`."""

    template = "resources/deploymentconfigs/calls_row.html"

    def __init__(self, name: str, namespace: str, workload: str) -> None:
        super().__init__(name, namespace, workload)
        self._drawn: dict[str, str] = {}

    def frame(self, client: Client, since: Any) -> tuple[Frame | None, Any]:
        """The rows; one that was drawn before never changes."""
        template = get_template(self.template)
        rows = {
            calls.line_id(each): self._drawn.get(calls.line_id(each))
            or template.render(calls.line_context(each, self.namespace)).strip()
            for each in calls.lines(client, self.namespace, self.workload)
        }
        self._drawn = rows
        return {"t": "rows", "order": list(rows), "rows": rows, "count": str(len(rows))}, since


class CalledByTopic(_MeasuredTopic):
    """`called-by:developer:data/db`: the callers that this user may see."""

    template = "resources/services/called_by.html"

    def __init__(self, name: str, namespace: str, service: str, user: str) -> None:
        super().__init__(name, namespace, service)
        self._user = user
        self._actor = Actor(user)

    def allowed(self, client: Client, actor: Actor) -> bool:
        """The user themself, if they may see the service."""
        self._actor = actor
        return actor.name == self._user and client.may(actor, "get", kinds.SERVICE, self.namespace)

    def context(self, client: Client) -> dict[str, Any]:
        """The callers."""
        return calls.called_by_context(client, self._actor, self.namespace, self.workload)


def _maker(
    make: Callable[[str, str, str], Topic],
) -> Callable[[str, str], Topic | None]:
    def made(name: str, arguments: str) -> Topic | None:
        namespace, _, workload = arguments.partition("/")
        return make(name, namespace, workload) if namespace and workload else None

    return made


def _make_called_by(name: str, arguments: str) -> CalledByTopic | None:
    user, _, key = arguments.rpartition(":")
    namespace, _, service = key.partition("/")
    return CalledByTopic(name, namespace, service, user) if user and namespace and service else None


topics.register("calls-targets", _maker(TargetsTopic))
topics.register("calls-failing", _maker(FailingTopic))
topics.register("calls-log", _maker(LogTopic))
topics.register("called-by", _make_called_by)
