"""Events as rows."""

from collections.abc import Sequence
from typing import Any

from cluster import models
from cluster.objects import codec, kinds
from cluster.objects.endpoints import ObjectReference
from cluster.objects.event import Event, EventSource
from cluster.objects.meta import ObjectMeta
from cluster.persistence.mappers.base import Mapper, Reader, dumps, loads, plain, timestamp


class EventMapper(Mapper):
    """Columns, with the reference also as a whole."""

    kind = kinds.EVENT
    model = models.Event
    body = (
        "involved_kind",
        "involved_name",
        "involved_uid",
        "involved_object",
        "reason",
        "message",
        "component",
        "host",
        "first_timestamp",
        "last_timestamp",
        "count",
        "type",
    )

    def values(self, obj: Event) -> tuple[Any, ...]:
        """See `Mapper`."""
        about = obj.involved_object
        texts = obj.reason, obj.message, obj.source.component, obj.source.host
        return (
            plain(about.kind),
            plain(about.name),
            plain(about.uid),
            dumps(codec.encode(about)),
            *map(plain, texts),
            obj.first_timestamp,
            obj.last_timestamp,
            obj.count,
            plain(obj.type),
        )

    def object(self, metadata: ObjectMeta, values: Sequence[Any], reader: Reader) -> Event:
        """See `Mapper`."""
        about, reason, message, component, host, first, last, count, type_ = values[3:]
        return Event(
            metadata=metadata,
            involved_object=codec.decode(ObjectReference, loads(about))[0],
            reason=reason,
            message=message,
            source=EventSource(component=component, host=host),
            first_timestamp=timestamp(first),
            last_timestamp=timestamp(last),
            count=count,
            type=type_,
        )


EVENT = EventMapper()
