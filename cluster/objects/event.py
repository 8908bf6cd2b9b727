"""Event: core/v1. What happened to an object, counted where it repeats."""

from __future__ import annotations

from dataclasses import dataclass

from cluster.objects.endpoints import ObjectReference
from cluster.objects.meta import ObjectMeta, Timestamp, named

NORMAL, WARNING = "Normal", "Warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSource:
    """Who reports: a component, and its node."""

    component: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event."""

    metadata: ObjectMeta
    involved_object: ObjectReference = named("involvedObject", ObjectReference(), keep=True)
    reason: str = ""
    message: str = ""
    source: EventSource = EventSource()
    first_timestamp: Timestamp | None = None
    last_timestamp: Timestamp | None = None
    count: int = 1
    type: str = NORMAL
