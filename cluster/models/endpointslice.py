"""The table of endpoint slices."""

from __future__ import annotations

from cluster.models.base import DocumentField, Stored


class EndpointSlice(Stored):
    """A part of the endpoints of a service."""

    document = DocumentField(default=dict)

    class Meta:
        db_table = "endpointslice"
