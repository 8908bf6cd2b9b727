"""IngressControllers: there is one, and its settings have a page of their own."""

from __future__ import annotations

from dataclasses import replace

from django.urls import reverse

from cluster.objects import kinds
from cluster.objects.ingresscontroller import DEFAULT, NAMESPACE
from console.kinds import common, generic
from console.kinds.base import Action, Page


def _actions(page: Page) -> list[Action]:
    entries: list[Action] = []
    if page.obj.metadata.key == (NAMESPACE, DEFAULT):
        edit = {"label": "Edit settings", "href": reverse("router-settings")}
        entries.append({**edit, "disabled": not page.may_edit})
    return [
        *entries,
        common.yaml_action(page),
        {"separator": True},
        common.delete_action(page),
    ]


VIEW = replace(generic.view_of(kinds.INGRESSCONTROLLER), actions=_actions, create=None)
