"""Pods as rows: plain columns, the template by its hash, the containers' states as short lists."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from cluster import models
from cluster.objects import codec, kinds
from cluster.objects.meta import ObjectMeta, Timestamp
from cluster.objects.pod import WAITING, ContainerStatus, Pod, PodSpec, PodStatus
from cluster.persistence.mappers.base import Corrupt, Mapper, Reader, dumps, loads, plain

CONTAINER = (
    "name",
    "image",
    "state",
    "reason",
    "message",
    "ready",
    "restart_count",
    "started_at",
    "finished_at",
    "exit_code",
    "last_reason",
    "last_exit_code",
    "last_started_at",
    "last_finished_at",
)
"""The order of a container's list; appending is compatible, as missing ends take their defaults."""

DEFAULTS = tuple(
    None if name in ("name", "image") else ContainerStatus.__dataclass_fields__[name].default
    for name in CONTAINER
)
REMEMBERED = 4096


class TemplateHashes:
    """The hash of a pod's spec. Pods share specs, so each is hashed once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[PodSpec, str]] = {}

    def of(self, spec: PodSpec) -> str:
        """The hash of a spec's canonical JSON."""
        held = self._known.get(id(spec))
        if held is None:
            text = json.dumps(codec.encode(spec), sort_keys=True, separators=(",", ":"))
            digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            # The spec is held too: its id must not be given to another while it stands here.
            held = self._known[id(spec)] = (spec, digest)
        return held[1]


class PodMapper(Mapper):
    """See the module."""

    kind = kinds.POD
    model = models.Pod
    body = (
        "template_id",
        "node_name",
        "phase",
        "reason",
        "message",
        "pod_ip",
        "host_ip",
        "start_time",
        "scheduled_at",
        "unschedulable",
        "ready",
        "ready_at",
        "containers",
    )

    def __init__(self) -> None:
        self.hashes = TemplateHashes()

    def values(self, obj: Pod) -> tuple[Any, ...]:
        """See `Mapper`."""
        status = obj.status
        return (
            self.hashes.of(obj.spec),
            obj.node_name,
            status.phase,
            plain(status.reason),
            plain(status.message),
            status.pod_ip,
            status.host_ip,
            status.start_time,
            status.scheduled_at,
            plain(status.unschedulable),
            status.ready,
            status.ready_at,
            dumps([_compact(each) for each in status.container_statuses]),
        )

    def object(self, metadata: ObjectMeta, values: Sequence[Any], reader: Reader) -> Pod:
        """See `Mapper`."""
        spec = reader.specs.get(values[0])
        if spec is None:
            raise Corrupt(f"pod template {values[0]} is missing")
        return Pod(
            metadata=metadata,
            spec=spec,
            node_name=values[1],
            status=PodStatus(
                phase=values[2],
                reason=values[3],
                message=values[4],
                pod_ip=values[5],
                host_ip=values[6],
                start_time=values[7],
                scheduled_at=values[8],
                unschedulable=values[9],
                ready=bool(values[10]),
                ready_at=values[11],
                container_statuses=tuple([_status(*each) for each in loads(values[12])]),
            ),
        )


def _status(
    name: str,
    image: str,
    state: str = WAITING,
    reason: str = "",
    message: str = "",
    ready: bool = False,
    restart_count: int = 0,
    started_at: Timestamp | None = None,
    *rest: Any,
) -> ContainerStatus:
    """A container's state from its list; few are longer than a running one's."""
    return ContainerStatus(
        name=name,
        image=image,
        state=state,
        reason=reason,
        message=message,
        ready=ready,
        restart_count=restart_count,
        started_at=started_at,
        **(dict(zip(CONTAINER[8:], rest, strict=False)) if rest else {}),
    )


def _compact(status: ContainerStatus) -> list[Any]:
    """A container's state as a list whose default end is cut off."""
    values = [getattr(status, name) for name in CONTAINER]
    while values and values[-1] == DEFAULTS[len(values) - 1]:
        values.pop()
    return values


POD = PodMapper()
