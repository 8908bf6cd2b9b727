"""The table of egress network policies."""

from __future__ import annotations

from cluster.models.base import DocumentField, Stored


class EgressNetworkPolicy(Stored):
    """The egress rules of a project."""

    document = DocumentField(default=dict)

    class Meta:
        db_table = "egressnetworkpolicy"
