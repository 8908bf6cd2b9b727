"""What DeploymentConfigs and ReplicationControllers share: pods against the wanted number."""

from __future__ import annotations

from typing import Any

from cluster.objects import kinds
from cluster.objects.kind import Object
from cluster.runtime.client import Client
from console.kinds import common
from console.kinds.base import Action, Page
from console.urls_for import action_url, list_url


def desired(obj: Object) -> int:
    """The wanted number of pods."""
    return 1 if obj.spec.replicas is None else int(obj.spec.replicas)


def selector_query(obj: Object) -> str:
    """The pods of a workload in the pods list."""
    pairs = "&".join(f"label={name}%3D{value}" for name, value in sorted(obj.spec.selector.items()))
    return f"{list_url(kinds.POD, obj.metadata.namespace)}?{pairs}"


def row(obj: Object, client: Client) -> dict[str, Any]:
    """Donut and numbers of a row."""
    return {
        "counts": common.counts(common.pods_of(obj, client)),
        "desired": desired(obj),
        "pods_url": selector_query(obj),
    }


def donut(page: Page) -> dict[str, Any]:
    """The ring with its arrows; who may not scale sees no arrows."""
    return {
        "counts": common.counts(common.pods_of(page.obj, page.client)),
        "desired": desired(page.obj),
        "scale_url": action_url(page.obj, "scale") if page.may_edit else "",
        "pods_url": selector_query(page.obj),
    }


def actions(page: Page) -> list[Action]:
    """Edit Pod count, and what every object has."""
    return [
        {
            "label": "Edit Pod count",
            "get": action_url(page.obj, "scale"),
            "disabled": not page.may_edit,
        },
        *common.plain_actions(page),
    ]


def pods_word(obj: Object) -> int:
    """Sort by the number of pods that there are."""
    return int(obj.status.replicas)
