"""Endpoints as rows."""

from collections.abc import Sequence
from typing import Any

from cluster import models
from cluster.objects import codec, kinds
from cluster.objects.endpoints import Endpoints
from cluster.objects.meta import ObjectMeta
from cluster.persistence.mappers.base import Mapper, Reader, decoded, dumps, loads


class EndpointsMapper(Mapper):
    """The subsets as JSON; the counts are derived."""

    kind = kinds.ENDPOINTS
    model = models.Endpoints
    body = ("ready", "not_ready", "subsets")

    def values(self, obj: Endpoints) -> tuple[Any, ...]:
        """See `Mapper`."""
        ready = sum(len(subset.addresses) for subset in obj.subsets)
        not_ready = sum(len(subset.not_ready_addresses) for subset in obj.subsets)
        return ready, not_ready, dumps([codec.encode(subset) for subset in obj.subsets])

    def object(self, metadata: ObjectMeta, values: Sequence[Any], reader: Reader) -> Endpoints:
        """See `Mapper`."""
        endpoints: Endpoints = decoded(self.kind, metadata, {"subsets": loads(values[2])})
        return endpoints


ENDPOINTS = EndpointsMapper()
