"""Recording events: client-go's recorder, which counts a repeated event instead of writing it again."""

from __future__ import annotations

from cluster.engine.copying import changed
from cluster.engine.store import Store
from cluster.objects import kinds
from cluster.objects.endpoints import ObjectReference
from cluster.objects.event import Event, EventSource
from cluster.objects.kind import Object
from cluster.objects.meta import Key, ObjectMeta, Timestamp

KEPT = 5000
"""Events kept. A real cluster forgets by age (1 to 3 hours); here the oldest go first."""

Likeness = tuple[str, str, str, str]


class EventRecorder:
    """Knows which event to count up: same object, reason, message and component."""

    def __init__(self) -> None:
        self._known: dict[Likeness, Key] = {}
        self._serial = 0

    def recover(self, store: Store) -> None:
        """Learn the events that were recorded before a restart."""
        for event in store.list(Event):
            self._known[_likeness(event)] = event.metadata.key
            self._serial = max(self._serial, _serial_of(event))

    def event(
        self,
        store: Store,
        now: float,
        obj: Object,
        type_: str,
        reason: str,
        message: str,
        component: str,
        host: str,
    ) -> tuple[Event, list[Event]]:
        """The event to store (without a uid if it is new), and the old ones to drop for it."""
        likeness = (obj.metadata.uid, reason, message, component)
        known = self._known.get(likeness)
        old = store.get(Event, *known) if known else None
        if old is not None:
            return changed(old, count=old.count + 1, last_timestamp=Timestamp(now)), []
        self._serial += 1
        kind = kinds.kind_of(obj)
        namespace = obj.metadata.namespace or "default"
        event = Event(
            metadata=ObjectMeta(
                name=f"{obj.metadata.name}.{self._serial:016x}", namespace=namespace
            ),
            involved_object=ObjectReference(
                kind=kind.name,
                namespace=obj.metadata.namespace,
                name=obj.metadata.name,
                uid=obj.metadata.uid,
                api_version=kind.api_version,
            ),
            reason=reason,
            message=message,
            source=EventSource(component=component, host=host),
            first_timestamp=Timestamp(now),
            last_timestamp=Timestamp(now),
            type=type_,
        )
        self._known[likeness] = event.metadata.key
        return event, self._outdated(store)

    def _outdated(self, store: Store) -> list[Event]:
        """The oldest tenth, once there are more than are kept."""
        if store.count(Event) < KEPT:
            return []
        oldest = store.list(Event)[: KEPT // 10]
        for each in oldest:
            self._known.pop(_likeness(each), None)
        return oldest


def _likeness(event: Event) -> Likeness:
    return (event.involved_object.uid, event.reason, event.message, event.source.component)


def _serial_of(event: Event) -> int:
    return int(event.metadata.name.rsplit(".", 1)[-1], 16)
