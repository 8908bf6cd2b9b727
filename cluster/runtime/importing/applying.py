"""Applying a reviewed text: all of it, exactly as it was reviewed, or nothing."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal

from cluster.engine.access import Actor
from cluster.engine.commands import Apply, Command, Create, Replace
from cluster.engine.transaction import CREATED, Outcome
from cluster.objects import kinds
from cluster.objects.errors import ApiError
from cluster.objects.kind import Object
from cluster.objects.namespace import Namespace, as_project
from cluster.runtime.errors import Unavailable

from .model import PlannedDocument, Port, Review
from .planning import review

_ATTEMPTS = 5
"""A status that changes between look and write makes a Conflict; so often it is tried again."""

Reason = Literal["errors", "text", "cluster", "refused"]


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one document: the action, and the object as it is stored now."""

    action: str
    object: Object


class NotAppliedError(Exception):
    """Nothing was written. `review` is the plan as it stands now; `reason` says why:

    `errors` in the text, the `text` or the `cluster` changed since the review, or the cluster
    `refused` in the end (`detail` has its words).
    """

    def __init__(self, review: Review, reason: Reason, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.review = review
        self.reason = reason
        self.detail = detail


def apply(port: Port, text: str, namespace: str, actor: Actor, digest: str) -> list[Applied]:
    """Carry out the plan that `digest` names, in one transaction; results in the text's order.

    Raises NotAppliedError when the text has errors or the plan is no longer the reviewed one, and
    Unavailable when the cluster gives no answer; whether it was saved is not known then.
    """
    error: ApiError | None = None
    for _ in range(_ATTEMPTS):
        plan = review(port, text, namespace, actor)
        _check(plan, digest)
        try:
            outcomes = port.execute([_guarded(plan.documents[at]) for at in plan.sequence], actor)
        except Unavailable:
            raise  # perhaps it was saved: nothing may be said or tried on top of that
        except ApiError as refusal:
            error = refusal
            continue
        done = dict(zip(plan.sequence, outcomes, strict=True))
        return [_applied(each, done[at]) for at, each in enumerate(plan.documents)]
    assert error is not None
    raise NotAppliedError(plan, "refused", error.message)


def _check(plan: Review, digest: str) -> None:
    if not plan.is_applicable:
        raise NotAppliedError(plan, "errors")
    if plan.digest == digest:
        return
    same_text = plan.digest.partition(".")[0] == digest.partition(".")[0]
    raise NotAppliedError(plan, "cluster" if same_text else "text")


def _applied(document: PlannedDocument, outcome: Outcome) -> Applied:
    obj = outcome.new
    if document.kind == kinds.PROJECT.name and isinstance(obj, Namespace):
        obj = as_project(obj)  # it is kept as its namespace
    return Applied(outcome.action, obj)


def _guarded(document: PlannedDocument) -> Command:
    """The command that does what was planned and nothing else: a change in between refuses it."""
    assert isinstance(document.command, Apply)
    obj = document.command.object
    if document.action == CREATED:
        return Create(obj)
    assert document.old is not None
    version = document.old.metadata.resource_version
    metadata = dataclasses.replace(obj.metadata, resource_version=version)
    return Replace(dataclasses.replace(obj, metadata=metadata))
