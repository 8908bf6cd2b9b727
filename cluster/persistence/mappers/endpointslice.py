"""Endpoint slices as rows."""

from cluster import models
from cluster.objects import kinds
from cluster.persistence.mappers.base import WholeMapper

ENDPOINTSLICE = WholeMapper(kinds.ENDPOINTSLICE, models.EndpointSlice)
