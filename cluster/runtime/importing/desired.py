"""What users write of an object: its document without what the system keeps there."""

from __future__ import annotations

import dataclasses
from typing import Any

from cluster.objects.document import to_document
from cluster.objects.kind import Object
from cluster.objects.manifest import to_yaml
from cluster.objects.route import HOST_GENERATED, Route
from cluster.objects.service import Service

from .model import Generated

_SYSTEM = (
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
    "selfLink",
)


def desired_yaml(obj: Object) -> str:
    """An object as YAML without its status and the metadata that only the system writes."""
    document: dict[str, Any] = to_document(obj)
    document.pop("status", None)
    metadata = {name: each for name, each in document["metadata"].items() if name not in _SYSTEM}
    return to_yaml({**document, "metadata": metadata})


def generated_values(written: Object, new: Object) -> tuple[Generated, ...]:
    """What the cluster adds to a new object; `written` is the object as the manifest has it."""
    found: list[Generated] = []
    named = bool(written.metadata.name)
    if not named and written.metadata.generate_name:
        beginning = written.metadata.generate_name
        found.append(
            Generated("Name", f'generated on apply, begins with "{beginning}"', later=True)
        )
    if isinstance(new, Route) and not written.spec.host and _has_generated_host(new):
        host = new.spec.host if named else "generated on apply"
        found.append(Generated("Host", host, later=not named))
    if isinstance(new, Service) and not written.spec.cluster_ip and new.spec.cluster_ip:
        found.append(Generated("Cluster IP", "assigned on apply", later=True))
    return tuple(found)


def without_chance(written: Object, new: Object) -> Object:
    """A new object without what would come out differently on apply: drawn names and addresses."""
    if not written.metadata.name:
        metadata = dataclasses.replace(new.metadata, name="")
        new = dataclasses.replace(new, metadata=metadata)
        if isinstance(new, Route) and not written.spec.host:
            new = dataclasses.replace(new, spec=dataclasses.replace(new.spec, host=""))
    if isinstance(new, Service) and not written.spec.cluster_ip:
        new = dataclasses.replace(new, spec=dataclasses.replace(new.spec, cluster_ip=""))
    return new


def _has_generated_host(route: Route) -> bool:
    return route.metadata.annotations.get(HOST_GENERATED) == "true"
