"""Visitors as rows."""

from collections.abc import Sequence
from typing import Any

from cluster import models
from cluster.objects import kinds
from cluster.objects.meta import ObjectMeta
from cluster.objects.visitors import Visitors, VisitorsSpec
from cluster.persistence.mappers.base import Mapper, Reader


class VisitorsMapper(Mapper):
    """The spec's fields are the columns."""

    kind = kinds.VISITORS
    model = models.Visitors
    body = (
        "route",
        "requests_per_second",
        "clients",
        "network",
        "cookie_percent",
        "scheme",
        "path",
        "hold_milliseconds",
        "stopped",
    )

    def values(self, obj: Visitors) -> tuple[Any, ...]:
        """See `Mapper`."""
        return tuple(getattr(obj.spec, name) for name in self.body)

    def object(self, metadata: ObjectMeta, values: Sequence[Any], reader: Reader) -> Visitors:
        """See `Mapper`."""
        fields = dict(zip(self.body, values, strict=True))
        fields["stopped"] = bool(fields["stopped"])
        return Visitors(metadata=metadata, spec=VisitorsSpec(**fields))


VISITORS = VisitorsMapper()
